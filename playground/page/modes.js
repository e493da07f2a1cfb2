// What an agent writes: a reply, a note, a question ... A platform's view says which of them there are.

import { el, icon, iconButton, menu } from "./dom.js";

// `label` is short, for the button; `title` says more, in the menu of those that are not always in sight.
const MODES = {
  reply: { icon: "reply", label: "Reply", placeholder: "Reply to the customer", name: "Reply" },
  quick_replies: {
    icon: "buttons",
    label: "Quick replies",
    placeholder: "Ask, and offer buttons below",
    name: "Question with quick replies",
  },
  private_note: { icon: "note", label: "Note", placeholder: "Only colleagues see this", name: "Private note" },
  multiple_choice: {
    icon: "list",
    label: "Choice",
    title: "Multiple choice",
    placeholder: "Ask, and list the answers above",
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
    placeholder: "Ask for an answer in words",
    name: "Text question",
  },
  card: { icon: "card", label: "Card", title: "Card", placeholder: "What the card says", name: "Text of the card" },
  carousel: {
    icon: "carousel",
    label: "Carousel",
    title: "Carousel",
    placeholder: "What stands above the cards",
    name: "Text above the cards",
  },
};
const USUAL = ["reply", "quick_replies", "private_note"];

/** Whether a view lets this be done; one without `modes` offers the usual ones, and files. */
export const offers = ({ modes }, mode) => (modes ?? [...USUAL, "send_file"]).includes(mode);

export class ModeChoice {
  /** `change(mode, details, byHand)` is told of each change. */
  constructor(change) {
    this.change = change;
    this.offered = USUAL;
    this.buttons = Object.entries(MODES).map(([mode, { icon: name, label, title }]) =>
      el(
        "button",
        {
          type: "button",
          role: "radio",
          "data-mode": mode,
          "aria-label": title ?? null,
          title: title ?? null,
          onclick: () => this.choose(mode, true),
        },
        icon(name),
        label,
      ),
    );
    this.more = iconButton("more", "Questions and cards", null, { class: "icon-button more-modes" });
    const list = menu(this.more, () => this.further(), "Questions and cards");
    this.radios = el("div", { class: "modes", role: "radiogroup", "aria-label": "What you write" }, this.buttons);
    this.node = el("div", { class: "mode-choice" }, this.radios, this.more, list);
  }

  further() {
    return this.offered
      .filter((mode) => !USUAL.includes(mode))
      .map((mode) => ({ icon: MODES[mode].icon, label: MODES[mode].title, act: () => this.choose(mode, true) }));
  }

  choose(mode, byHand = false) {
    this.chosen = mode;
    this.show();
    this.change(mode, MODES[mode], byHand);
  }

  update(view) {
    this.offered = Object.keys(MODES).filter((mode) => offers(view, mode));
    this.show();
    if (!this.offered.includes(this.chosen) && this.offered.length) this.choose(this.offered[0]);
  }

  /** Of the further ones only the chosen one stands beside the usual ones. */
  show() {
    for (const button of this.buttons) {
      const { mode } = button.dataset;
      button.setAttribute("aria-checked", String(mode === this.chosen));
      button.hidden = !this.offered.includes(mode) || (!USUAL.includes(mode) && mode !== this.chosen);
    }
    this.more.hidden = !this.further().length;
    this.node.hidden = this.offered.length < 2;
  }
}
