// The page inside a site's frame: it reports how many messages are unread, and learns whether the frame is visible.
// The page's policy names the sites that may frame it. They never get anything secret.

export const inFrame = new URLSearchParams(location.search).has("widget") && window.parent !== window;

/** @type {string | null} the origin that sent the first message */
let site = null;
let visible = false;
let notify = (/** @type {boolean} */ _visible) => {};

/**
 * Calls `act` when the visitor opens or closes the chat, and now with its present state.
 * @param {(visible: boolean) => void} act
 */
export function onFrameToggle(act) {
  notify = act;
  notify(visible);
}

// From the start: the site sends a message as soon as the frame is loaded, maybe before the page is ready.
if (inFrame) {
  addEventListener("message", ({ source, origin, data }) => {
    if (source !== window.parent || data?.patchbay !== "chat" || typeof data.open !== "boolean") return;
    site ??= origin;
    if (origin !== site) return;
    visible = data.open;
    notify(visible);
  });
  addEventListener("keydown", (event) => {
    const layer = document.querySelector("dialog[open], [popover]:popover-open, [data-loading]");
    if (event.key === "Escape" && !event.defaultPrevented && !layer) requestClose();
  });
}

export const requestClose = () => send({ close: true });

/** @param {number} unread */
export const reportUnread = (unread) => send({ unread });

/** @param {{ close?: boolean, unread?: number }} message */
function send(message) {
  if (inFrame && site) window.parent.postMessage({ patchbay: "chat", ...message }, site);
}

/** The chat that the address names, "new", or "": a frame's address is not the visitor's. */
export const wantedPlace = () => (inFrame ? "" : decodeURIComponent(location.hash.slice(1)));
