// The services of one side, as tabs above their column: the arrow keys go through them.

import { el, stepThrough } from "./dom.js";
import { orderOf } from "./trace.js";

const ROOMY = { messenger: 1, platform: 3 }; // how many tabs leave room for the column's title on a usual screen

export class Tabs {
  /** `choose(service)` is told of the tab that was pressed. */
  constructor(side, choose) {
    Object.assign(this, { side, choose, buttons: new Map() });
    this.node = el("div", {
      class: "tabs",
      role: "tablist",
      "aria-label": "Services",
      onkeydown: (event) => stepThrough(event, this.node.children, ["ArrowLeft", "ArrowRight"]),
    });
  }

  /** A tab stays the same element whatever becomes of it, so that it keeps the focus. */
  update(views, chosen) {
    this.node.classList.toggle("many", views.length > ROOMY[this.side]);
    for (const { service, title, pending = 0 } of views) {
      const tab = this.buttons.get(service) ?? this.add(service, title);
      const isChosen = service === chosen;
      if (isChosen && tab.button.getAttribute("aria-selected") !== "true")
        tab.button.scrollIntoView({ block: "nearest", inline: "nearest" });
      tab.button.setAttribute("aria-selected", String(isChosen));
      tab.button.dataset.order = orderOf(service);
      tab.pending.hidden = !pending;
      tab.pending.textContent = pending || "";
    }
    this.node.append(
      ...views.map(({ service }) => this.buttons.get(service).button).filter((button) => !button.isConnected),
    );
  }

  add(service, title) {
    const pending = el("span", { class: "count waiting", title: "Chats that wait", hidden: true });
    const button = el(
      "button",
      { type: "button", role: "tab", "data-side": this.side, onclick: () => this.choose(service) },
      el("i", {}),
      title,
      pending,
    );
    const tab = { button, pending };
    this.buttons.set(service, tab);
    return tab;
  }
}
