// What the text in the box is about: an answer to a message, the correction of one, or nothing in particular.

/** @import { Message } from "./types.js" */

import { el, icon, iconButton } from "./dom.js";
import { excerptOf } from "./message-changes.js";
import { keepEndVisible } from "./typing-line.js";

/** @typedef {"" | "answer" | "edit"} Purpose */

export class Draft {
  /**
   * @param {HTMLElement} box the messages above it
   * @param {() => void} changed Called when the person gives up the answer or the correction.
   */
  constructor(box, changed) {
    this.box = box;
    /** @type {Purpose} */
    this.purpose = "";
    this.message = "";
    this.changed = changed;
    this.sign = el("span", {});
    this.title = el("b", {});
    this.excerpt = el("span", { dir: "auto" });
    const words = el("span", { class: "draft-words" }, this.title, this.excerpt);
    const cancel = iconButton("close", "Cancel", () => this.cancel());
    this.node = el("div", { class: "draft", role: "status", hidden: true }, this.sign, words, cancel);
  }

  /**
   * @param {Purpose} purpose
   * @param {Message} message
   */
  begin(purpose, message) {
    this.purpose = purpose;
    this.message = message.id;
    const isEdit = purpose === "edit";
    this.sign.replaceChildren(icon(isEdit ? "pen" : "reply"));
    this.title.textContent = isEdit ? "Edit your message" : `Answer to ${message.name}`;
    this.excerpt.textContent = excerptOf(message);
    this.show(true);
  }

  end() {
    this.purpose = "";
    this.message = "";
    this.show(false);
  }

  /** @param {boolean} visible */
  show(visible) {
    keepEndVisible(this.box, () => {
      this.node.hidden = !visible;
    });
  }

  cancel() {
    if (!this.purpose) return;
    this.end();
    this.changed();
  }

  /** The message that a new one answers, or "". */
  get answered() {
    return this.purpose === "answer" ? this.message : "";
  }
}
