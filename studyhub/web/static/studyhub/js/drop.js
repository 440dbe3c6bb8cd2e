// Upload: the label is the drop zone. What does not fit is refused before it is sent, with the
// reason; the server decides again.
import { $ } from "./dom.js";

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
  const input = $("input[type=file]", drop);
  const said = $("[data-drop-said]", drop);
  const send = $("[data-send]");
  const idle = said.textContent;
  const look = () => {
    const file = input.files[0];
    const refused = file ? verdict(file) : "";
    said.textContent = !file ? idle : refused || `${file.name}, ready`;
    said.className = !file ? "soft small" : refused ? "refusal" : "name";
    drop.classList.toggle("chosen", Boolean(file) && !refused);
    send.disabled = !file || Boolean(refused);
  };
  input.addEventListener("change", look);
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", kind === "dragover" || kind === "dragenter");
      if (kind === "drop" && event.dataTransfer.files.length) { input.files = event.dataTransfer.files; look(); }
    });
  }
  drop.closest("form").addEventListener("submit", () => {
    send.disabled = true;
    send.textContent = "Sending";
  });
  addEventListener("pageshow", look);
}
