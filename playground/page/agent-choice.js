// Who the person at the desk is.

/** @import { Agent } from "./types.js" */

import { el, reconcile } from "./dom.js";
import { OnlineSwitch } from "./online.js";

export class AgentChoice {
  /**
   * @param {string} service
   * @param {() => void} changed Called when another agent is chosen.
   */
  constructor(service, changed) {
    this.chosen = "";
    this.online = new OnlineSwitch(service);
    this.select = el("select", { "aria-label": "Agent" });
    this.select.addEventListener("change", () => {
      this.chosen = this.select.value;
      changed();
    });
    const label = el("label", { class: "you" }, el("span", {}, "You are"), this.select);
    this.node = el("div", { class: "you-box" }, label, this.online.node);
  }

  /**
   * Where one platform serves several businesses, only the agents of the conversation's are offered.
   * @param {Agent[]} all
   * @param {string | undefined} business
   */
  update(all, business) {
    const agents = all.filter((agent) => !business || !agent.business || agent.business === business);
    this.chosen = agents.some(({ id }) => id === this.chosen) ? this.chosen : (agents[0]?.id ?? "");
    const options = agents.map(({ id, name, online }) => ({
      id,
      name: online === false && id !== this.chosen ? `${name} (offline)` : name,
    }));
    reconcile(
      this.select,
      options,
      ({ id }) => id,
      ({ id, name }) => el("option", { value: id }, name),
    );
    this.select.value = this.chosen;
    this.online.update(agents.find(({ id }) => id === this.chosen));
  }
}
