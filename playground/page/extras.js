// What goes with the text in some modes: buttons, a question's answers, a card's title, a way to decline.

import { el, icon } from "./dom.js";
import { LabelBox } from "./labels.js";

const STARS = [1, 2, 3, 4, 5];

export class Extras {
  constructor() {
    this.labels = {
      quick_replies: new LabelBox(["Yes, please", "No, thanks"]),
      multiple_choice: new LabelBox(["Morning", "Afternoon", "Evening"], {
        placeholder: "Add an answer, Enter",
        name: "Add an answer to choose",
        thing: "answer",
      }),
      card: new LabelBox(["Tell me more"], { name: "Add a button to the card", longest: 24 }),
      carousel: new LabelBox(["Choose"], {
        placeholder: "Add a button to each, Enter",
        name: "Add a button to each card",
        longest: 24,
      }),
    };
    this.titles = new LabelBox(["Basic", "Pro"], {
      placeholder: "Add a card, Enter",
      name: "Add a card to the carousel",
      thing: "card",
      longest: 80,
    });
    const onkeydown = (event) => event.key === "Enter" && !event.isComposing && this.labels.card.input.focus();
    this.title = el("input", {
      type: "text",
      class: "extra-field",
      dir: "auto",
      required: true,
      maxlength: "120",
      placeholder: "Title of the card",
      "aria-label": "Title of the card",
      autocomplete: "off",
      onkeydown,
    });
    this.decline = el("input", {
      type: "text",
      class: "extra-field",
      dir: "auto",
      maxlength: "60",
      placeholder: "Button to decline, if any",
      "aria-label": "Label of the button to decline",
      autocomplete: "off",
    });
    this.stars = el(
      "span",
      { class: "stars", role: "img", "aria-label": "One to five stars" },
      STARS.map(() => icon("star")),
    );
    this.row = el("div", { class: "extra-row" }, this.title, this.stars, this.decline);
    this.node = el(
      "div",
      { class: "extras" },
      this.row,
      this.titles.node,
      Object.values(this.labels).map((box) => box.node),
    );
  }

  show(mode) {
    for (const [name, box] of Object.entries(this.labels)) box.node.hidden = name !== mode;
    this.titles.node.hidden = mode !== "carousel";
    this.title.hidden = mode !== "card";
    this.stars.hidden = mode !== "rating";
    this.decline.hidden = !["rating", "text_question"].includes(mode);
    this.row.hidden = this.title.hidden && this.decline.hidden;
  }

  /** As the order takes it; null when something is missing, which the reader is then shown. */
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

  /** What was for one message alone goes with it. */
  sent() {
    this.title.value = "";
  }
}
