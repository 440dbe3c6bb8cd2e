// Upload: the label is the drop zone. What does not fit is refused before it is sent, with the
// reason; the rest is looked at by the server at once, which decides again at handing in.
import { $, parse } from "./dom.js";

const LIMITS = JSON.parse($("[data-drop]")?.dataset.limits ?? "{}"); // bytes by ending
const size = (bytes) => (bytes < 1000000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1000000).toFixed(1)} MB`);

const verdict = (file) => {
  const ending = file.name.toLowerCase().match(/\.([a-z]+)$/)?.[1];
  if (!(ending in LIMITS)) return `${file.name} does not fit: a .py, an .ipynb or a .zip, please`;
  if (file.size === 0) return `${file.name} is empty`;
  if (file.size > LIMITS[ending]) return `${file.name} is ${size(file.size)}; a .${ending} may be at most ${size(LIMITS[ending])}`;
  return "";
};

const drop = $("[data-drop]");
if (drop) {
  const form = drop.closest("form");
  const input = $("input[type=file]", drop);
  const said = $("[data-drop-said]", drop);
  const send = $("[data-send]");
  const checked = $("[data-checked]", form);
  const first = $("[data-check-first]", form);
  const idle = said.textContent;
  const words = send.textContent;
  let asking = null;
  if (first) first.hidden = true; // choosing a file is asking for it

  const say = (text, kind) => { said.textContent = text; said.className = kind; };
  const check = async (file) => {
    asking?.abort();
    const mine = asking = new AbortController();
    const body = new FormData(form);
    body.set("file", file);
    let result = null;
    try {
      const response = await fetch(drop.dataset.check, {
        method: "POST", body, credentials: "same-origin", signal: mine.signal, headers: { "X-Requested-With": "fetch" },
      });
      if (response.ok) result = parse(await response.text());
    } catch (problem) {
      if (problem.name === "AbortError") return;
      // Without an answer the file may be sent: it is looked at again then.
      say(`${file.name} could not be read or looked at; choose it again or send it as it is`, "refusal");
    }
    if (asking !== mine) return;
    if (result?.matches("[data-check-result]")) {
      checked.replaceChildren(result);
      if (!result.dataset.ok) { say(`${file.name} cannot be handed in yet; see below`, "refusal"); drop.classList.remove("chosen"); return; }
      say(`${file.name}, ready`, "name");
    }
    send.disabled = "closed" in send.dataset;
  };
  const look = () => {
    const file = input.files[0];
    const refused = file ? verdict(file) : "";
    asking?.abort();
    if (file) checked.replaceChildren();
    say(!file ? idle : refused || `Looking at ${file.name}`, !file ? "soft small" : refused ? "refusal" : "name");
    drop.classList.toggle("chosen", Boolean(file) && !refused);
    send.disabled = true;
    send.textContent = words;
    if (file && !refused) check(file);
  };
  input.addEventListener("change", look);
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover" || kind === "dragenter");
      if (kind === "drop" && event.dataTransfer.files.length) { input.files = event.dataTransfer.files; look(); }
    });
  }
  form.addEventListener("submit", () => {
    send.disabled = true;
    send.textContent = "Sending";
  });
  addEventListener("pageshow", look);
}
