// The author's preview: loads the page again when the course changed, and opens again the answers
// that were open. A tab in the background listens to nothing: browsers allow six streams in all.
import { $, $$ } from "./dom.js";

const { version, events } = $("script[data-version]").dataset;
const KEPT = `open ${location.pathname}`;
let stream = null;

const listen = () => {
  stream?.close();
  stream = document.hidden ? null : new EventSource(events);
  stream?.addEventListener("message", ({ data }) => {
    if (data === version) return;
    stream.close();
    const open = $$("details.prompt[open]").map((prompt) => prompt.id);
    sessionStorage.setItem(KEPT, JSON.stringify(open));
    location.reload();
  });
};

for (const id of JSON.parse(sessionStorage.getItem(KEPT) ?? "[]")) {
  document.getElementById(id)?.setAttribute("open", "");
}
sessionStorage.removeItem(KEPT);
document.addEventListener("visibilitychange", listen);
listen();
