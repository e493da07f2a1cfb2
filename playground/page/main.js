// Assembles the page: a column per side, tabs where a side has several services, and the tools at the top.

/** @import { Side, View } from "./types.js" */

import { Desk } from "./desk.js";
import { el, icon } from "./dom.js";
import { LinkMenu, watchInstallations } from "./link-menu.js";
import { Phone } from "./phone.js";
import { connect, onChange, orderOf, resetSwitches, services } from "./server.js";
import { Site } from "./site.js";
import { SwitchPanel, showTroubles } from "./switches.js";
import { Tabs } from "./tabs.js";
import { Trace } from "./trace.js";

/**
 * What a service shows: its phone, site or desk, its switches, and where its messages go.
 * @typedef {{ view: Phone | Site | Desk, panel: SwitchPanel | null, link: LinkMenu | null }} Part
 */

/** @param {string} id */
function elementById(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no element with the id ${id}`);
  return element;
}

/**
 * @param {HTMLElement} parent
 * @param {string} selector
 */
function find(parent, selector) {
  const element = parent.querySelector(selector);
  if (!(element instanceof HTMLElement)) throw new Error(`index.html has no ${selector} there`);
  return element;
}

class Column {
  /**
   * @param {Side} side
   * @param {HTMLElement} column
   */
  constructor(side, column) {
    this.side = side;
    this.chosen = "";
    /** @type {Map<string, Part>} */
    this.parts = new Map();
    this.body = find(column, ".column-body");
    this.tabs = new Tabs(side, (service) => this.choose(service));
    this.tools = el("div", { class: "switches" });
    find(column, ".column-tools").append(this.tabs.node, this.tools);
  }

  update() {
    const views = services(this.side);
    if (!views.length) return;
    if (!views.some(({ service }) => service === this.chosen)) this.chosen = views[0].service;
    for (const view of views) if (!this.parts.has(view.service)) this.add(view);
    this.tabs.update(views, this.chosen);
    for (const view of views) this.updatePart(view);
  }

  /** @param {string} service */
  choose(service) {
    this.chosen = service;
    this.update();
  }

  /** @param {View} view */
  updatePart({ service, switches }) {
    const part = this.parts.get(service);
    if (!part) return;
    const { view, panel, link } = part;
    const isChosen = service === this.chosen;
    view.node.hidden = !isChosen;
    if (panel && switches) {
      panel.button.hidden = !isChosen;
      panel.update(switches);
    }
    link?.update(isChosen);
    if (isChosen) view.update();
    else if (view instanceof Site) view.rest();
  }

  /** @param {View} view Only simulators have switches. */
  add(view) {
    const { service, title, switches } = view;
    /** @type {Part} */
    const part = {
      view: "site" in view ? new Site(service) : this.side === "messenger" ? new Phone(service) : new Desk(service),
      panel: switches ? new SwitchPanel(service, title) : null,
      link: this.side === "messenger" ? new LinkMenu(service) : null,
    };
    part.view.node.dataset.order = String(orderOf(service));
    this.parts.set(service, part);
    this.body.append(part.view.node);
    this.tools.append(...(part.link?.nodes ?? []), ...(part.panel?.nodes ?? []));
  }
}

function setUpTheme() {
  const button = elementById("theme");
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme ?? (prefersDark.matches ? "dark" : "light")) === "dark";
  const show = () => button.replaceChildren(icon(isDark() ? "sun" : "moon"));
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("theme", theme);
    } catch (error) {
      console.info("The theme is not remembered:", error);
    }
    show();
  });
  prefersDark.addEventListener("change", show);
  show();
}

function setUpPanels() {
  /** @type {NodeListOf<HTMLButtonElement>} */
  const buttons = document.querySelectorAll(".panels button");
  for (const button of buttons) {
    button.addEventListener("click", () => {
      document.body.dataset.panel = button.dataset.panel;
      for (const one of buttons) one.setAttribute("aria-pressed", String(one === button));
    });
  }
}

/** @param {"live" | "lost"} state */
function showConnection(state) {
  const box = elementById("live");
  box.dataset.state = state;
  find(box, "span").textContent = state === "live" ? "Live" : "Reconnecting…";
}

function start() {
  const columns = [
    new Column("messenger", elementById("messengers")),
    new Column("platform", elementById("platforms")),
  ];
  const trace = elementById("trace");
  new Trace(find(trace, ".column-tools"), find(trace, ".column-body"));
  onChange(() => {
    for (const column of columns) column.update();
    showTroubles(elementById("trouble"));
  });
  watchInstallations();
  elementById("reset-all").addEventListener("click", resetSwitches);
  setUpTheme();
  setUpPanels();
  connect(showConnection);
}

start();
