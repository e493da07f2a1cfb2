// What an agent writes: a reply, a note, a question... A platform's view says which modes there are.

/** @import { DeskView, IconName, MenuItem } from "./types.js" */

import { el, icon, iconButton, menu } from "./dom.js";

/**
 * `label` is short, for the button; `title` is longer, for the menu of the modes that are not always visible.
 * @typedef {{ icon: IconName, label: string, title?: string, placeholder: string, name: string }} Mode
 */

/** @type {Record<string, Mode>} */
const MODES = {
  reply: { icon: "reply", label: "Reply", placeholder: "Reply to the customer", name: "Reply" },
  quick_replies: {
    icon: "buttons",
    label: "Quick replies",
    placeholder: "Ask a question",
    name: "Question with quick replies",
  },
  private_note: { icon: "note", label: "Note", placeholder: "Only colleagues see this", name: "Private note" },
  multiple_choice: {
    icon: "list",
    label: "Choice",
    title: "Multiple choice",
    placeholder: "Ask a question",
    name: "Multiple-choice question",
  },
  rating: {
    icon: "star",
    label: "Rating",
    title: "Rating",
    placeholder: "Ask for one to five stars",
    name: "Rating question",
  },
  text_question: {
    icon: "question",
    label: "Question",
    title: "Text question",
    placeholder: "Ask for an answer in text",
    name: "Text question",
  },
  card: { icon: "card", label: "Card", title: "Card", placeholder: "Text on the card", name: "Text of the card" },
  carousel: {
    icon: "carousel",
    label: "Carousel",
    title: "Carousel",
    placeholder: "Text above the cards",
    name: "Text above the cards",
  },
};
const USUAL = ["reply", "quick_replies", "private_note"];

/**
 * Whether a view offers a mode; one without `modes` offers the usual ones, and files.
 * @param {DeskView} view
 * @param {string} mode
 */
export const offers = ({ modes }, mode) => (modes ?? [...USUAL, "send_file"]).includes(mode);

export class ModeChoice {
  /** @param {(mode: string, details: Mode, byUser: boolean) => void} change Called with each change. */
  constructor(change) {
    this.change = change;
    this.chosen = "";
    this.offered = USUAL;
    this.buttons = Object.entries(MODES).map(([mode, { icon: name, label, title }]) =>
      el(
        "button",
        {
          type: "button",
          role: "radio",
          "data-mode": mode,
          "aria-label": title,
          title,
          onclick: () => this.choose(mode, true),
        },
        icon(name),
        label,
      ),
    );
    this.more = iconButton("more", "Questions and cards", null, { class: "icon-button more-modes" });
    const list = menu(this.more, "Questions and cards", () => this.furtherItems());
    this.radios = el("div", { class: "modes", role: "radiogroup", "aria-label": "Type of message" }, this.buttons);
    this.node = el("div", { class: "mode-choice" }, this.radios, this.more, list);
  }

  /** @returns {MenuItem[]} */
  furtherItems() {
    return this.offered
      .filter((mode) => !USUAL.includes(mode))
      .map((mode) => ({
        icon: MODES[mode].icon,
        label: MODES[mode].title ?? MODES[mode].label,
        act: () => this.choose(mode, true),
      }));
  }

  /**
   * @param {string} mode
   * @param {boolean} [byUser]
   */
  choose(mode, byUser = false) {
    this.chosen = mode;
    this.show();
    this.change(mode, MODES[mode], byUser);
  }

  /** @param {DeskView} view */
  update(view) {
    this.offered = Object.keys(MODES).filter((mode) => offers(view, mode));
    this.show();
    if (!this.offered.includes(this.chosen) && this.offered.length) this.choose(this.offered[0]);
  }

  /** The usual modes are always visible; of the others, only the chosen one is. */
  show() {
    for (const button of this.buttons) {
      const { mode = "" } = button.dataset;
      button.setAttribute("aria-checked", String(mode === this.chosen));
      button.hidden = !this.offered.includes(mode) || (!USUAL.includes(mode) && mode !== this.chosen);
    }
    this.more.hidden = !this.furtherItems().length;
    this.node.hidden = this.offered.length < 2;
  }
}
