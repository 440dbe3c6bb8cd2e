// The card as it is written: checked and shown by the server a moment after each change.
import { $, parse } from "./dom.js";

const form = $("[data-write]");
const PAUSE = 600;
let timer = 0;
let latest = 0;

const look = async () => {
  const mine = ++latest;
  const body = new URLSearchParams(new FormData(form));
  try {
    const response = await fetch(form.dataset.previewUrl, {
      method: "POST", body, credentials: "same-origin", headers: { "X-Requested-With": "fetch" },
    });
    if (!response.ok || mine !== latest) return;
    const shown = parse(await response.text());
    if (shown?.matches("[data-preview]")) $("[data-preview-place]").replaceChildren(shown);
  } catch (problem) {
    if (!(problem instanceof TypeError)) throw problem;
  }
};

const kind = () => {
  const chosen = $("#kind", form).selectedOptions[0];
  $("[data-answer-help]", form).textContent = chosen?.dataset.help ?? "";
  const reverse = $("[data-reverse]", form);
  if (reverse) reverse.hidden = chosen?.value !== "basic";
};

form.addEventListener("input", (event) => {
  if (event.target.id === "kind") kind();
  clearTimeout(timer);
  if ($("#question", form).value.trim()) timer = setTimeout(look, PAUSE);
});
kind();
