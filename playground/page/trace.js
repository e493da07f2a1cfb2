// The live trace: every webhook, bridge event and API call by time, in bursts, with the timeline of one message on a
// click.

/** @import { TraceLine } from "./types.js" */

import { el, icon, iconButton, moveFocus } from "./dom.js";
import { loadTimeline, onLine } from "./server.js";
import { burstRow, facts, inBursts, KINDS, lineRow, timeline } from "./trace-rows.js";

/** @import { Row } from "./trace-rows.js" */

const MOST_LINES = 600; // on the page; the server keeps more

export class Trace {
  /**
   * @param {HTMLElement} tools
   * @param {HTMLElement} body
   */
  constructor(tools, body) {
    /** @type {TraceLine[]} */
    this.lines = [];
    /** @type {TraceLine[]} lines that came while the trace was paused */
    this.held = [];
    this.isPaused = false;
    /** @type {Set<string>} */
    this.kinds = new Set(Object.keys(KINDS));
    this.wanted = "";
    this.frameRequest = 0;
    /** @type {Map<number | string, HTMLElement>} the rows by the line's id or the burst's time */
    this.rows = new Map();
    this.list = el("ol", { class: "lines", "aria-label": "Events, oldest first" });
    this.list.addEventListener("keydown", (event) => moveFocus(event, this.list.querySelectorAll(".line-button")));
    this.scroller = el("div", { class: "scroller", tabindex: "-1", onscroll: () => this.onScroll() }, this.list);
    this.latest = el(
      "button",
      { type: "button", class: "latest", hidden: true, onclick: () => this.scrollToEnd() },
      icon("down"),
      "Latest",
    );
    this.pause = iconButton("pause", "Pause", () => this.togglePause(), { "aria-pressed": "false" });
    this.empty = emptyState();
    tools.append(
      this.pause,
      iconButton("trash", "Clear", () => this.clear()),
    );
    body.append(el("div", { class: "panel" }, this.buildFilters(), this.scroller, this.latest, this.empty));
    onLine((line) => this.add(line));
  }

  buildFilters() {
    const label = "Filter the trace";
    const search = el("input", { type: "search", placeholder: "Filter", "aria-label": label });
    search.addEventListener("input", () => {
      this.wanted = search.value.trim().toLowerCase();
      this.draw();
    });
    const chips = Object.entries(KINDS).map(([kind, name]) => this.chip(kind, name));
    return el("div", { class: "filters" }, ...chips, el("div", { class: "search" }, icon("search"), search));
  }

  /**
   * @param {string} kind
   * @param {string} name
   */
  chip(kind, name) {
    const flip = () => {
      if (!this.kinds.delete(kind)) this.kinds.add(kind);
      button.setAttribute("aria-pressed", String(this.kinds.has(kind)));
      this.draw();
    };
    const button = el("button", { type: "button", class: `filter ${kind}`, "aria-pressed": "true" }, el("i"), name);
    button.addEventListener("click", flip);
    return button;
  }

  /** @param {TraceLine | null} line null when the trace begins again */
  add(line) {
    if (line === null) return this.clear();
    (this.isPaused ? this.held : this.lines).push(line);
    if (this.isPaused) this.pause.dataset.held = String(Math.min(this.held.length, 999));
    else this.draw();
  }

  togglePause() {
    this.isPaused = !this.isPaused;
    const label = this.isPaused ? "Resume" : "Pause";
    this.pause.setAttribute("aria-pressed", String(this.isPaused));
    this.pause.setAttribute("aria-label", label);
    this.pause.title = label;
    this.pause.replaceChildren(icon(this.isPaused ? "play" : "pause"));
    delete this.pause.dataset.held;
    if (this.isPaused) return;
    this.lines.push(...this.held.splice(0));
    this.draw();
  }

  clear() {
    this.lines = [];
    this.held = [];
    delete this.pause.dataset.held;
    this.draw();
  }

  /** Draws at most once per frame, however many lines come. */
  draw() {
    this.frameRequest ||= requestAnimationFrame(() => {
      this.frameRequest = 0;
      this.render();
    });
  }

  render() {
    this.lines.sort((one, other) => one.at.localeCompare(other.at) || one.id - other.id);
    this.lines.splice(0, this.lines.length - MOST_LINES);
    const atEnd = this.isAtEnd();
    this.place(inBursts(this.lines.filter((line) => this.matches(line))));
    this.empty.hidden = this.lines.length > 0;
    this.scroller.hidden = !this.lines.length;
    if (atEnd) this.scrollToEnd();
    else this.latest.hidden = false;
  }

  /** @param {TraceLine} line */
  matches(line) {
    return this.kinds.has(line.kind) && (!this.wanted || JSON.stringify(line).toLowerCase().includes(this.wanted));
  }

  /** @param {Row[]} rows */
  place(rows) {
    const before = this.rows;
    this.rows = new Map();
    let spot = this.list.firstChild;
    for (const row of rows) {
      const key = row.line ? row.line.id : `burst ${row.at}`;
      const node = before.get(key) ?? this.makeRow(row);
      const offset = node.querySelector(".offset");
      if (row.line && offset) offset.textContent = row.offset;
      if (node === spot) spot = spot.nextSibling;
      else this.list.insertBefore(node, spot);
      this.rows.set(key, node);
    }
    for (const [key, node] of before) if (!this.rows.has(key)) node.remove();
  }

  /** @param {Row} row */
  makeRow({ line, at }) {
    return line ? lineRow(line, (row, button) => this.toggle(line, row, button)) : burstRow(at);
  }

  /**
   * Opens the details of a line, and closes those of the others.
   * @param {TraceLine} line
   * @param {HTMLElement} row
   * @param {HTMLElement} button
   */
  async toggle(line, row, button) {
    const wasOpen = row.querySelector(".details") !== null;
    this.highlight([]);
    for (const one of this.list.querySelectorAll(".details")) {
      one.parentElement?.querySelector("button")?.setAttribute("aria-expanded", "false");
      one.remove();
    }
    if (wasOpen) return;
    button.setAttribute("aria-expanded", "true");
    const details = el("div", { class: "details" }, facts(line));
    row.append(details);
    details.scrollIntoView({ block: "nearest" });
    const { lines } = await loadTimeline(line.id).catch(() => ({ lines: [] })); // the server has forgotten old lines
    if (lines.length < 2 || !details.isConnected) return;
    details.prepend(timeline(lines, line));
    this.highlight(lines.map(({ id }) => id));
    details.scrollIntoView({ block: "nearest" });
  }

  /** @param {number[]} ids the lines of one message; none for all lines alike */
  highlight(ids) {
    const wanted = new Set(/** @type {(number | string)[]} */ (ids));
    this.list.classList.toggle("highlighting", wanted.size > 0);
    for (const [key, node] of this.rows) node.classList.toggle("related", wanted.has(key));
  }

  isAtEnd() {
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 48;
  }

  onScroll() {
    this.latest.hidden = this.isAtEnd();
  }

  scrollToEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    this.latest.hidden = true;
  }
}

function emptyState() {
  /** @type {(keyof typeof KINDS)[]} */
  const kinds = ["webhook", "queue", "api"];
  const signs = kinds.map((kind) => el("span", { class: kind }, icon(kind)));
  const text =
    "Each message appears here as it passes through the bridge: " +
    "the webhook that brings it, the queue, and the API call that delivers it.";
  return el(
    "div",
    { class: "empty-state" },
    el("div", { class: "pipeline", "aria-hidden": "true" }, signs),
    el("h3", {}, "Nothing has happened yet"),
    el("p", {}, text),
  );
}
