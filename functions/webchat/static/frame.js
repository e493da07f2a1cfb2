// The page inside a site's frame: says how many messages are unread, and hears whether the frame is shown.
// The site is whoever may frame this page (the policy of the page names them); nothing secret is ever said to it.

export const inFrame = new URLSearchParams(location.search).has("widget") && window.parent !== window;

let site = null; // the origin that spoke first

/** `hear(open)` is called when the site's visitor opens or closes the chat. */
export function listen(hear) {
  addEventListener("message", ({ source, origin, data }) => {
    if (source !== window.parent || data?.patchbay !== "chat" || typeof data.open !== "boolean") return;
    site ??= origin;
    if (origin === site) hear(data.open);
  });
  addEventListener("keydown", (event) => {
    const layer = document.querySelector("dialog[open], [popover]:popover-open");
    if (event.key === "Escape" && !event.defaultPrevented && !layer) tell({ close: true });
  });
}

export const askToClose = () => tell({ close: true });

export const tellUnread = (unread) => tell({ unread });

function tell(what) {
  if (inFrame && site) window.parent.postMessage({ patchbay: "chat", ...what }, site);
}
