// Whether the agent at the desk is online, where the platform wants to know.

import { el } from "./dom.js";
import { act } from "./world.js";

export class OnlineSwitch {
  constructor(service) {
    this.service = service;
    this.box = el("input", { type: "checkbox", role: "switch", onchange: () => this.flip() });
    this.node = el("label", { class: "you online", hidden: true }, el("span", {}, "Online"), this.box);
  }

  /** After a refusal the switch shows what is so, whatever was pressed. */
  async flip() {
    const { id } = this.agent;
    if ((await act(this.service, "online", { agent: id, value: String(this.box.checked) })) === null)
      this.box.checked = this.agent.online;
  }

  update(agent) {
    this.agent = agent;
    this.node.hidden = agent?.online === undefined;
    if (!this.node.hidden) this.box.checked = agent.online;
  }
}
