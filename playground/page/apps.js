// A platform's apps, as its staff sees them: which business has installed one, and what became of its channel.

import { el, icon, reconcile } from "./dom.js";
import { act } from "./world.js";

const NO_CHANNEL = new Set(["", "deleted"]);

/** How an app is doing at one business: words and a mood. */
function stateOf({ installed, channel }) {
  if (!installed) return { words: "Not installed", mood: "quiet" };
  if (NO_CHANNEL.has(channel)) return { words: "Installed, not allowed to connect yet", mood: "warn" };
  return { words: `Installed, channel ${channel}`, mood: { active: "good", pending: "warn" }[channel] ?? "bad" };
}

export class AppPanel {
  constructor(service) {
    this.service = service;
    this.facts = el("span", { class: "apps-facts" });
    this.rows = el("ul", { class: "app-rows" });
    this.node = el(
      "details",
      { class: "apps", hidden: true },
      el("summary", {}, icon("plug"), el("b", {}, "Apps"), this.facts, icon("chevron")),
      this.rows,
    );
  }

  /** It opens by itself once, when there is something to install; after that it is the reader's. */
  update(apps) {
    this.node.hidden = !apps?.length;
    if (!apps?.length) return;
    const installed = apps.filter((app) => app.installed).length;
    if (!this.shown) this.node.open = installed === 0;
    this.shown = true;
    this.facts.textContent = `${installed} of ${apps.length} installed`;
    reconcile(
      this.rows,
      apps,
      (app) => `${app.app} ${app.business_uid}`,
      (app) => this.row(app),
    );
  }

  row(app) {
    const { words, mood } = stateOf(app);
    return el(
      "li",
      { class: `app-row ${mood}` },
      el(
        "span",
        { class: "app-words" },
        el("b", { dir: "auto" }, app.business),
        el("small", { dir: "auto" }, app.name),
      ),
      el("span", { class: "app-state" }, el("i", {}), words),
      el("span", { class: "app-tools" }, this.opener(app), app.installed ? this.remover(app) : null),
    );
  }

  opener(app) {
    if (app.installed && !NO_CHANNEL.has(app.channel)) return null;
    return installLink(app);
  }

  remover(app) {
    const uninstall = () => act(this.service, "uninstall", { business: app.business_uid, app: app.app });
    return el(
      "button",
      {
        type: "button",
        class: "button small quiet",
        "aria-label": `Uninstall ${app.name} at ${app.business}`,
        onclick: uninstall,
      },
      "Uninstall",
    );
  }
}

/** Leads to the platform's own page, in a tab of its own, as its staff would come there. */
export function installLink(app) {
  const words = app.installed ? "Open the app" : "Install the app";
  const href = /^https?:\/\//iu.test(app.install_url) ? app.install_url : null;
  return el(
    "a",
    {
      class: "button small",
      href,
      target: "_blank",
      rel: "noopener noreferrer",
      "aria-label": `${words} at ${app.business} (opens a new tab)`,
    },
    words,
    icon("link"),
  );
}
