// The messages that a business has had approved, and what the messenger decides about them.

/** @import { Arguments, Template } from "./types.js" */

import { el, iconButton, placeBeside, reconcile } from "./dom.js";

const ADDED = { name: "order_ready", body: "Hello {{1}}, your order is ready." };

/** @type {Record<string, { label: string, action: string }[]>} what can be decided, by a template's status */
const DECISIONS = {
  PENDING: [
    { label: "Approve", action: "approve_template" },
    { label: "Reject", action: "reject_template" },
  ],
  APPROVED: [
    { label: "Pause", action: "pause_template" },
    { label: "Disable", action: "disable_template" },
  ],
  PAUSED: [{ label: "Resume", action: "unpause_template" }],
  REJECTED: [{ label: "Approve", action: "approve_template" }],
  DISABLED: [{ label: "Approve", action: "approve_template" }],
};

export class TemplatePanel {
  /** @param {(action: string, details: Arguments) => unknown} act */
  constructor(act) {
    this.act = act;
    this.list = el("ul", {});
    const label = "Templates of the business";
    this.node = el(
      "div",
      { class: "switch-panel template-panel", popover: "auto", role: "dialog", "aria-label": label },
      el("h3", {}, label),
      this.list,
      iconButton("plus", "Add an approved template", () => this.add()),
    );
    /** @type {Template[]} */
    this.templates = [];
  }

  /** @param {HTMLElement} button */
  open(button) {
    this.node.showPopover();
    placeBeside(this.node, button);
  }

  add() {
    const count = this.templates.filter(({ name }) => name.startsWith(ADDED.name)).length;
    return this.act("add_template", { ...ADDED, name: count ? `${ADDED.name}_${count + 1}` : ADDED.name });
  }

  /** @param {Template[]} templates */
  update(templates) {
    this.templates = templates;
    reconcile(
      this.list,
      templates,
      ({ id }) => id,
      (template) => this.row(template),
    );
  }

  /** @param {Template} template */
  row({ id, name, language, category, status }) {
    const buttons = (DECISIONS[status] ?? []).map(({ label, action }) =>
      el(
        "button",
        {
          type: "button",
          class: "link",
          "aria-label": `${label} ${name}`,
          onclick: () => this.act(action, { template: id }),
        },
        label,
      ),
    );
    const details = [language, category, status].join(" · ").toLowerCase();
    return el("li", {}, el("b", { dir: "auto" }, name), el("small", {}, details), el("span", {}, buttons));
  }
}
