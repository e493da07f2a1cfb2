// An agent starts a chat: through which channel, with whom, and with what text. A refusal is shown in the form.

/** @import { Channel } from "./types.js" */

import { el, icon, placeBeside, reconcile } from "./dom.js";
import { messageOf, perform } from "./server.js";

/** @type {Record<string, { label: string, placeholder: string, inputmode: string }>} by a channel's address type */
const ADDRESSES = {
  PHONE_NUMBER: { label: "Phone number", placeholder: "+49 151 12345678", inputmode: "tel" },
  EMAIL: { label: "Email address", placeholder: "ann@example.com", inputmode: "email" },
  NUMBER: { label: "Number", placeholder: "", inputmode: "numeric" },
};
const ANY_ADDRESS = { label: "Address", placeholder: "", inputmode: "text" };

/**
 * @param {string | HTMLElement} label
 * @param {HTMLElement} field
 */
const labelled = (label, field) =>
  el("label", { class: "field" }, typeof label === "string" ? el("span", {}, label) : label, field);

export class ChatStarter {
  /**
   * @param {string} service
   * @param {{ agent: () => string, started: (conversation: string) => void }} options
   */
  constructor(service, { agent, started }) {
    this.service = service;
    this.agent = agent;
    this.started = started;
    /** @type {Channel[]} */
    this.outbound = [];
    this.channel = el("select", { onchange: () => this.showAddress() });
    this.channelRow = labelled("Channel", this.channel);
    this.addressLabel = el("span", {});
    this.address = el("input", { type: "text", dir: "ltr", required: true, autocomplete: "off" });
    this.name = el("input", { type: "text", dir: "auto", autocomplete: "off", placeholder: "Optional" });
    this.text = el("textarea", { dir: "auto", rows: "3", required: true });
    this.refusal = el("p", { class: "failure", role: "alert", dir: "auto" });
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
      this.channelRow,
      labelled(this.addressLabel, this.address),
      labelled("Name", this.name),
      labelled("First message", this.text),
      this.refusal,
      el("div", { class: "field-foot" }, el("button", { type: "submit", class: "button small" }, "Send and start")),
    );
    this.nodes = [this.button, this.panel];
  }

  open() {
    this.refusal.textContent = "";
    this.panel.showPopover();
    placeBeside(this.panel, this.button);
    this.address.focus();
  }

  /**
   * @param {boolean} isOffered
   * @param {Channel[]} channels
   */
  update(isOffered, channels) {
    this.button.hidden = !isOffered;
    if (!isOffered && this.panel.matches(":popover-open")) this.panel.hidePopover();
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

  /** Asks for the kind of address that the channel uses. */
  showAddress() {
    const channel = this.outbound.find(({ id }) => id === this.channel.value);
    const { label, placeholder, inputmode } = ADDRESSES[channel?.address_type ?? ""] ?? ANY_ADDRESS;
    this.addressLabel.textContent = label;
    this.address.placeholder = placeholder;
    this.address.inputMode = inputmode;
  }

  /** @param {Event} event */
  async submit(event) {
    event.preventDefault();
    if (this.panel.ariaBusy === "true") return;
    this.refusal.textContent = "";
    this.panel.ariaBusy = "true"; // a disabled button would lose the focus
    try {
      const { conversation } = await perform(this.service, "start_chat", {
        agent: this.agent(),
        channel: this.channel.value,
        identifier: this.address.value.trim(),
        name: this.name.value.trim(),
        text: this.text.value.trim(),
      });
      this.panel.reset();
      this.showAddress();
      this.panel.hidePopover();
      this.started(conversation ?? "");
    } catch (error) {
      this.refusal.textContent = messageOf(error);
    } finally {
      this.panel.ariaBusy = "false";
    }
  }
}
