// The channel that a conversation's next reply goes through, where it has several.

/** @import { ReplyChannel } from "./types.js" */

import { el, icon, reconcile } from "./dom.js";

export class ChannelChoice {
  /** @param {(channel: string) => Promise<unknown>} choose Awaited; then the service's current channel is shown. */
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
    this.signature = "";
  }

  /** @param {(channel: string) => Promise<unknown>} choose */
  async pick(choose) {
    await choose(this.select.value);
    this.select.value = this.active;
  }

  /** @param {ReplyChannel[]} channels */
  update(channels = []) {
    this.node.hidden = channels.length < 2;
    this.active = channels.find(({ active }) => active)?.id ?? "";
    const none = this.active ? [] : [{ id: "", title: "Choose a channel" }];
    const items = [...none, ...channels].map(({ id, title }) => ({ id, title }));
    const signature = JSON.stringify([items, this.active]);
    if (signature === this.signature) return; // an open list is not touched
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
