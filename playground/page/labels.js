// The buttons that go with a question: a box of chips, and a place to write the next one.

import { el, icon } from "./dom.js";

export class LabelBox {
  constructor(labels) {
    this.chips = el("span", { class: "chips" });
    this.input = el("input", { type: "text", dir: "auto", placeholder: "Add a button, Enter", "aria-label": "Add a quick reply button", maxlength: "60", onkeydown: (event) => this.key(event), onblur: () => this.add() });
    this.node = el("div", { class: "label-box" }, this.chips, this.input);
    this.set(labels);
  }

  /** The labels, with the one that is half written. */
  take() {
    this.add();
    return this.labels;
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
    this.chips.replaceChildren(...labels.map((label) => this.chip(label)));
  }

  chip(label) {
    const remove = () => this.set(this.labels.filter((one) => one !== label));
    return el("span", { class: "chip" }, el("span", { dir: "auto" }, label), el("button", { type: "button", "aria-label": `Remove the button ${label}`, onclick: remove }, icon("close")));
  }
}
