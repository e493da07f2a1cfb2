// The live trace: every webhook, queue event and API call by time, in bursts, with the story of one message on a click.

import { el, icon, iconButton, stepThrough } from "./dom.js";
import { onLine, services, story, view } from "./world.js";

const KINDS = { webhook: "Webhooks", queue: "Bridge", api: "API calls" };
const KEPT = 600; // lines on the page; the server remembers more
const LULL = 1500; // milliseconds of silence after which a new burst begins
const LONGEST = 20_000; // milliseconds after which a burst is divided all the same

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

export class Trace {
  constructor(column) {
    this.lines = [];
    this.held = [];
    this.paused = false;
    this.kinds = new Set(Object.keys(KINDS));
    this.words = "";
    this.opened = 0;
    this.build(column);
    onLine((line) => this.take(line));
  }

  build(column) {
    this.list = el("ol", {
      class: "lines",
      "aria-label": "What happened, oldest first",
      onkeydown: (event) => stepThrough(event, this.list.querySelectorAll(".line-button")),
    });
    this.scroller = el("div", { class: "scroller", tabindex: "-1", onscroll: () => this.noticeScroll() }, this.list);
    this.latest = el(
      "button",
      { type: "button", class: "latest", hidden: true, onclick: () => this.goToEnd() },
      icon("down"),
      "Latest",
    );
    this.pause = iconButton("pause", "Pause", () => this.togglePause(), { "aria-pressed": "false" });
    column.querySelector(".column-tools").append(
      this.pause,
      iconButton("trash", "Clear", () => this.clear()),
    );
    const search = el("input", {
      type: "search",
      placeholder: "Filter",
      "aria-label": "Filter the trace",
      oninput: () => this.filter({ words: search.value.trim().toLowerCase() }),
    });
    const chips = Object.entries(KINDS).map(([kind, label]) => this.chip(kind, label));
    column
      .querySelector(".column-body")
      .append(
        el(
          "div",
          { class: "panel" },
          el("div", { class: "filters" }, chips, el("div", { class: "search" }, icon("search"), search)),
          this.scroller,
          this.latest,
          this.emptyState(),
        ),
      );
  }

  chip(kind, label) {
    const flip = (event) => {
      this.kinds.has(kind) ? this.kinds.delete(kind) : this.kinds.add(kind);
      event.currentTarget.setAttribute("aria-pressed", String(this.kinds.has(kind)));
      this.filter({});
    };
    return el(
      "button",
      { type: "button", class: `filter ${kind}`, "aria-pressed": "true", onclick: flip },
      el("i", {}),
      label,
    );
  }

  emptyState() {
    this.empty = el(
      "div",
      { class: "empty-state" },
      el(
        "div",
        { class: "pipeline", "aria-hidden": "true" },
        ["webhook", "queue", "api"].map((kind) => el("span", { class: kind }, icon(kind))),
      ),
      el("h3", {}, "Nothing has happened yet"),
      el(
        "p",
        {},
        "Each message shows here as it crosses: the webhook that brings it, the queue, the API call that takes it out.",
      ),
    );
    return this.empty;
  }

  take(line) {
    if (line === null) return this.clear();
    (this.paused ? this.held : this.lines).push(line);
    if (this.paused) this.pause.dataset.held = Math.min(this.held.length, 999);
    else this.draw();
  }

  togglePause() {
    this.paused = !this.paused;
    this.pause.setAttribute("aria-pressed", String(this.paused));
    this.pause.setAttribute("aria-label", this.paused ? "Go on" : "Pause");
    this.pause.replaceChildren(icon(this.paused ? "play" : "pause"));
    delete this.pause.dataset.held;
    if (!this.paused) {
      this.lines.push(...this.held.splice(0));
      this.draw();
    }
  }

  clear() {
    this.lines = [];
    this.held = [];
    this.opened = 0;
    delete this.pause.dataset.held;
    this.draw();
  }

  filter({ words = this.words }) {
    this.words = words;
    this.draw();
  }

