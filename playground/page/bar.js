// The line on top of a desk, where its platform has one: the channels, the platform's own switch, and writing first.

import { el, reconcile } from "./dom.js";
import { ChatStarter } from "./starter.js";
import { act } from "./world.js";

const MOODS = {
  ACTIVE: "good",
  INACTIVE: "warn",
  UNVERIFIED: "warn",
  INACTIVE_UNAVAILABLE: "bad",
  ONLINE: "good",
  OFFLINE: "warn",
  CLOSED: "warn",
};
const asChannel = ({ id, name, online, open }) => ({
  id,
  title: name,
  status: online ? "ONLINE" : open ? "OFFLINE" : "CLOSED",
});
const wordOf = (status) => status.toLowerCase().replaceAll("_", ", ");

export class DeskBar {
  /** `agent()` is the id of who sits at the desk; `started(conversation)` is told of a chat that the agent began. */
  constructor(service, { agent, started }) {
    this.service = service;
    this.channels = el("ul", { class: "bar-channels", "aria-label": "Channels" });
    this.segments = el("fieldset", { class: "segments", hidden: true });
    this.starter = new ChatStarter(service, { agent, started });
    this.pending = el("span", { class: "pending", role: "status" });
    this.node = el(
      "div",
      { class: "desk-bar", hidden: true },
      this.channels,
      this.pending,
      this.segments,
      this.starter.nodes,
    );
  }

  update({ channels: own, rooms, pending = 0, switch: choice, tools }) {
    const channels = own ?? rooms?.map(asChannel);
    this.channels.setAttribute("aria-label", rooms ? "Rooms" : "Channels");
    const starts = tools?.includes("start_chat") ?? false;
    this.node.hidden = !channels && !choice && !starts;
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
    this.starter.update(starts, channels ?? []);
  }

  channel({ title, status }) {
    return el(
      "li",
      { class: MOODS[status] ?? "quiet", title: status },
      el("i", {}),
      el("b", { dir: "auto" }, title),
      status ? el("span", {}, ` ${wordOf(status)}`) : null,
    );
  }

  showPending(pending) {
    this.pending.hidden = !pending;
    const words = pending === 1 ? "chat waits" : "chats wait";
    if (this.pending.dataset.count === String(pending)) return;
    this.pending.dataset.count = pending;
    this.pending.replaceChildren(el("b", {}, pending), words);
  }

  showSwitch(choice) {
    this.segments.hidden = !choice;
    const signature = JSON.stringify([choice?.title, choice?.options]);
    if (choice && this.signature !== signature) {
      this.signature = signature;
      this.radios = choice.options.map(({ value }) =>
        el("input", {
          type: "radio",
          name: `${this.service}-${choice.action}`,
          value,
          onchange: () => this.flip(choice.action, value),
        }),
      );
      this.segments.replaceChildren(
        el("legend", {}, choice.title),
        ...choice.options.map(({ label }, index) => el("label", {}, this.radios[index], el("span", {}, label))),
      );
    }
    this.value = choice?.value;
    this.mark();
  }

  /** After a refusal the switch shows what is so, whatever was pressed. */
  async flip(action, value) {
    if ((await act(this.service, action, { value })) === null) this.mark();
  }

  mark() {
    for (const radio of this.radios ?? []) radio.checked = radio.value === this.value;
  }
}
