// Quiz: an answer is kept before its verdict shows; where the line drops it is sent again.
import { $, typing } from "./dom.js";
import { part, send } from "./send.js";

const desk = () => $("[data-desk]");
let busy = false;

addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-desk] form[data-answering]");
  if (!form) return;
  event.preventDefault();
  if (busy) return;
  busy = true;
  desk().setAttribute("aria-busy", "true");
  const response = await send(form, event.submitter);
  const next = await part(response, "[data-desk]");
  busy = false;
  if (!next) { location.assign(response.url); return; }
  desk().replaceWith(next);
  if (response.redirected) history.replaceState(null, "", response.url);
  $("[data-next]", next)?.focus({ preventScroll: true });
  $(".verdict", next)?.scrollIntoView({ block: "nearest" });
});

// 1 to 9 choose an option, as in review; Enter sends, as in any form.
addEventListener("keydown", (event) => {
  if (typing(event) || event.repeat || !/^[1-9]$/.test(event.key)) return;
  const option = $(`.opts li:nth-child(${event.key}) input`, desk() ?? document);
  if (!option) return;
  event.preventDefault();
  option.click();
  option.focus();
});
