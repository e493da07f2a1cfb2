// An agent who writes first: to whom, through which channel, and what. A refusal is shown where it was asked for.

import { el, icon, placeBeside, reconcile } from "./dom.js";
import { order } from "./world.js";

const ADDRESSES = {
  PHONE_NUMBER: { label: "Phone number", placeholder: "+49 151 12345678", inputmode: "tel" },
  EMAIL: { label: "Email address", placeholder: "ann@example.com", inputmode: "email" },
  NUMBER: { label: "Number", placeholder: "", inputmode: "numeric" },
};
const ANY_ADDRESS = { label: "Address", placeholder: "", inputmode: "text" };

export class ChatStarter {
  constructor(service, { agent, started }) {
    Object.assign(this, { service, agent, started });
    this.button = el(
      "button",
      {
        type: "button",
        class: "button small quiet start-button",
        "aria-haspopup": "dialog",
        onclick: () => this.open(),
      },
      icon("chat"),
      el("span", {}, "Start a chat"),
    );
    this.panel = el(
      "form",
      {
        class: "switch-panel starter",
        popover: "auto",
        role: "dialog",
        "aria-label": "Start a chat",
        onsubmit: (event) => this.submit(event),
      },
      el("h3", {}, "Start a chat"),
      this.fields(),
    );
    this.nodes = [this.button, this.panel];
  }

  fields() {
    this.channel = el("select", { onchange: () => this.showAddress() });
    this.channelRow = el("label", { class: "field" }, el("span", {}, "Through"), this.channel);
    this.addressLabel = el("span", {});
    this.address = el("input", { type: "text", dir: "ltr", required: true, autocomplete: "off" });
    this.name = el("input", { type: "text", dir: "auto", autocomplete: "off", placeholder: "If you know it" });
    this.text = el("textarea", { dir: "auto", rows: "3", required: true });
    this.refusal = el("p", { class: "failure", role: "alert", dir: "auto" });
    this.go = el("button", { type: "submit", class: "button small" }, "Send and start");
    return [
      this.channelRow,
      el("label", { class: "field" }, this.addressLabel, this.address),
      el("label", { class: "field" }, el("span", {}, "Name"), this.name),
      el("label", { class: "field" }, el("span", {}, "First message"), this.text),
      this.refusal,
      el("div", { class: "field-foot" }, this.go),
    ];
  }

  open() {
    this.refusal.textContent = "";
    this.panel.showPopover();
    placeBeside(this.panel, this.button);
    this.address.focus();
  }

  update(isThere, channels) {
    this.button.hidden = !isThere;
    if (!isThere && this.panel.matches(":popover-open")) this.panel.hidePopover();
    this.outbound = channels.filter(({ outbound }) => outbound);
    const { value } = this.channel;
    reconcile(
      this.channel,
      this.outbound.map(({ id, title }) => ({ id, title })),
      ({ id }) => id,
      ({ id, title }) => el("option", { value: id }, title),
    );
    if (this.outbound.some(({ id }) => id === value)) this.channel.value = value;
    this.channelRow.hidden = this.outbound.length < 2;
    this.showAddress();
  }

  /** A channel says what its customers' addresses are. */
  showAddress() {
    const channel = this.outbound.find(({ id }) => id === this.channel.value);
    const { label, placeholder, inputmode } = ADDRESSES[channel?.address_type] ?? ANY_ADDRESS;
    this.addressLabel.textContent = label;
    this.address.placeholder = placeholder;
    this.address.inputMode = inputmode;
  }

  async submit(event) {
    event.preventDefault();
    if (this.panel.ariaBusy === "true") return;
    this.refusal.textContent = "";
    this.panel.ariaBusy = "true"; // a button that is disabled would lose the focus
    try {
      const wanted = {
        agent: this.agent(),
        channel: this.channel.value,
        identifier: this.address.value.trim(),
        name: this.name.value.trim(),
        text: this.text.value.trim(),
      };
      const { conversation } = await order(this.service, "start_chat", wanted);
      this.panel.reset();
      this.showAddress();
      this.panel.hidePopover();
      this.started(conversation);
    } catch (error) {
      this.refusal.textContent = error.message;
    } finally {
      this.panel.ariaBusy = "false";
    }
  }
}
