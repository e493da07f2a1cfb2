// A platform's own log of the webhooks that it has sent us: the newest first.

/** @import { WebhookLogEntry } from "./types.js" */

import { el, icon, reconcile } from "./dom.js";

/** @type {Record<string, string>} */
const MOODS = { successful: "good", failed: "bad" };
const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

/** @param {string} channel A path full of ids: its last step says what the webhook is about. */
const kindOf = (channel) => (channel.split("/").at(-1) ?? "").replaceAll("_", " ");

export class WebhookLog {
  constructor() {
    this.facts = el("span", { class: "apps-facts" });
    this.rows = el("ol", { class: "log-rows" });
    const summary = el("summary", {}, icon("webhook"), el("b", {}, "Webhook log"), this.facts, icon("chevron"));
    this.node = el("details", { class: "log", hidden: true }, summary, this.rows);
  }

  /** @param {WebhookLogEntry[] | undefined} entries the newest first */
  update(entries) {
    this.node.hidden = !entries;
    if (!entries) return;
    const failed = entries.filter(({ status }) => status === "failed").length;
    const facts = entries.length ? [`last ${entries.length}`, failed && `${failed} failed`] : ["empty"];
    this.facts.textContent = facts.filter(Boolean).join(", ");
    this.node.classList.toggle("failed", failed > 0);
    reconcile(this.rows, withKeys(entries), ({ key }) => key, row);
  }
}

/** @param {WebhookLogEntry[]} entries Numbers those that are alike, so that each has a key that stays. */
function withKeys(entries) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  const oldestFirst = entries.toReversed().map((entry) => {
    const key = `${entry.at} ${entry.channel} ${entry.action} ${entry.retry_index}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return { ...entry, key: `${key} ${count}` };
  });
  return oldestFirst.reverse();
}

/** @param {WebhookLogEntry} entry */
function row({ at, app, channel, action, status, retry_index: retry, response_status_code: code, reason, duration }) {
  const result = [code ?? status, retry ? `retry ${retry}` : "", reason].filter(Boolean).join(" · ");
  const isUnderWay = status === "pending" || status === "started";
  return el(
    "li",
    { class: `log-row ${MOODS[status] ?? "quiet"}`, title: `${app}: ${channel}` },
    el("time", { datetime: at }, clock.format(new Date(at))),
    el("span", { class: "log-what" }, el("b", {}, kindOf(channel)), ` ${action}`),
    el("span", { class: "app-state" }, el("i", {}), result),
    el("small", {}, isUnderWay ? "" : `${Math.round(duration)} ms`),
  );
}
