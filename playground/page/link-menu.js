// Where a messenger's messages go: a button with the name of the platform, and a menu to choose another one.

/** @import { Connection } from "./types.js" */

import { el, icon, moveFocus, placeBeside, reconcile } from "./dom.js";
import { desks, link, links, linksProblem, onChange, readLinks, services, titleOf } from "./server.js";

const POLL_INTERVAL = 2000; // milliseconds while the menu is open: an app may be installed meanwhile
const AFTER_INSTALLING = [0, 1500, 4000, 8000]; // milliseconds: the webhook and its processing take a while

/** @type {Record<string, string>} */
const STATUS = { active: "", pending: "pending", needs_authorization: "needs reauthorization", disabled: "disabled" };

/** @param {Connection} platform Its service's title, or its id where the service has several connections. */
function nameOf(platform) {
  const ofService = links().platforms.filter(({ service }) => service === platform.service);
  return ofService.length > 1 ? platform.id : titleOf(platform.service);
}

/**
 * The title of the platform that the first messenger is linked to, if that is not `service`; else "".
 * @param {string} service
 */
export function linkedElsewhere(service) {
  const { messengers, platforms } = links();
  const linked = messengers.flatMap((messenger) => platforms.find(({ id }) => id === messenger.link) ?? []);
  return linked.length && linked.every((one) => one.service !== service) ? titleOf(linked[0].service) : "";
}

/**
 * Whether a messenger can be linked to a platform's service: the service is connected, or a business has installed it.
 * @param {string} service
 */
export const canBeLinked = (service) => links().platforms.some((platform) => platform.service === service);

export class LinkMenu {
  /** @param {string} service */
  constructor(service) {
    this.service = service;
    this.timer = 0;
    this.name = el("b", { dir: "auto" });
    this.button = el(
      "button",
      {
        type: "button",
        class: "button small quiet link-button",
        "aria-haspopup": "menu",
        onclick: () => this.open(),
      },
      el("span", {}, "to: "),
      this.name,
      icon("chevron"),
    );
    this.choices = el("div", { class: "link-choices" });
    this.problem = el("p", { class: "failure", hidden: true });
    this.menu = el(
      "div",
      {
        class: "menu link-menu",
        role: "menu",
        popover: "auto",
        "aria-label": "Where messages go",
        onkeydown: (event) => moveFocus(event, this.choices.querySelectorAll("button")),
        ontoggle: (event) => this.onToggle(event.newState === "open"),
      },
      this.choices,
      this.problem,
      el("p", { class: "menu-foot" }, "New messages go there within a minute."),
    );
    this.nodes = [this.button, this.menu];
  }

  get messenger() {
    return links().messengers.find(({ service }) => service === this.service);
  }

  open() {
    this.menu.showPopover();
    placeBeside(this.menu, this.button);
    const chosen = this.choices.querySelector('[aria-checked="true"]') ?? this.choices.querySelector("button");
    if (chosen instanceof HTMLElement) chosen.focus();
  }

  /** @param {boolean} isOpen */
  onToggle(isOpen) {
    clearInterval(this.timer);
    this.button.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) return;
    readLinks();
    this.timer = setInterval(readLinks, POLL_INTERVAL);
  }

  /** @param {string} platform */
  async choose(platform) {
    this.menu.hidePopover();
    const { messenger } = this;
    if (!messenger || platform === messenger.link) return;
    this.button.setAttribute("aria-busy", "true");
    await link(messenger.id, platform);
    this.button.removeAttribute("aria-busy");
  }

  /** @param {boolean} isShown */
  update(isShown) {
    const { messenger } = this;
    this.button.hidden = !isShown || !messenger || !links().platforms.length;
    if (!messenger) return;
    const target = links().platforms.find(({ id }) => id === messenger.link);
    this.name.textContent = target ? nameOf(target) : "nowhere";
    const text = target ? `Messages go to ${nameOf(target)}` : "Messages go nowhere: not linked";
    this.button.setAttribute("aria-label", `${text}. Choose another platform`);
    this.button.title = text;
    this.problem.hidden = !linksProblem();
    this.problem.textContent = linksProblem();
    const items = links().platforms.map((platform) => ({
      ...platform,
      title: titleOf(platform.service),
      chosen: platform.id === messenger.link,
    }));
    this.showChoices(items);
  }

  /** @param {(Connection & { title: string, chosen: boolean })[]} items A choice that changes keeps the focus. */
  showChoices(items) {
    const active = document.activeElement;
    const focused = active instanceof HTMLElement && this.choices.contains(active) ? active.dataset.id : "";
    reconcile(
      this.choices,
      items,
      ({ id }) => id,
      (item) => this.choice(item),
    );
    if (!focused) return;
    for (const node of this.choices.children) {
      if (node instanceof HTMLElement && node.dataset.id === focused) node.focus();
    }
  }

  /** @param {Connection & { title: string, chosen: boolean }} item */
  choice({ id, title, status, chosen }) {
    const facts = [id, STATUS[status] ?? status].filter(Boolean).join(" · ");
    return el(
      "button",
      {
        type: "button",
        role: "menuitemradio",
        "aria-checked": String(chosen),
        "data-id": id,
        onclick: () => this.choose(id),
      },
      icon("check"),
      el("span", { class: "choice-text" }, el("b", { dir: "auto" }, title), el("small", {}, facts)),
    );
  }
}

/**
 * Reads the links again when an app is installed or uninstalled, or a service is added, so that a new connection can
 * be chosen at once.
 */
export function watchInstallations() {
  let known = "";
  onChange(() => {
    const messengers = services("messenger").length;
    const current = JSON.stringify([messengers, ...desks().map((desk) => desk.apps ?? [])]);
    if (known && current !== known) for (const delay of AFTER_INSTALLING) setTimeout(readLinks, delay);
    known = current;
  });
}
