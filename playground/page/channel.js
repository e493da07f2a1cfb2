// Through which channel a conversation's next reply goes, where it has several.

import { el, icon, reconcile } from "./dom.js";

export class ChannelChoice {
  /** `choose(channel)` is awaited; the choice then shows what the service says, whatever was picked. */
  constructor(choose) {
    this.select = el("select", { "aria-label": "Reply through", onchange: () => this.pick(choose) });
    this.node = el(
      "label",
      { class: "channel", hidden: true },
      el("span", {}, "through"),
      this.select,
      icon("chevron"),
    );
    this.active = "";
  }

  async pick(choose) {
    await choose(this.select.value);
    this.select.value = this.active;
  }

  update(channels = []) {
    this.node.hidden = channels.length < 2;
    this.active = channels.find(({ active }) => active)?.id ?? "";
    const none = this.active ? [] : [{ id: "", title: "Choose a channel" }];
    const items = [...none, ...channels].map(({ id, title }) => ({ id, title }));
    const signature = JSON.stringify([items, this.active]);
    if (signature === this.signature) return; // a list that is open stays as it is
    this.signature = signature;
    reconcile(
      this.select,
      items,
      ({ id }) => id,
      ({ id, title }) => el("option", { value: id, disabled: !id }, title),
    );
    this.select.value = this.active;
  }
}
