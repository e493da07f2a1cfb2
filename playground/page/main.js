// Puts the page together: a column per side, tabs where a side has several services, and the tools of the top line.

import { Desk } from "./desk.js";
import { el, icon } from "./dom.js";
import { LinkMenu, watchJoining } from "./links.js";
import { Phone } from "./phone.js";
import { Site } from "./site.js";
import { SwitchPanel, showTroubles } from "./switches.js";
import { Tabs } from "./tabs.js";
import { orderOf, Trace } from "./trace.js";
import { connect, onChange, putAllBack, services } from "./world.js";

class Side {
  constructor(side, column, make) {
    Object.assign(this, { side, make, chosen: "", parts: new Map() });
    this.tools = column.querySelector(".column-tools");
    this.body = column.querySelector(".column-body");
    this.tabs = new Tabs(side, (service) => this.choose(service));
    this.switches = el("div", { class: "switches" });
    this.tools.append(this.tabs.node, this.switches);
  }

  update() {
    const all = services(this.side);
    if (!all.length) return;
    if (!all.some(({ service }) => service === this.chosen)) this.chosen = all[0].service;
    for (const view of all) this.part(view);
    this.tabs.update(all, this.chosen);
    for (const { service, switches } of all) this.updatePart(service, switches);
  }

  choose(service) {
    this.chosen = service;
    this.update();
  }

  updatePart(service, switches) {
    const { view, panel, link } = this.parts.get(service);
    const chosen = service === this.chosen;
    view.node.hidden = !chosen;
    if (panel) {
      panel.button.hidden = !chosen;
      panel.update(switches);
    }
    link?.update(chosen);
    if (chosen) view.update();
    else view.rest?.();
  }

  /** What misbehaves on request are the simulators alone. */
  part({ service, title, switches, site }) {
    if (this.parts.has(service)) return;
    const part = {
      view: site ? new Site(service) : new this.make(service),
      panel: switches && new SwitchPanel(service, title),
    };
    part.view.node.dataset.order = orderOf(service);
    this.parts.set(service, part);
    this.body.append(part.view.node);
    if (this.side === "messenger") part.link = new LinkMenu(service);
    this.switches.append(...(part.link?.nodes ?? []), ...(part.panel?.nodes ?? []));
  }
}

function setUpTheme() {
  const button = document.getElementById("theme");
  const isDark = () =>
    (document.documentElement.dataset.theme ??
      (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const show = () => button.replaceChildren(icon(isDark() ? "sun" : "moon"));
  button.addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem("theme", theme);
    } catch (forbidden) {
      console.info("The theme is not remembered:", forbidden.message);
    }
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();
}

function setUpPanels() {
  const buttons = document.querySelectorAll(".panels button");
  buttons.forEach((button) =>
    button.addEventListener("click", () => {
      document.body.dataset.panel = button.dataset.panel;
      buttons.forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
    }),
  );
}

function reportLive(state) {
  const box = document.getElementById("live");
  box.dataset.state = state;
  box.querySelector("span").textContent = state === "live" ? "Live" : "Reconnecting…";
}

function start() {
  const column = (id) => document.getElementById(id);
  const sides = [new Side("messenger", column("messengers"), Phone), new Side("platform", column("platforms"), Desk)];
  new Trace(column("trace"));
  onChange(() => {
    sides.forEach((side) => side.update());
    showTroubles(column("trouble"));
  });
  watchJoining();
  column("put-back").addEventListener("click", putAllBack);
  setUpTheme();
  setUpPanels();
  connect(reportLive);
}

start();