  /** At most one drawing per frame, however many lines come. */
  draw() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = undefined;
      this.render();
    });
  }

  render() {
    this.lines.sort((one, other) => one.at.localeCompare(other.at) || one.id - other.id);
    this.lines.splice(0, this.lines.length - KEPT);
    const atEnd = this.isAtEnd();
    const rows = inBursts(this.lines.filter((line) => this.matches(line)));
    this.place(rows);
    this.empty.hidden = this.lines.length > 0;
    this.scroller.hidden = !this.lines.length;
    if (atEnd) this.goToEnd();
    else this.latest.hidden = false;
  }

  matches(line) {
    return this.kinds.has(line.kind) && (!this.words || JSON.stringify(line).toLowerCase().includes(this.words));
  }

  place(rows) {
    const before = this.made ?? new Map();
    const after = new Map();
    let place = this.list.firstChild;
    for (const row of rows) {
      const key = row.line ? row.line.id : `burst ${row.at}`;
      const node = before.get(key) ?? (row.line ? this.row(row.line) : burst(row.at));
      if (row.line) node.querySelector(".offset").textContent = row.offset;
      if (node === place) place = place.nextSibling;
      else this.list.insertBefore(node, place);
      after.set(key, node);
    }
    for (const [key, node] of before) if (!after.has(key)) node.remove();
    this.made = after;
  }

  row(line) {
    const button = el(
      "button",
      { type: "button", class: "line-button", "aria-expanded": "false", onclick: () => this.toggle(line, item) },
      el("span", { class: "offset" }),
      el("span", { class: "kind", title: KINDS[line.kind] ?? line.kind }, icon(iconOf(line))),
      el(
        "span",
        { class: "what" },
        el("span", { class: "headline" }, badge(line), el("b", {}, titleOf(line))),
        subtitle(line),
      ),
      el("span", { class: "result" }, status(line), took(line)),
    );
    const item = el(
      "li",
      { class: `line new ${line.kind} ${line.mood}`, "data-line": line.id, "data-event": line.event || null },
      button,
    );
    return item;
  }

  async toggle(line, item) {
    const open = item.querySelector(".details");
    item.querySelector("button").setAttribute("aria-expanded", String(!open));
    this.mark([]);
    this.list.querySelectorAll(".details").forEach((one) => {
      one.parentNode.querySelector("button").setAttribute("aria-expanded", "false");
      one.remove();
    });
    if (open) return;
    item.querySelector("button").setAttribute("aria-expanded", "true");
    const details = el("div", { class: "details" }, facts(line));
    item.append(details);
    details.scrollIntoView({ block: "nearest" });
    const told = await story(line.id).catch(() => null);
    if (!told || told.lines.length < 2 || !details.isConnected) return;
    details.prepend(storyLine(told.lines, line));
    this.mark(told.lines.map(({ id }) => id));
    details.scrollIntoView({ block: "nearest" });
  }

  mark(ids) {
    const wanted = new Set(ids);
    this.list.classList.toggle("telling", wanted.size > 0);
    for (const [key, node] of this.made ?? []) if (node.dataset.line) node.classList.toggle("told", wanted.has(key));
  }

  isAtEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 48;
  }

  noticeScroll() {
    this.latest.hidden = this.isAtEnd();
  }

  goToEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.latest.hidden = true;
  }
}

/** Lines with their distance from the first of their burst, and a row with the time before each burst. */
function inBursts(lines) {
  const rows = [];
  let first = 0;
  let last = -Infinity;
  for (const line of lines) {
    const at = Date.parse(line.at);
    if (at - last > LULL || at - first > LONGEST) {
      first = at;
      rows.push({ at: line.at });
    }
    last = at;
    rows.push({ line, offset: at === first ? "0 ms" : span(at - first) });
  }
  return rows;
}

const burst = (at) => el("li", { class: "burst" }, el("time", { datetime: at }, clock.format(new Date(at))));

export function span(milliseconds) {
  if (milliseconds < 10 && milliseconds % 1) return `${milliseconds.toFixed(1)} ms`;
  return milliseconds < 1000
    ? `${Math.round(milliseconds)} ms`
    : `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`;
}

const iconOf = ({ kind }) => (kind in KINDS ? kind : "person");

function badge(line) {
  if (!line.service) return null;
  const shown = view(line.service);
  return el(
    "span",
    { class: "badge", "data-side": shown?.side ?? "", "data-order": orderOf(line.service) },
    shown?.title ?? line.service,
  );
}

/** Which of its side's colours a service has: by its place among them. */
export function orderOf(service) {
  return services(view(service)?.side ?? "").findIndex((one) => one.service === service);
}

/** A webhook is best known by what it tells, an API call by its path, a record of the bridge by its own words. */
const titleOf = ({ kind, title, note }) =>
  kind === "api" ? title : capital(kind === "webhook" && note ? note : title);
const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);

function subtitle({ kind, title, note }) {
  const words = kind === "webhook" ? (note ? title : "") : note;
  return words ? el("small", { dir: "auto" }, words) : null;
}

function status(line) {
  if (line.kind === "queue" || line.status === null) return null;
  return el("span", { class: "status" }, line.status || "no answer");
}

function took({ milliseconds }) {
  if (milliseconds === null) return null;
  const width = Math.min(100, 14 * Math.log2(1 + milliseconds / 4));
  return el("span", { class: "took", style: { "--width": `${width}%` } }, span(milliseconds));
}

function facts(line) {
  const rows = { time: line.at.replace("T", " ").replace("+00:00", " UTC"), ...line.details };
  if (line.status !== null) rows.status = line.status || "no answer";
  if (line.milliseconds !== null) rows.took = span(line.milliseconds);
  delete rows.milliseconds;
  delete rows.reason;
  const pairs = Object.entries(rows).filter(([, value]) => value !== null && value !== "");
  return el(
    "dl",
    {},
    pairs.flatMap(([name, value]) => [
      el("dt", {}, name.replaceAll("_", " ")),
      el("dd", { dir: "auto" }, String(value)),
    ]),
  );
}

function storyLine(lines, chosen) {
  const first = Date.parse(lines[0].at) - (lines[0].milliseconds ?? 0);
  const total = Date.parse(lines.at(-1).at) - first;
  const steps = lines.map((line) =>
    el(
      "li",
      { class: `${line.kind} ${line.mood}`, "aria-current": line.id === chosen.id ? "step" : null },
      el("i", { class: "dot" }),
      el("span", {}, `${line.service ? `${view(line.service)?.title ?? line.service}: ` : ""}${titleOf(line)}`),
      el("span", { class: "when" }, `+${span(Math.max(0, Date.parse(line.at) - first))}`),
    ),
  );
  return el(
    "div",
    { class: "story" },
    el("h4", {}, "One message’s way", el("span", {}, `${span(total)} in all`)),
    el("ol", {}, steps),
  );
}
