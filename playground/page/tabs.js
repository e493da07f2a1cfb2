// The services of one side, as tabs above their column. The left and right arrow keys move among them.

/** @import { Side, View } from "./types.js" */

import { el, moveFocus } from "./dom.js";
import { orderOf } from "./server.js";

/** @type {Record<Side, number>} how many tabs leave space for the column's title on a usual screen */
const MOST_BESIDE_TITLE = { messenger: 1, platform: 3 };

/** @typedef {{ button: HTMLButtonElement, pending: HTMLElement }} Tab */

export class Tabs {
  /**
   * @param {Side} side
   * @param {(service: string) => void} choose
   */
  constructor(side, choose) {
    this.side = side;
    this.choose = choose;
    /** @type {Map<string, Tab>} */
    this.tabs = new Map();
    this.node = el("div", {
      class: "tabs",
      role: "tablist",
      "aria-label": "Services",
    });
    this.node.addEventListener("keydown", (event) => moveFocus(event, this.node.children, ["ArrowLeft", "ArrowRight"]));
  }

  /**
   * A tab stays the same element, so that it keeps the focus.
   * @param {View[]} views
   * @param {string} chosen
   */
  update(views, chosen) {
    this.node.classList.toggle("many", views.length > MOST_BESIDE_TITLE[this.side]);
    for (const view of views) {
      const { service, title } = view;
      const waiting = ("pending" in view && view.pending) || 0;
      const { button, pending } = this.tabs.get(service) ?? this.add(service, title);
      const isChosen = service === chosen;
      if (isChosen && button.getAttribute("aria-selected") !== "true") {
        button.scrollIntoView({ block: "nearest", inline: "nearest" });
      }
      button.setAttribute("aria-selected", String(isChosen));
      button.dataset.order = String(orderOf(service));
      pending.hidden = !waiting;
      pending.textContent = waiting ? String(waiting) : "";
    }
    for (const { button } of this.tabs.values()) if (!button.isConnected) this.node.append(button);
  }

  /**
   * @param {string} service
   * @param {string} title
   */
  add(service, title) {
    const pending = el("span", { class: "count waiting", title: "Chats waiting", hidden: true });
    const attributes = { type: "button", role: "tab", "data-side": this.side, onclick: () => this.choose(service) };
    const button = el("button", attributes, el("i", {}), title, pending);
    const tab = { button, pending };
    this.tabs.set(service, tab);
    return tab;
  }
}
