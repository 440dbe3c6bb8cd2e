// While something is on its way: ask for the parts of this page that tell of it now and then. At the
// end the page is loaded anew, unless those parts are all that changes (data-alone).
import { $, $$ } from "./dom.js";

const look = async () => {
  const response = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
  if (response?.ok) {
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const set of $$("[data-dataset]")) {
      const fresh = $(`[data-dataset="${CSS.escape(set.dataset.dataset)}"]`, page);
      if (fresh) set.replaceWith(document.adoptNode(fresh));
    }
    if (!$("[data-dataset] progress")) {
      if (!$("[data-dataset][data-alone]")) location.reload();
      return;
    }
  }
  setTimeout(look, 1200);
};
setTimeout(look, 800);
