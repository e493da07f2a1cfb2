// A platform's apps, as its staff sees them: which business has installed one, and the state of its channel.

/** @import { App } from "./types.js" */

import { el, icon, NEW_TAB, reconcile, webUrl } from "./dom.js";
import { act } from "./server.js";

const NO_CHANNEL = new Set(["", "deleted"]);
/** @type {Record<string, string>} */
const MOODS = { active: "good", pending: "warn" };

/** @param {App} app The state of an app at one business: a text and a mood. */
function stateOf({ installed, channel }) {
  if (!installed) return { text: "Not installed", mood: "quiet" };
  if (NO_CHANNEL.has(channel)) return { text: "Installed, access not allowed yet", mood: "warn" };
  return { text: `Installed, channel ${channel}`, mood: MOODS[channel] ?? "bad" };
}

export class AppPanel {
  /** @param {string} service */
  constructor(service) {
    this.service = service;
    this.facts = el("span", { class: "apps-facts" });
    this.rows = el("ul", { class: "app-rows" });
    const summary = el("summary", {}, icon("plug"), el("b", {}, "Apps"), this.facts, icon("chevron"));
    this.node = el("details", { class: "apps", hidden: true }, summary, this.rows);
    this.wasShown = false;
  }

  /** @param {App[]} apps The panel opens by itself once, while there is nothing but apps to install. */
  update(apps = []) {
    this.node.hidden = !apps.length;
    if (!apps.length) return;
    const installed = apps.filter((app) => app.installed).length;
    if (!this.wasShown) this.node.open = installed === 0;
    this.wasShown = true;
    this.facts.textContent = `${installed} of ${apps.length} installed`;
    reconcile(
      this.rows,
      apps,
      (app) => `${app.app} ${app.business_uid}`,
      (app) => this.row(app),
    );
  }

  /** @param {App} app */
  row(app) {
    const { text, mood } = stateOf(app);
    return el(
      "li",
      { class: `app-row ${mood}` },
      el("span", { class: "app-text" }, el("b", { dir: "auto" }, app.business), el("small", { dir: "auto" }, app.name)),
      el("span", { class: "app-state" }, el("i", {}), text),
      el("span", { class: "app-tools" }, this.opener(app), app.installed ? this.remover(app) : null),
    );
  }

  /** @param {App} app */
  opener(app) {
    return app.installed && !NO_CHANNEL.has(app.channel) ? null : installLink(app);
  }

  /** @param {App} app */
  remover(app) {
    const label = `Uninstall ${app.name} at ${app.business}`;
    const uninstall = () => act(this.service, "uninstall", { business: app.business_uid, app: app.app });
    const attributes = { type: "button", class: "button small quiet", "aria-label": label, onclick: uninstall };
    return el("button", attributes, "Uninstall");
  }
}

/** @param {App} app A link to the platform's own page, in a new tab, as the business's staff would open it. */
export function installLink(app) {
  const text = app.installed ? "Open the app" : "Install the app";
  const label = `${text} at ${app.business} (opens a new tab)`;
  const attributes = { class: "button small", href: webUrl(app.install_url), ...NEW_TAB, "aria-label": label };
  return el("a", attributes, text, icon("link"));
}
