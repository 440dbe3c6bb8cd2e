// A run as it happens: log lines, progress and points come as an event stream; the charts and the
// verdict are drawn by the server and fetched again when something moved. Where the stream is
// refused (too many readers) or lost, the same events are asked for.
import { $, parse } from "./dom.js";

const MOST_LINES = 400;
const REDRAW = 1200;
const POLL = 1500;
let run = $("[data-run]");
let after = Number(run?.dataset.after ?? 0);
let stream = null;
let redrawing = null;
let drawnAt = 0;

const log = () => $("[data-log]", run);
const stuck = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 40;
const bottom = () => { const box = log(); if (box) box.scrollTop = box.scrollHeight; };

const line = (text) => {
  const box = log();
  if (!box) return;
  const follow = stuck(box);
  const code = $("code", box);
  const kept = code.textContent.split("\n");
  kept.push(...text.replace(/\n$/, "").split("\n"));
  code.textContent = kept.slice(-MOST_LINES).join("\n").replace(/^\n/, "");
  box.hidden = false;
  if (follow) bottom();
};

const redraw = async () => {
  redrawing = null;
  drawnAt = performance.now();
  const response = await fetch(run.dataset.part, { credentials: "same-origin" }).catch(() => null);
  if (!response?.ok) return;
  const fresh = parse(await response.text());
  if (!fresh?.matches("[data-run]")) return;
  const old = run;
  const held = old.contains(document.activeElement) ? document.activeElement.getAttribute("data-hold") : null;
  const box = log();
  const keep = box && $("code", box).textContent;
  const at = box && !stuck(box) ? box.scrollTop : null;
  old.replaceWith(fresh);
  run = fresh;
  if (keep && log() && run.dataset.live) $("code", log()).textContent = keep;
  if (log()) { if (at === null) bottom(); else log().scrollTop = at; }
  if (held) $(`[data-hold="${held}"]`, run)?.focus({ preventScroll: true });
  if (!run.dataset.live) { close(); document.title = run.dataset.title ?? document.title; $("h2, h1", run)?.focus({ preventScroll: true }); }
};
const soon = (urgent) => {
  if (redrawing) return;
  const due = urgent ? 150 : Math.max(150, REDRAW - (performance.now() - drawnAt));
  redrawing = setTimeout(redraw, due);
};

const take = ({ seq, kind, data }) => {
  if (seq <= after) return;
  after = seq;
  if (kind === "log") line(data.line ?? data.text ?? "");
  else if (kind === "progress") {
    const bar = $("[data-progress]", run);
    if (!bar) return soon(false);
    bar.max = data.total || 1;
    bar.value = data.done;
    const said = $("[data-progress-said]", run);
    if (said) said.textContent = `Step ${data.done} of ${data.total}`;
  } else soon(kind === "state");
};

const close = () => { stream?.close(); stream = null; };

const poll = async () => {
  if (!run.dataset.live) return;
  const response = await fetch(`${run.dataset.events}?after=${after}`, { credentials: "same-origin" }).catch(() => null);
  if (response?.ok) {
    const { events, done } = await response.json();
    events.forEach(take);
    if (done) { redraw(); return; }
  }
  setTimeout(poll, POLL);
};

const listen = () => {
  if (!("EventSource" in window)) { poll(); return; }
  stream = new EventSource(`${run.dataset.stream}?after=${after}`);
  const heard = (kind) => (event) => {
    const data = JSON.parse(event.data || "{}");
    take(data.seq ? data : { seq: Number(event.lastEventId), kind, data });
  };
  for (const kind of ["state", "log", "metric", "progress", "figure"]) stream.addEventListener(kind, heard(kind));
  stream.addEventListener("done", () => { close(); redraw(); });
  stream.addEventListener("error", () => {
    if (!stream || stream.readyState !== EventSource.CLOSED) return;
    close();
    poll();
  });
};

if (run) {
  bottom();
  if (run.dataset.live) { listen(); addEventListener("pagehide", close); addEventListener("pageshow", (event) => { if (event.persisted && run.dataset.live) listen(); }); }
}
