// Whether the agent at the desk is online, where the platform needs to know.

/** @import { Agent } from "./types.js" */

import { el } from "./dom.js";
import { act } from "./server.js";

export class OnlineSwitch {
  /** @param {string} service */
  constructor(service) {
    this.service = service;
    /** @type {Agent | undefined} */
    this.agent = undefined;
    this.box = el("input", { type: "checkbox", role: "switch", onchange: () => this.flip() });
    this.node = el("label", { class: "you online", hidden: true }, el("span", {}, "Online"), this.box);
  }

  /** After a refusal the switch shows the value of before. */
  async flip() {
    if (!this.agent) return;
    const result = await act(this.service, "online", { agent: this.agent.id, value: String(this.box.checked) });
    if (result === null) this.box.checked = this.agent.online ?? false;
  }

  /** @param {Agent | undefined} agent */
  update(agent) {
    this.agent = agent;
    this.node.hidden = agent?.online === undefined;
    this.box.checked = agent?.online ?? false;
  }
}
