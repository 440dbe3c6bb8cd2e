// Saving that survives a dropped connection. A form is sent with the event id it was made with,
// again and again until the server has said that it is kept; the server counts an id once.
import { $, parse } from "./dom.js";

const WAITS = [1000, 2000, 4000, 8000, 15000];
const wait = (ms) => new Promise((done) => {
  const timer = setTimeout(finish, ms);
  function finish() { clearTimeout(timer); removeEventListener("online", finish); wake = null; done(); }
  addEventListener("online", finish);
  wake = finish;
});
let wake = null;
let waiting = 0;

const notice = () => $("[data-offline]");
const warn = (left) => {
  const box = notice();
  if (!box) return;
  box.hidden = left === 0;
  const said = $("[data-offline-said]", box);
  if (left) said.textContent = left === 1
    ? "Your last answer waits here and is sent again by itself."
    : `Your last ${left} answers wait here and are sent again by themselves.`;
};

addEventListener("click", (event) => { if (event.target.closest("[data-retry]") && wake) wake(); });
addEventListener("beforeunload", (event) => { if (waiting) event.preventDefault(); });

// Posts `form` with the pressed `button` and returns the response; a refusal is returned, a
// failure of the line or of the server is tried again.
export const send = async (form, button) => {
  const body = new URLSearchParams(new FormData(form));
  if (button?.name) body.set(button.name, button.value);
  let failures = 0;
  for (;;) {
    try {
      const response = await fetch(form.getAttribute("action") || location.href, {
        method: "POST", body, credentials: "same-origin", headers: { "X-Requested-With": "fetch" },
      });
      if (response.status < 500) {
        if (failures) { waiting -= 1; warn(waiting); }
        return response;
      }
    } catch (problem) {
      if (!(problem instanceof TypeError)) throw problem;
    }
    if (!failures) waiting += 1;
    warn(waiting);
    await wait(WAITS[Math.min(failures, WAITS.length - 1)]);
    failures += 1;
  }
};

// The part of an answer page that replaces `selector` here, or null (signed out, another page).
export const part = async (response, selector) => {
  const text = await response.text();
  const page = new DOMParser().parseFromString(text, "text/html");
  const found = $(selector, page);
  return found ? parse(found.outerHTML) : null;
};
