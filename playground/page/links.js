// Where a phone's messages go: a button with the name of the platform, and a menu to choose another.

import { el, icon, placeBeside, reconcile, stepThrough } from "./dom.js";
import { link, links, linksProblem, onChange, readLinks, services, view } from "./world.js";

const POLL = 2000; // milliseconds between readings while the menu is open: somebody may join meanwhile
const AFTER_JOINING = [0, 1500, 4000, 8000]; // milliseconds after news of an app; a webhook and its work take a while

const titleOf = (platform) => view(platform.service)?.title ?? platform.service;
const STATUS = {
  active: "",
  pending: "pending",
  needs_authorization: "has to be authorized again",
  disabled: "switched off",
};

/** What a platform is called in few words: its service, and its id where the service has several. */
function nameOf(platform) {
  const alike = links().platforms.filter(({ service }) => service === platform.service);
  return alike.length > 1 ? platform.id : titleOf(platform);
}

/** The title of the platform that the first messenger writes to, when that is not `service`; else "". */
export function goesElsewhere(service) {
  const { messengers, platforms } = links();
  const ends = messengers.map((messenger) => platforms.find(({ id }) => id === messenger.link)).filter(Boolean);
  return ends.length && ends.every((end) => end.service !== service) ? titleOf(ends[0]) : "";
}

/** Whether messages can be sent to a platform's service: it is connected, or one of its businesses has joined. */
export const canBeLinked = (service) => links().platforms.some((platform) => platform.service === service);

export class LinkMenu {
  constructor(service) {
    this.service = service;
    this.name = el("b", { dir: "auto" });
    this.button = el(
      "button",
      { type: "button", class: "button small quiet link-button", "aria-haspopup": "menu", onclick: () => this.open() },
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
        onkeydown: (event) => stepThrough(event, this.choices.querySelectorAll("button")),
        ontoggle: (event) => this.follow(event.newState === "open"),
      },
      this.choices,
      this.problem,
      el("p", { class: "menu-foot" }, "Customers’ next messages go there, within a minute."),
    );
    this.nodes = [this.button, this.menu];
  }

  get messenger() {
    return links().messengers.find(({ service }) => service === this.service);
  }

  open() {
    this.menu.showPopover();
    placeBeside(this.menu, this.button);
    (this.choices.querySelector('[aria-checked="true"]') ?? this.choices.querySelector("button"))?.focus();
  }

  follow(isOpen) {
    clearInterval(this.timer);
    this.button.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) return;
    readLinks();
    this.timer = setInterval(readLinks, POLL);
  }

  async choose(platform) {
    this.menu.hidePopover();
    if (platform === this.messenger?.link) return;
    this.button.setAttribute("aria-busy", "true");
    await link(this.messenger.id, platform);
    this.button.removeAttribute("aria-busy");
  }

  update(isShown) {
    const { messenger } = this;
    this.button.hidden = !isShown || !messenger || !links().platforms.length;
    if (!messenger) return;
    const target = links().platforms.find(({ id }) => id === messenger.link);
    this.name.textContent = target ? nameOf(target) : "nowhere";
    const words = target ? `Messages go to ${nameOf(target)}` : "Messages go nowhere yet";
    this.button.setAttribute("aria-label", `${words}: choose another platform`);
    this.button.title = words;
    this.problem.hidden = !linksProblem();
    this.problem.textContent = linksProblem();
    const items = links().platforms.map((platform) => ({
      ...platform,
      title: titleOf(platform),
      chosen: platform.id === messenger.link,
    }));
    this.showChoices(items);
  }

  /** A choice that changed under the keyboard's focus keeps it. */
  showChoices(items) {
    const focused =
      document.activeElement?.closest(".link-choices") === this.choices ? document.activeElement.dataset.id : "";
    reconcile(
      this.choices,
      items,
      ({ id }) => id,
      (item) => this.choice(item),
    );
    if (focused) [...this.choices.children].find((node) => node.dataset.id === focused)?.focus();
  }

  choice({ id, title, status, chosen }) {
    const words = [id, STATUS[status] ?? status].filter(Boolean).join(" · ");
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
      el("span", { class: "choice-words" }, el("b", { dir: "auto" }, title), el("small", {}, words)),
    );
  }
}

/**
 * Reads the links again when an app's installations change, or a service is there that was not: a business that has
 * joined can be chosen at once.
 */
export function watchJoining() {
  let known = null;
  onChange(() => {
    const apps = JSON.stringify([
      services("messenger").length,
      ...services("platform").map((platform) => platform.apps ?? []),
    ]);
    if (known !== null && apps !== known) for (const delay of AFTER_JOINING) setTimeout(readLinks, delay);
    known = apps;
  });
}
