// The time limit, calmly: minutes, and tens of seconds in the last one. Spoken at five minutes, at
// one, and at the end. The server ends the quiz by itself; this only goes to see the result.
import { $ } from "./dom.js";

const GRACE = 6000; // the server still takes answers that were on their way
const SPOKEN = [[300, "Five minutes left."], [60, "One minute left."], [0, "Time is up. Your result comes now."]];
let box = null;
let end = 0;
let before = Infinity;
let leaving = false;

const words = (left) => {
  if (left <= 0) return ", the time is up";
  if (left > 90) return `, ${Math.ceil(left / 60)} min left`;
  return left > 10 ? `, ${Math.ceil(left / 10) * 10} s left` : ", a few seconds left";
};

const tick = () => {
  const found = $("[data-clock]");
  if (!found) return;
  if (found !== box) {
    box = found;
    end = Date.now() + 1000 * Number(box.dataset.clock);
  }
  const left = Math.ceil((end - Date.now()) / 1000);
  const shown = $("[data-clock-left]", box);
  if (shown.textContent !== words(left)) shown.textContent = words(left);
  for (const [mark, said] of SPOKEN) {
    if (left <= mark && before > mark && before !== Infinity) $("[data-clock-said]").textContent = said;
  }
  before = left;
  if (left <= 0 && !leaving) {
    leaving = true;
    setTimeout(() => location.assign(location.pathname), GRACE);
  }
};

tick();
setInterval(tick, 1000);
