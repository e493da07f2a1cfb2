// The labels of buttons, answers or cards: a box of chips, and a field for the next one.

import { el, icon } from "./dom.js";

export class LabelBox {
  /**
   * @param {string[]} labels
   * @param {{ placeholder?: string, name?: string, thing?: string, longest?: number }} [options] `thing` is what one
   *   chip stands for; a label has at most `longest` characters
   */
  constructor(labels, options = {}) {
    const { placeholder = "Add a button", name = "Add a quick reply button" } = options;
    const { thing = "button", longest = 60 } = options;
    this.thing = thing;
    /** @type {string[]} */
    this.labels = [];
    this.chips = el("span", { class: "chips" });
    this.input = el("input", {
      type: "text",
      dir: "auto",
      placeholder,
      title: "Press Enter to add it",
      "aria-label": name,
      maxlength: longest,
    });
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("input", () => this.input.setCustomValidity(""));
    this.input.addEventListener("blur", () => this.add());
    this.node = el("div", { class: "label-box" }, this.chips, this.input);
    this.set(labels);
  }

  /** The labels, with the one in the field. */
  take() {
    this.add();
    return this.labels;
  }

  /** Whether there is a label; if not, the field shows that one is missing. */
  requireOne() {
    this.input.setCustomValidity(this.labels.length ? "" : `Add at least one ${this.thing}`);
    return this.input.reportValidity();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
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

  /** @param {string[]} labels */
  set(labels) {
    this.labels = labels;
    this.input.setCustomValidity("");
    this.chips.replaceChildren(...labels.map((label) => this.chip(label)));
  }

  /** @param {string} label */
  chip(label) {
    const remove = () => this.set(this.labels.filter((one) => one !== label));
    const attributes = { type: "button", "aria-label": `Remove the ${this.thing} ${label}`, onclick: remove };
    const button = el("button", attributes, icon("close"));
    return el("span", { class: "chip" }, el("span", { dir: "auto" }, label), button);
  }
}
