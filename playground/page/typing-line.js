// The line below a conversation that says who is typing.

import { el } from "./dom.js";

const NEAR_THE_END = 60; // pixels

/**
 * The newest message of `box` stays visible through a change that takes space from the box.
 * @param {HTMLElement} box
 * @param {() => void} change
 */
export function keepEndVisible(box, change) {
  const { scrollHeight, scrollTop, clientHeight } = box;
  change();
  if (scrollHeight - scrollTop - clientHeight < NEAR_THE_END) box.scrollTop = box.scrollHeight;
}

export class TypingLine {
  /** @param {HTMLElement} box the messages above it */
  constructor(box) {
    this.box = box;
    this.node = el("div", { class: "typing", "aria-live": "polite" });
  }

  /** @param {string} text "" when nobody is typing */
  show(text) {
    if (this.node.dataset.text === text) return;
    this.node.dataset.text = text;
    const dots = el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
    const parts = text ? [dots, el("span", { dir: "auto" }, text)] : [];
    keepEndVisible(this.box, () => this.node.replaceChildren(...parts));
  }
}
