// Misbehaviour on purpose: the switches of each service, and the line on top that says which are on.

import { el, icon, placeBeside } from "./dom.js";
import { flip, services } from "./world.js";

const ANSWERS = [
  { label: "As documented", words: "", set: { api_status: 0, api_lost: false } },
  { label: "429 Too many requests", words: "refuses every call with 429", set: { api_status: 429, api_lost: false } },
  { label: "500 Server error", words: "fails every call with 500", set: { api_status: 500, api_lost: false } },
  { label: "401 Token expired", words: "says that our token has expired", set: { api_status: 401, api_lost: false } },
  { label: "Answer lost", words: "does the work but loses the answer", set: { api_status: 0, api_lost: true } },
];

const indexOf = ({ api_status: status, api_lost: lost }) => {
  const found = ANSWERS.findIndex(({ set }) => set.api_lost === lost && (lost || set.api_status === status));
  return found < 0 ? 0 : found;
};

/** What is switched on, in words. */
export function troubles(switches) {
  const words = [ANSWERS[indexOf(switches)].words];
  if (switches.api_status && !indexOf(switches)) words.push(`answers every call with ${switches.api_status}`);
  if (switches.webhook_duplicates) words.push("sends each webhook twice");
  if (switches.webhook_reorder) words.push("shakes the order of webhooks");
  if (switches.webhook_delay) words.push(`sends webhooks ${switches.webhook_delay} s late`);
  return words.filter(Boolean);
}

/** A button with the panel of a service's switches. */
export class SwitchPanel {
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
      this.answers(),
      this.retryAfter(),
      this.webhooks(),
    );
    this.nodes = [this.button, this.panel];
  }

  open() {
    this.panel.showPopover();
    placeBeside(this.panel, this.button);
  }

  answers() {
    this.radios = ANSWERS.map(({ set }) =>
      el("input", { type: "radio", name: `${this.service}-answers`, onchange: () => flip(this.service, set) }),
    );
    return el(
      "fieldset",
      {},
      el("legend", {}, "It answers API calls"),
      ANSWERS.map(({ label }, index) => el("label", { class: "option" }, this.radios[index], el("span", {}, label))),
    );
  }

  retryAfter() {
    this.after = el("input", {
      type: "number",
      min: "0",
      max: "3600",
      placeholder: "none",
      onchange: () =>
        flip(this.service, { api_retry_after: this.after.value === "" ? null : Number(this.after.value) }),
    });
    this.afterRow = el("label", { class: "row" }, el("span", {}, "Retry-After, seconds"), this.after);
    return this.afterRow;
  }

  webhooks() {
    const toggle = (name) =>
      el("input", {
        type: "checkbox",
        role: "switch",
        onchange: (event) => flip(this.service, { [name]: event.target.checked }),
      });
    this.toggles = { webhook_duplicates: toggle("webhook_duplicates"), webhook_reorder: toggle("webhook_reorder") };
    this.delay = el("input", {
      type: "range",
      "aria-label": "Seconds that webhooks are late",
      min: "0",
      max: "10",
      step: "0.5",
      oninput: () => this.showDelay(Number(this.delay.value)),
      onchange: () => flip(this.service, { webhook_delay: Number(this.delay.value) }),
    });
    this.delayShown = el("output", {});
    return el(
      "fieldset",
      {},
      el("legend", {}, "It sends webhooks"),
      el("label", { class: "row" }, el("span", {}, "Twice each"), this.toggles.webhook_duplicates),
      el("label", { class: "row" }, el("span", {}, "In shaken order"), this.toggles.webhook_reorder),
      el("div", { class: "row" }, el("span", {}, "Late"), this.delayShown, this.delay),
    );
  }

  showDelay(seconds) {
    this.delayShown.textContent = seconds ? `${seconds} s` : "on time";
  }

  update(switches) {
    this.radios[indexOf(switches)].checked = true;
    this.afterRow.hidden = ![429, 500].includes(switches.api_status);
    if (document.activeElement !== this.after) this.after.value = switches.api_retry_after ?? "";
    for (const [name, box] of Object.entries(this.toggles)) box.checked = switches[name];
    if (document.activeElement !== this.delay) this.delay.value = switches.webhook_delay;
    this.showDelay(Number(this.delay.value));
    const on = troubles(switches).length;
    this.button.classList.toggle("on", on > 0);
    this.count.hidden = !on;
    this.count.textContent = on;
  }
}

/** The line on top of the page: which services misbehave, and how. */
export function showTroubles(box) {
  const all = [...services("messenger"), ...services("platform")]
    .filter(({ switches }) => switches)
    .map(({ title, switches }) => ({ title, words: troubles(switches) }))
    .filter(({ words }) => words.length);
  box.hidden = !all.length;
  const text = all.map(({ title, words }) => `${title} ${words.join(" and ")}`).join(" · ");
  const shown = box.querySelector(".trouble-text");
  if (shown.textContent !== text) shown.textContent = text;
}
