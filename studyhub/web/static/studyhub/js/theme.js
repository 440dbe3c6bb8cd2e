// Colours: auto, light, dark. The server writes data-theme from the cookie, so there is no flash;
// without script the form does the same with a page load.
import { $ } from "./dom.js";

const YEAR = 31536000;
const names = ["auto", "light", "dark"];
const root = document.documentElement;
const form = $("[data-theme-switch]");
const keep = (name, value, age) => {
  document.cookie = `${name}=${value}; path=/; max-age=${age}; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
};

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const now = root.getAttribute("data-theme") ?? "auto";
  const next = names[(names.indexOf(now) + 1) % names.length];
  if (next === "auto") root.removeAttribute("data-theme"); else root.setAttribute("data-theme", next);
  keep("theme", next, next === "auto" ? 0 : YEAR);
  $("[data-theme-name]", form).textContent = next[0].toUpperCase() + next.slice(1);
});

// The reader's day ends when it ends where the reader is.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) keep("tz", encodeURIComponent(zone), YEAR);
