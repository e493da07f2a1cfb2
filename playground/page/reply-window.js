// How long the business may still write as it likes, above the conversation on a phone.

/** @import { ReplyWindow } from "./types.js" */

import { el, icon } from "./dom.js";

const MINUTE = 60_000; // milliseconds
const LOOK_AGAIN = 5_000;

export class WindowLine {
  /** @param {() => unknown} close Called when the time of the window shall pass. */
  constructor(close) {
    /** @type {ReplyWindow | null | undefined} */
    this.window = undefined;
    this.text = el("span", {});
    this.button = el("button", { type: "button", class: "link", onclick: close }, "24 hours later");
    this.node = el("div", { class: "window-line", hidden: true }, icon("clock"), this.text, this.button);
    setInterval(() => this.show(), LOOK_AGAIN);
  }

  /** @param {ReplyWindow | null | undefined} window undefined where a messenger has none */
  update(window) {
    this.window = window;
    this.show();
  }

  show() {
    this.node.hidden = this.window === undefined;
    const left = this.window ? Date.parse(this.window.until) - Date.now() : 0;
    const text = describe(left, this.window?.free_entry);
    if (this.text.textContent !== text) this.text.textContent = text;
    this.node.classList.toggle("closed", left <= 0);
    this.button.hidden = left <= 0;
  }
}

/**
 * @param {number} left milliseconds
 * @param {boolean} [byAd] whether the person came by an advertisement
 */
function describe(left, byAd = false) {
  if (left <= 0) return "Closed: the business may send only templates";
  const minutes = Math.ceil(left / MINUTE) - 1;
  const time = [Math.floor(minutes / 60) && `${Math.floor(minutes / 60)} h`, `${minutes % 60} min`];
  const shown = time.filter(Boolean).join(" ");
  return `The business may answer freely for ${shown}${byAd ? " (an ad)" : ""}`;
}
