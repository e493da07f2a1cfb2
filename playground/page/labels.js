// The buttons that go with a question: a box of chips, and a place to write the next one.

import { el, icon } from "./dom.js";

export class LabelBox {
  /** `thing` is what one chip stands for; a label has at most `longest` characters. */
  constructor(
    labels,
    { placeholder = "Add a button, Enter", name = "Add a quick reply button", thing = "button", longest = 60 } = {},
  ) {
    this.thing = thing;
    this.chips = el("span", { class: "chips" });
    this.input = el("input", {
      type: "text",
      dir: "auto",
      placeholder,
      "aria-label": name,
      maxlength: String(longest),
      onkeydown: (event) => this.key(event),
      oninput: () => this.input.setCustomValidity(""),
      onblur: () => this.add(),
    });
    this.node = el("div", { class: "label-box" }, this.chips, this.input);
    this.set(labels);
  }

  /** The labels, with the one that is half written. */
  take() {
    this.add();
    return this.labels;
  }

  /** Whether there is a label; if not, the reader is shown where one is missing. */
  requireOne() {
    this.input.setCustomValidity(this.labels.length ? "" : `Add at least one ${this.thing}`);
    return this.input.reportValidity();
  }

  key(event) {
    if (event.key === "Enter" || event.key === ",") {
      event.preventDefault();
      this.add();
    } else if (event.key === "Backspace" && !this.input.value) this.set(this.labels.slice(0, -1));
  }

  add() {
    const label = this.input.value.trim();
    this.input.value = "";
    if (label) this.set([...this.labels.filter((one) => one !== label), label]);
  }

  set(labels) {
    this.labels = labels;
    this.input.setCustomValidity("");
    this.chips.replaceChildren(...labels.map((label) => this.chip(label)));
  }

  chip(label) {
    const remove = () => this.set(this.labels.filter((one) => one !== label));
    return el(
      "span",
      { class: "chip" },
      el("span", { dir: "auto" }, label),
      el(
        "button",
        { type: "button", "aria-label": `Remove the ${this.thing} ${label}`, onclick: remove },
        icon("close"),
      ),
    );
  }
}
