// The page inside a site's frame: says how many messages are unread, and hears whether the frame is shown.
// The site is whoever may frame this page (the policy of the page names them); nothing secret is ever said to it.

export const inFrame = new URLSearchParams(location.search).has("widget") && window.parent !== window;

let site = null; // the origin that spoke first
let shown = false;
let hear = () => {};

/** `act(shown)` is called when the site's visitor opens or closes the chat, and now for what was said before. */
export function listen(act) {
  hear = act;
  hear(shown);
}

// From the start: the site speaks as soon as the frame is loaded, which may be before the page knows what to show.
if (inFrame) {
  addEventListener("message", ({ source, origin, data }) => {
    if (source !== window.parent || data?.patchbay !== "chat" || typeof data.open !== "boolean") return;
    site ??= origin;
    if (origin !== site) return;
    shown = data.open;
    hear(shown);
  });
  addEventListener("keydown", (event) => {
    const layer = document.querySelector("dialog[open], [popover]:popover-open");
    if (event.key === "Escape" && !event.defaultPrevented && !layer) askToClose();
  });
}

export const askToClose = () => tell({ close: true });

export const tellUnread = (unread) => tell({ unread });

function tell(what) {
  if (inFrame && site) window.parent.postMessage({ patchbay: "chat", ...what }, site);
}
