// A run as it happens: log lines and progress come as an event stream; charts and verdict are drawn
// by the server and fetched again when something moved. Where the stream is refused (too many
// readers) or lost, the same events are asked for.
import { $, $$, parse } from "./dom.js";

const MOST_LINES = 400;
const REDRAW = 1200;
const POLL = 1500;
const STANDS = 8000;
const KINDS = ["state", "log", "metric", "progress", "figure", "usage"];
let run = $("[data-run]");
let after = Number(run?.dataset.after ?? 0);
let stream = null;
let redrawing = null;
let drawnAt = 0;

const log = () => $("[data-log]", run);
const follow = () => $("[data-follow]", run);
let following = true;
const bottom = () => { const box = log(); if (box) box.scrollTop = box.scrollHeight; };
// Whoever scrolls up is reading: the log stays where it is until they are back at its end.
const watchLog = () => {
  const box = log();
  box?.addEventListener("scroll", () => {
    following = box.scrollHeight - box.scrollTop - box.clientHeight < 30;
    const button = follow();
    if (button) button.hidden = following;
  }, { passive: true });
  follow()?.addEventListener("click", () => { following = true; bottom(); box.focus({ preventScroll: true }); });
};

const line = (text) => {
  const box = log();
  if (!box) return;
  const code = $("code", box);
  const kept = code.textContent.split("\n");
  kept.push(...text.replace(/\n$/, "").split("\n"));
  // A reader's place must not slide away under them: lines go only while the log is followed.
  code.textContent = (following ? kept.slice(-MOST_LINES) : kept).join("\n").replace(/^\n/, "");
  box.hidden = false;
  if (following) bottom();
};

// The address of the panel with what the tools ask for; the page's own address says the same.
const query = () => {
  const form = $("[data-tools]", run);
  const asked = form ? new URLSearchParams(new FormData(form)) : new URLSearchParams(location.search);
  if (asked.get("smooth") === "0") asked.delete("smooth");
  return String(asked);
};

const swap = (fresh) => {
  if ($("[data-tools]", fresh) && !$("[data-tools]", run)) { // the first points came
    $("[data-curves]", run)?.replaceWith($("[data-curves]", fresh));
    watchTools();
  }
  for (const part of $$("[data-swap]", fresh)) {
    const old = $(`[data-swap="${part.dataset.swap}"]`, run);
    if (!old) return false;
    for (const kept of $$("details[open]", old)) {
      const same = $(`[data-keep="${CSS.escape(kept.dataset.keep ?? "")}"]`, part);
      if (same) same.open = true;
    }
    // Each answer writes the form's token anew; a button must not be replaced under a press for that.
    const token = "input[name=csrfmiddlewaretoken]";
    $$(token, old).forEach((input, place) => $$(token, part)[place]?.setAttribute("value", input.value));
    if (old.isEqualNode(part)) continue;
    const held = old.contains(document.activeElement) ? document.activeElement.dataset.hold : null;
    old.replaceWith(part);
    if (held) $(`[data-hold="${held}"]`, part)?.focus({ preventScroll: true });
  }
  const spoken = $("[data-spoken]", run), news = $("[data-spoken]", fresh);
  if (spoken && news && spoken.textContent !== news.textContent) spoken.textContent = news.textContent;
  return true;
};

const redraw = async () => {
  redrawing = null;
  drawnAt = performance.now();
  const asked = query();
  const response = await fetch(`${run.dataset.part}${asked ? `?${asked}` : ""}`, { credentials: "same-origin" }).catch(() => null);
  if (!response?.ok) return;
  const fresh = parse(await response.text());
  if (!fresh?.matches("[data-run]")) return;
  if (asked !== query()) { soon(true); return; } // moved on meanwhile
  if (fresh.dataset.live === run.dataset.live && swap(fresh)) return;
  const told = log()?.textContent;
  const drawn = Number(fresh.dataset.after ?? 0);
  run.replaceWith(fresh);
  run = fresh;
  // Lines that came while the panel was on its way are not in it; those in it come no second time.
  if (drawn >= after) after = drawn;
  else if (told && log()) { $("code", log()).textContent = told; log().hidden = false; }
  following = true;
  dress();
  if (!run.dataset.live) { close(); document.title = run.dataset.title ?? document.title; $("h2, h1", run)?.focus({ preventScroll: true }); }
};
const soon = (urgent) => {
  if (redrawing) return;
  const due = urgent ? 150 : Math.max(150, REDRAW - (performance.now() - drawnAt));
  redrawing = setTimeout(redraw, due);
};

