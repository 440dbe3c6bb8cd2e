// Review: space shows, then means the suggested rating; 1 to 4 rate; u, f, b, s. Each answer is kept
// by the server before the next card comes; where the line drops, it waits and is sent again.
import { $, typing } from "./dom.js";
import { part, send } from "./send.js";

const LONGEST = 600000;
let shownAt = performance.now();
let busy = false;
const desk = () => $("[data-desk]");
const touch = matchMedia("(hover: none)").matches;

const settle = () => {
  shownAt = performance.now();
  const first = $("[data-answer]:not([hidden])", desk()) ?? (touch ? null : $("[data-check] input, [data-check] textarea, [data-check] select", desk())) ?? $(".q", desk()) ?? $("h1, h2", desk());
  first?.focus({ preventScroll: true });
  if (first?.matches(".verdict")) first.scrollIntoView({ block: "nearest" });
};

const reveal = () => {
  const form = $("[data-reveal]", desk());
  if (!form) return;
  form.remove();
  $("[data-rates]", desk()).hidden = false;
  const answer = $("[data-answer]", desk());
  answer.hidden = false;
  $(".card", desk())?.setAttribute("data-shown", "");
  answer.focus();
};

const post = async (form, button) => {
  if (busy) return;
  busy = true;
  const spent = $("[name=duration_ms]", form);
  if (spent) spent.value = String(Math.round(Math.min(LONGEST, performance.now() - shownAt)));
  desk().setAttribute("aria-busy", "true");
  const response = await send(form, button);
  const next = await part(response, "[data-desk]");
  busy = false;
  if (!next && !response.ok) {
    form.dataset.plain = ""; // sent once more without script, which shows what the page says
    form.requestSubmit(button);
    return;
  }
  if (!next) { location.assign(response.redirected ? response.url : location.href); return; }
  const asked = shownAt;
  desk().replaceWith(next);
  const sameCard = form.matches("[data-check], [data-mark]");
  if (!sameCard) scrollTo({ top: 0 });
  settle();
  if (sameCard) shownAt = asked;
};

const menu = () => $("[data-menu][open]", desk());
const closeMenu = () => {
  const open = menu();
  if (!open) return;
  open.open = false;
  $("summary", open).focus();
};

if (desk()) {
  addEventListener("click", (event) => {
    const open = menu();
    if (open && !open.contains(event.target)) open.open = false;
  });
  addEventListener("submit", (event) => {
    const form = event.target.closest("[data-desk] form");
    if (!form || "plain" in form.dataset) return;
    event.preventDefault();
    if (form.matches("[data-reveal]")) reveal(); else post(form, event.submitter);
  });
  addEventListener("keydown", (event) => {
    if (event.repeat || typing(event)) return;
    const press = (query) => {
      const button = $(query, desk());
      // What lies in the closed menu has its key as well.
      const there = button && (button.offsetParent || button.closest("[data-menu]"));
      if (there) { event.preventDefault(); button.click(); }
    };
    const key = event.key.toLowerCase();
    if (key === " " && !event.target.closest("button, a, summary, input")) {
      press($("[data-reveal]", desk()) ? "[data-reveal] button" : "[data-suggested]");
    } else if ("1234".includes(key)) press(`[data-rates] .rate:nth-child(${key})`);
    else if (key === "escape") closeMenu();
    else if ("ufbs".includes(key)) press(`[aria-keyshortcuts="${key}"]`);
  });
  settle();
}
