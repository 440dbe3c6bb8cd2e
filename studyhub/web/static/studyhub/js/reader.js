// Notes: on a phone the contents start folded; an answered prompt shrinks to one line, and is
// kept by the server before it does. Without script the same buttons send the same form.
import { $, $$ } from "./dom.js";
import { part, send } from "./send.js";

const toc = $(".toc details");
if (toc && !matchMedia("(min-width: 64rem)").matches) toc.open = false;

addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-keep]");
  if (!form) return;
  event.preventDefault();
  if (form.hasAttribute("aria-busy")) return;
  form.setAttribute("aria-busy", "true");
  const prompt = form.closest(".prompt");
  const response = await send(form, event.submitter);
  const kept = await part(response, `#${CSS.escape(prompt.id)}`);
  if (!kept) { location.assign(response.redirected ? response.url : location.pathname); return; }
  prompt.replaceWith(kept);
  $("summary", kept).focus({ preventScroll: true });
  mark();
});

// The ring beside a section's name: empty, half, full.
const WORDS = { ring: "no prompt answered", half: "some prompts answered", full: "all prompts answered" };
const mark = () => $$(".toc [data-section]").forEach((entry) => {
  const prompts = $$(`.prompt[data-in="${CSS.escape(entry.dataset.section)}"]`);
  if (!prompts.length) return;
  const kept = prompts.filter((prompt) => prompt.classList.contains("kept")).length;
  const sign = kept === 0 ? "ring" : kept === prompts.length ? "full" : "half";
  $("use", entry).setAttribute("href", `#i-${sign}`);
  $(".vh", entry).textContent = `, ${WORDS[sign]}`;
});

// The section being read is bold in the contents.
const heads = $$(".notes > h2[id]");
if (heads.length && "IntersectionObserver" in window) {
  const seen = new IntersectionObserver(() => {
    const past = heads.filter((head) => head.getBoundingClientRect().top < innerHeight / 3);
    const at = (past.at(-1) ?? heads[0]).id;
    $$(".toc [data-section]").forEach((entry) => {
      if (entry.dataset.section === at) entry.setAttribute("aria-current", "true");
      else entry.removeAttribute("aria-current");
    });
  }, { rootMargin: "0px 0px -66% 0px", threshold: [0, 1] });
  heads.forEach((head) => seen.observe(head));
}