const watchTools = () => {
  const form = $("[data-tools]", run);
  if (!form) return;
  const draw = $("[data-draw]", form);
  if (draw) draw.hidden = true;
  const limit = () => {
    const boxes = $$("input[type=checkbox]", form);
    const full = boxes.filter((box) => box.checked).length >= Number(form.dataset.most);
    for (const box of boxes) box.disabled = full && !box.checked;
  };
  limit();
  form.addEventListener("input", () => {
    const said = $("[data-smooth-said]", form);
    if (said) said.textContent = `${form.elements.smooth.value} %`;
    limit();
    const asked = query();
    history.replaceState(null, "", asked ? `?${asked}` : location.pathname);
    soon(true);
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); soon(true); });
};

const span = (seconds) => seconds < 120 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
const soonOr = (seconds) => seconds < 10 ? "a few seconds left" : `about ${span(seconds)} left`;
const progress = ({ done, total }, at) => {
  const bar = $("[data-progress]", run);
  if (!bar) { soon(false); return; }
  bar.max = total || 1;
  bar.value = done;
  const said = $("[data-progress-said]", run);
  if (said) said.textContent = `Step ${done} of ${total}`;
  const left = $("[data-progress-left]", run);
  const spent = (Date.parse(at) - Date.parse(bar.dataset.began)) / 1000;
  if (left && spent > 2 && done > 0.03 * total && done < total) left.textContent = soonOr(spent * (total - done) / done);
};

const take = ({ seq, at, kind, data }) => {
  if (seq <= after) return;
  after = seq;
  if (kind === "log") line(data.line ?? "");
  else if (kind === "progress") progress(data, at);
  else soon(kind === "state");
};

// Another place in the queue is drawn soon, an estimate that only runs down now and then.
let place = null;
const stands = ({ position }) => {
  place ??= position;
  if (position !== place || performance.now() - drawnAt > STANDS) soon(false);
  place = position;
};

const close = () => { stream?.close(); stream = null; };

const poll = async () => {
  if (!run.dataset.live) return;
  const response = await fetch(`${run.dataset.events}?after=${after}`, { credentials: "same-origin" }).catch(() => null);
  if (response?.ok) {
    const { events, done, queue } = await response.json();
    events.forEach(take);
    if (queue) stands(queue);
    if (done) { redraw(); return; }
  }
  setTimeout(poll, POLL);
};

const listen = () => {
  if (!("EventSource" in window)) { poll(); return; }
  // When the line drops, the browser connects again by itself and sends Last-Event-ID.
  stream = new EventSource(`${run.dataset.stream}?after=${after}`);
  for (const kind of KINDS) stream.addEventListener(kind, (event) => take(JSON.parse(event.data)));
  stream.addEventListener("queue", (event) => stands(JSON.parse(event.data)));
  stream.addEventListener("done", () => { close(); redraw(); });
  stream.addEventListener("error", () => {
    if (!stream || stream.readyState !== EventSource.CLOSED) return;
    close();
    poll();
  });
};

const dress = () => { watchLog(); watchTools(); if (run.dataset.live) bottom(); };

if (run) {
  dress();
  if (run.dataset.live) {
    listen();
    addEventListener("pagehide", close);
    addEventListener("pageshow", (event) => { if (event.persisted && run.dataset.live) listen(); });
  }
}
