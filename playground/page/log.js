// What a platform has told us by webhooks, as it keeps a log of them itself: the newest first.

import { el, icon, reconcile } from "./dom.js";

const MOODS = { successful: "good", failed: "bad" };
const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

/** A channel is a path full of ids: which kind of things it is about is enough to read. */
const kindOf = (channel) => channel.split("/").at(-1).replaceAll("_", " ");

export class WebhookLog {
  constructor() {
    this.facts = el("span", { class: "apps-facts" });
    this.rows = el("ol", { class: "log-rows" });
    this.node = el(
      "details",
      { class: "log", hidden: true },
      el("summary", {}, icon("webhook"), el("b", {}, "Webhook log"), this.facts, icon("chevron")),
      this.rows,
    );
  }

  update(entries) {
    this.node.hidden = !entries;
    if (!entries) return;
    const failed = entries.filter(({ status }) => status === "failed").length;
    this.facts.textContent = entries.length
      ? [`the last ${entries.length}`, failed && `${failed} failed`].filter(Boolean).join(", ")
      : "nothing yet";
    this.node.classList.toggle("failed", failed > 0);
    const alike = new Map();
    const numbered = entries.toReversed().map((entry) => {
      const key = `${entry.at} ${entry.channel} ${entry.action} ${entry.retry_index}`;
      alike.set(key, (alike.get(key) ?? 0) + 1);
      return { ...entry, key: `${key} ${alike.get(key)}` };
    });
    reconcile(this.rows, numbered.toReversed(), ({ key }) => key, row);
  }
}

function row({ at, app, channel, action, status, retry_index: retry, response_status_code: code, reason, duration }) {
  const answer = [code ?? status, retry ? `repeat ${retry}` : "", reason].filter(Boolean).join(" · ");
  return el(
    "li",
    { class: `log-row ${MOODS[status] ?? "quiet"}`, title: `${app}: ${channel}` },
    el("time", { datetime: at }, clock.format(new Date(at))),
    el("span", { class: "log-what" }, el("b", {}, kindOf(channel)), ` ${action}`),
    el("span", { class: "app-state" }, el("i", {}), answer),
    el("small", {}, status === "pending" || status === "started" ? "" : `${Math.round(duration)} ms`),
  );
}
