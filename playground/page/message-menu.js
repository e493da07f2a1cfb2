// What can be done with one message: react to it, answer, edit or delete it. One menu serves all messages.

/** @import { MenuItem, Message } from "./types.js" */

import { el, icon, iconButton, moveFocus, placeBeside } from "./dom.js";
import { isSameEmoji } from "./message-changes.js";

/**
 * @typedef {object} Options
 * @property {(message: Message) => MenuItem[]} items
 * @property {() => string[]} [emojis] the reactions to choose from; none where people cannot react
 * @property {(message: Message) => string} [current] the reaction that the person has made
 * @property {(message: Message, emoji: string) => unknown} [react] Called with "" to take the reaction back.
 */

export class MessageMenu {
  /** @param {Options} options */
  constructor(options) {
    this.options = { emojis: () => [], current: () => "", react: () => {}, ...options };
    this.node = el("div", { class: "menu message-menu", role: "menu", "aria-label": "Message", popover: "auto" });
    // It is closed before the action of its entry, which may move the focus.
    this.node.addEventListener("click", () => this.node.hidePopover(), { capture: true });
    this.node.addEventListener("keydown", (event) => {
      const buttons = this.node.querySelectorAll("button");
      moveFocus(event, buttons);
      moveFocus(event, buttons, ["ArrowLeft", "ArrowRight"]);
    });
  }

  /** @param {Message} message The button that opens the menu; null where there is nothing to do. */
  opener(message) {
    if (!this.options.emojis().length && !this.options.items(message).length) return null;
    const label = `Actions for “${message.text.slice(0, 40) || message.form || "this message"}”`;
    const more = { class: "icon-button message-more", "aria-haspopup": "menu" };
    const button = iconButton("more", label, () => this.open(message, button), more);
    return button;
  }

  /**
   * @param {Message} message
   * @param {HTMLElement} button
   */
  open(message, button) {
    const items = this.options
      .items(message)
      .map((item) =>
        el("button", { type: "button", role: "menuitem", onclick: item.act }, icon(item.icon), item.label),
      );
    const choices = [...this.reactions(message), ...items];
    if (!choices.length) return; // meanwhile there is nothing to do any more
    this.node.replaceChildren(...choices);
    this.node.showPopover();
    placeBeside(this.node, button, "end");
    this.node.querySelector("button")?.focus();
  }

  /** @param {Message} message */
  reactions(message) {
    const { emojis, current, react } = this.options;
    const mine = current(message);
    const buttons = emojis().map((emoji) => {
      const chosen = isSameEmoji(emoji, mine);
      const press = () => react(message, chosen ? "" : emoji);
      const label = `React with ${emoji}`;
      const attributes = { role: "menuitemradio", "aria-checked": String(chosen), "aria-label": label, onclick: press };
      return el("button", { type: "button", ...attributes }, emoji);
    });
    return buttons.length
      ? [el("div", { class: "reaction-choice", role: "group", "aria-label": "React" }, buttons)]
      : [];
  }
}
