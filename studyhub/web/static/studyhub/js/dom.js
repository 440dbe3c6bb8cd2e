// The few words that every module uses. No style is set from script: state lives in attributes
// and the style sheet decides how it looks (strict CSP).
export const $ = (query, root = document) => root.querySelector(query);
export const $$ = (query, root = document) => [...root.querySelectorAll(query)];

// "20060102-...": also where crypto.randomUUID is missing (plain http on another machine).
export const uuid = () => {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
};

// The element that a fragment of HTML from our own server holds.
export const parse = (html) => {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content.firstElementChild;
};

// True where a key belongs to the thing that has the focus.
export const typing = (event) =>
  event.ctrlKey || event.metaKey || event.altKey ||
  event.target.matches("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");
