// The bar above a desk, where its platform has one: channels, the platform's own switch, and starting a chat.

/** @import { Channel, Choice, DeskView, Room } from "./types.js" */

import { ChatStarter } from "./chat-starter.js";
import { el, reconcile } from "./dom.js";
import { act } from "./server.js";

/** @type {Record<string, string>} */
const MOODS = {
  ACTIVE: "good",
  INACTIVE: "warn",
  UNVERIFIED: "warn",
  INACTIVE_UNAVAILABLE: "bad",
  ONLINE: "good",
  OFFLINE: "warn",
  CLOSED: "warn",
};
/**
 * @param {Room} room
 * @returns {Channel}
 */
const asChannel = ({ id, name, online, open }) => ({
  id,
  title: name,
  status: online ? "ONLINE" : open ? "OFFLINE" : "CLOSED",
});
/** @param {string} status */
const labelOf = (status) => status.toLowerCase().replaceAll("_", ", ");

export class DeskBar {
  /**
   * @param {string} service
   * @param {{ agent: () => string, started: (conversation: string) => void }} options `agent` returns the id of the
   *   agent at the desk; `started` is called with a chat that the agent has started
   */
  constructor(service, { agent, started }) {
    this.service = service;
    this.channels = el("ul", { class: "bar-channels", "aria-label": "Channels" });
    this.segments = el("fieldset", { class: "segments", hidden: true });
    this.starter = new ChatStarter(service, { agent, started });
    this.pending = el("span", { class: "pending", role: "status" });
    const parts = [this.channels, this.pending, this.segments, ...this.starter.nodes];
    this.node = el("div", { class: "desk-bar", hidden: true }, parts);
    /** @type {HTMLInputElement[]} */
    this.radios = [];
    this.signature = "";
    /** @type {string | undefined} */
    this.value = undefined;
  }

  /** @param {DeskView} view */
  update({ channels: own, rooms, pending = 0, switch: choice, tools }) {
    const channels = own ?? rooms?.map(asChannel);
    this.channels.setAttribute("aria-label", rooms ? "Rooms" : "Channels");
    const canStart = tools?.includes("start_chat") ?? false;
    this.node.hidden = !channels && !choice && !canStart;
    if (this.node.hidden) return;
    const shown = channels?.length
      ? channels.map(({ id, title, status }) => ({ id, title, status }))
      : [{ id: "", title: "No channel yet", status: "" }];
    reconcile(
      this.channels,
      shown,
      ({ id }) => id,
      (channel) => this.channel(channel),
    );
    this.showSwitch(choice);
    this.showPending(pending);
    this.starter.update(canStart, channels ?? []);
  }

  /** @param {Pick<Channel, "title" | "status">} channel */
  channel({ title, status }) {
    const state = status ? el("span", {}, ` ${labelOf(status)}`) : null;
    const attributes = { class: MOODS[status] ?? "quiet", title: status };
    return el("li", attributes, el("i", {}), el("b", { dir: "auto" }, title), state);
  }

  /** @param {number} pending */
  showPending(pending) {
    this.pending.hidden = !pending;
    if (this.pending.dataset.count === String(pending)) return;
    this.pending.dataset.count = String(pending);
    this.pending.replaceChildren(el("b", {}, pending), pending === 1 ? "chat waiting" : "chats waiting");
  }

  /** @param {Choice | undefined} choice */
  showSwitch(choice) {
    this.segments.hidden = !choice;
    const signature = JSON.stringify([choice?.title, choice?.options]);
    if (choice && this.signature !== signature) {
      this.signature = signature;
      const { action, options, title } = choice;
      const name = `${this.service}-${action}`;
      this.radios = options.map(({ value }) =>
        el("input", { type: "radio", name, value, onchange: () => this.flip(action, value) }),
      );
      const labels = options.map(({ label }, index) => el("label", {}, this.radios[index], el("span", {}, label)));
      this.segments.replaceChildren(el("legend", {}, title), ...labels);
    }
    this.value = choice?.value;
    this.showValue();
  }

  /**
   * After a refusal the switch shows the value of before.
   * @param {string} action
   * @param {string} value
   */
  async flip(action, value) {
    if ((await act(this.service, action, { value })) === null) this.showValue();
  }

  showValue() {
    for (const radio of this.radios) radio.checked = radio.value === this.value;
  }
}
