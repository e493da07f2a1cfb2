// Failures on demand: the switches of each simulated service, and the line above the page that shows what is on.

/** @import { Switches } from "./types.js" */

import { el, icon, placeBeside } from "./dom.js";
import { services, setSwitches } from "./server.js";

/** @type {{ label: string, text: string, set: Pick<Switches, "api_status" | "api_lost"> }[]} */
const RESPONSES = [
  { label: "Normal", text: "", set: { api_status: 0, api_lost: false } },
  {
    label: "429 Too Many Requests",
    text: "rejects every call with 429",
    set: { api_status: 429, api_lost: false },
  },
  {
    label: "500 Internal Server Error",
    text: "fails every call with 500",
    set: { api_status: 500, api_lost: false },
  },
  {
    label: "401 Unauthorized (token expired)",
    text: "rejects our token as expired",
    set: { api_status: 401, api_lost: false },
  },
  {
    label: "Response lost (timeout)",
    text: "does the work, but the response is lost",
    set: { api_status: 0, api_lost: true },
  },
];

/** @param {Switches} switches The index of the responses that are switched on. */
const indexOf = ({ api_status: status, api_lost: lost }) =>
  Math.max(
    0,
    RESPONSES.findIndex(({ set }) => set.api_lost === lost && (lost || set.api_status === status)),
  );

/** @param {Switches} switches What is switched on, as text. */
function describe(switches) {
  const index = indexOf(switches);
  return [
    RESPONSES[index].text,
    switches.api_status && !index && `returns ${switches.api_status} to every call`,
    switches.webhook_duplicates && "sends duplicate webhooks",
    switches.webhook_reorder && "sends webhooks out of order",
    switches.webhook_delay && `delays webhooks by ${switches.webhook_delay} s`,
  ].filter(Boolean);
}

/** A button with the panel of a service's switches. */
export class SwitchPanel {
  /**
   * @param {string} service
   * @param {string} title
   */
  constructor(service, title) {
    this.service = service;
    this.count = el("span", { class: "count", hidden: true });
    this.button = el(
      "button",
      {
        type: "button",
        class: "button small quiet trouble-button",
        "aria-haspopup": "dialog",
        onclick: () => this.open(),
      },
      icon("sliders"),
      el("span", {}, "Make trouble"),
      this.count,
    );
    this.radios = RESPONSES.map(({ set }) =>
      el("input", { type: "radio", name: `${service}-responses`, onchange: () => setSwitches(service, set) }),
    );
    this.after = el("input", { type: "number", min: "0", max: "3600", placeholder: "none" });
    this.after.addEventListener("change", () => {
      setSwitches(service, { api_retry_after: this.after.value ? Number(this.after.value) : null });
    });
    this.afterRow = el("label", { class: "row" }, el("span", {}, "Retry-After, seconds"), this.after);
    this.duplicates = el("input", { type: "checkbox", role: "switch" });
    this.duplicates.addEventListener("change", () => {
      setSwitches(service, { webhook_duplicates: this.duplicates.checked });
    });
    this.reorder = el("input", { type: "checkbox", role: "switch" });
    this.reorder.addEventListener("change", () => setSwitches(service, { webhook_reorder: this.reorder.checked }));
    const label = "Delay of webhooks, seconds";
    this.delay = el("input", { type: "range", "aria-label": label, min: "0", max: "10", step: "0.5" });
    this.delay.addEventListener("input", () => this.showDelay());
    this.delay.addEventListener("change", () => setSwitches(service, { webhook_delay: Number(this.delay.value) }));
    this.delayText = el("output", {});
    this.panel = el(
      "form",
      {
        class: "switch-panel",
        popover: "auto",
        role: "dialog",
        "aria-label": `How ${title} behaves`,
        onsubmit: (event) => event.preventDefault(),
      },
      el("h3", {}, `How ${title} behaves`),
      this.buildResponses(),
      this.afterRow,
      this.buildWebhooks(),
    );
    this.nodes = [this.button, this.panel];
  }

  open() {
    this.panel.showPopover();
    placeBeside(this.panel, this.button);
  }

  buildResponses() {
    const options = RESPONSES.map(({ label }, index) =>
      el("label", { class: "option" }, this.radios[index], el("span", {}, label)),
    );
    return el("fieldset", {}, el("legend", {}, "API responses"), options);
  }

  buildWebhooks() {
    return el(
      "fieldset",
      {},
      el("legend", {}, "Webhooks"),
      el("label", { class: "row" }, el("span", {}, "Duplicate webhooks"), this.duplicates),
      el("label", { class: "row" }, el("span", {}, "Out of order"), this.reorder),
      el("div", { class: "row" }, el("span", {}, "Delay"), this.delayText, this.delay),
    );
  }

  showDelay() {
    const seconds = Number(this.delay.value);
    this.delayText.textContent = seconds ? `${seconds} s` : "none";
  }

  /** @param {Switches} switches */
  update(switches) {
    this.radios[indexOf(switches)].checked = true;
    this.afterRow.hidden = ![429, 500].includes(switches.api_status);
    if (document.activeElement !== this.after) this.after.value = String(switches.api_retry_after ?? "");
    this.duplicates.checked = switches.webhook_duplicates;
    this.reorder.checked = switches.webhook_reorder;
    if (document.activeElement !== this.delay) this.delay.value = String(switches.webhook_delay);
    this.showDelay();
    const on = describe(switches).length;
    this.button.classList.toggle("on", on > 0);
    this.count.hidden = !on;
    this.count.textContent = String(on);
  }
}

/** @param {HTMLElement} box Shows which services misbehave, and how. */
export function showTroubles(box) {
  const text = [...services("messenger"), ...services("platform")]
    .map(({ title, switches }) => ({ title, troubles: switches ? describe(switches) : [] }))
    .filter(({ troubles }) => troubles.length)
    .map(({ title, troubles }) => `${title} ${troubles.join(" and ")}`)
    .join(" · ");
  box.hidden = !text;
  const shown = box.querySelector(".trouble-text");
  if (shown && shown.textContent !== text) shown.textContent = text;
}
