// Ticks all cards of the page at once.
import { $, $$ } from "./dom.js";

const form = $("[data-cards]");
const all = $("[data-all]");
if (form && all) {
  all.hidden = false;
  const boxes = () => $$("input[name=card]", form);
  $("input", all).addEventListener("change", (event) => {
    for (const box of boxes()) box.checked = event.target.checked;
  });
}
