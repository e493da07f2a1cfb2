// What goes with the text in some modes: buttons, answers to choose from, a card's title, a button to decline.

import { el, icon } from "./dom.js";
import { LabelBox } from "./label-box.js";

const STARS = [1, 2, 3, 4, 5];

export class Extras {
  constructor() {
    /** @type {Record<string, LabelBox>} by mode */
    this.labels = {
      quick_replies: new LabelBox(["Yes, please", "No, thanks"]),
      multiple_choice: new LabelBox(["Morning", "Afternoon", "Evening"], {
        placeholder: "Add an answer",
        name: "Add an answer to choose",
        thing: "answer",
      }),
      card: new LabelBox(["Tell me more"], { name: "Add a button to the card", longest: 24 }),
      carousel: new LabelBox(["Choose"], {
        placeholder: "Add a button to each",
        name: "Add a button to each card",
        longest: 24,
      }),
    };
    this.titles = new LabelBox(["Basic", "Pro"], {
      placeholder: "Add a card",
      name: "Add a card to the carousel",
      thing: "card",
      longest: 80,
    });
    this.title = textField({ required: true, maxlength: "120", placeholder: "Card title", "aria-label": "Card title" });
    this.title.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) this.labels.card.input.focus();
    });
    this.decline = textField({
      maxlength: "60",
      placeholder: "Decline button (optional)",
      "aria-label": "Label of the decline button",
    });
    const stars = STARS.map(() => icon("star"));
    this.stars = el("span", { class: "stars", role: "img", "aria-label": "One to five stars" }, stars);
    this.row = el("div", { class: "extra-row" }, this.title, this.stars, this.decline);
    const boxes = Object.values(this.labels).map((box) => box.node);
    this.node = el("div", { class: "extras" }, this.row, this.titles.node, boxes);
  }

  /** @param {string} mode */
  show(mode) {
    for (const [name, box] of Object.entries(this.labels)) box.node.hidden = name !== mode;
    this.titles.node.hidden = mode !== "carousel";
    this.title.hidden = mode !== "card";
    this.stars.hidden = mode !== "rating";
    this.decline.hidden = !["rating", "text_question"].includes(mode);
    this.row.hidden = this.title.hidden && this.decline.hidden;
  }

  /**
   * As the action takes it; null when something is missing, which is then shown.
   * @param {string} mode
   */
  take(mode) {
    if (mode === "card" && !this.title.reportValidity()) return null;
    const labels = this.labels[mode]?.take();
    if (mode === "multiple_choice" && !this.labels[mode].requireOne()) return null;
    const titles = mode === "carousel" ? this.titles.take() : null;
    if (titles && !this.titles.requireOne()) return null;
    return {
      ...(labels && { labels: labels.join("\n") }),
      ...(titles && { titles: titles.join("\n") }),
      ...(mode === "card" && { title: this.title.value.trim() }),
      ...(!this.decline.hidden && { decline: this.decline.value.trim() }),
    };
  }

  /** Deletes what was for one message only. */
  reset() {
    this.title.value = "";
  }
}

/** @param {NonNullable<Parameters<typeof el>[1]>} attributes */
function textField(attributes) {
  return el("input", { type: "text", class: "extra-field", dir: "auto", autocomplete: "off", ...attributes });
}
