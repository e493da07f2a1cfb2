// The rows of the trace: lines, the bursts between them, a line's details, and the timeline of one message.

/** @import { TraceLine } from "./types.js" */

import { el, icon } from "./dom.js";
import { orderOf, titleOf, viewOf } from "./server.js";

/** @type {Record<"webhook" | "queue" | "api", string>} */
export const KINDS = { webhook: "Webhooks", queue: "Bridge", api: "API calls" };
const QUIET = 1500; // milliseconds without a line after which a new burst begins
const LONGEST_BURST = 20_000; // milliseconds

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

/**
 * A line with its time since the first one of its burst, or, without a line, the time of a burst.
 * @typedef {{ at: string, line: TraceLine | null, offset: string }} Row
 */

/** @param {TraceLine[]} lines by time */
export function inBursts(lines) {
  /** @type {Row[]} */
  const rows = [];
  let first = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const line of lines) {
    const at = Date.parse(line.at);
    if (at - last > QUIET || at - first > LONGEST_BURST) {
      first = at;
      rows.push({ at: line.at, line: null, offset: "" });
    }
    last = at;
    rows.push({ at: line.at, line, offset: at === first ? "0 ms" : duration(at - first) });
  }
  return rows;
}

/** @param {string} at */
export const burstRow = (at) => el("li", { class: "burst" }, el("time", { datetime: at }, clock.format(new Date(at))));

/**
 * @param {TraceLine} line
 * @param {(row: HTMLElement, button: HTMLElement) => void} toggle
 */
export function lineRow(line, toggle) {
  const headline = el("span", { class: "headline" }, badge(line), el("b", {}, headlineOf(line)));
  const { label, sign } = kindOf(line);
  const button = el(
    "button",
    { type: "button", class: "line-button", "aria-expanded": "false" },
    el("span", { class: "offset" }),
    el("span", { class: "kind", title: label }, icon(sign)),
    el("span", { class: "what" }, headline, subtitle(line)),
    el("span", { class: "result" }, statusOf(line), bar(line)),
  );
  const classes = `line new ${line.kind} ${line.mood}`;
  const row = el("li", { class: classes, "data-line": line.id, "data-event": line.event || null }, button);
  button.addEventListener("click", () => toggle(row, button));
  return row;
}

/** @param {number} milliseconds */
function duration(milliseconds) {
  if (milliseconds < 10 && milliseconds % 1) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`;
}

/** @param {TraceLine} line */
function kindOf({ kind }) {
  if (kind === "people") return { label: kind, sign: /** @type {const} */ ("person") };
  return { label: KINDS[kind], sign: kind };
}

/** @param {TraceLine} line */
function badge({ service }) {
  if (!service) return null;
  const side = viewOf(service)?.side ?? "";
  return el("span", { class: "badge", "data-side": side, "data-order": orderOf(service) }, titleOf(service));
}

/** @param {TraceLine} line A webhook's event, an API call's path, or the bridge's own record. */
function headlineOf({ kind, title, note }) {
  if (kind === "api") return title;
  const text = kind === "webhook" && note ? note : title;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @param {TraceLine} line */
function subtitle({ kind, title, note }) {
  const text = kind === "webhook" ? note && title : note;
  return text ? el("small", { dir: "auto" }, text) : null;
}

/** @param {TraceLine} line */
function statusOf({ kind, status }) {
  if (kind === "queue" || status === null) return null;
  return el("span", { class: "status" }, status || "no response");
}

/** @param {TraceLine} line How long it took, also as the width of a bar. */
function bar({ milliseconds }) {
  if (milliseconds === null) return null;
  const width = Math.min(100, 14 * Math.log2(1 + milliseconds / 4));
  return el("span", { class: "took", style: { "--width": `${width}%` } }, duration(milliseconds));
}

/** @param {TraceLine} line */
export function facts({ at, details, status, milliseconds }) {
  const { milliseconds: _took, reason: _reason, ...rest } = details;
  const rows = {
    time: at.replace("T", " ").replace("+00:00", " UTC"),
    ...rest,
    ...(status !== null && { status: status || "no response" }),
    ...(milliseconds !== null && { took: duration(milliseconds) }),
  };
  const pairs = Object.entries(rows).filter(([, value]) => value !== null && value !== "");
  const cells = pairs.flatMap(([name, value]) => [
    el("dt", {}, name.replaceAll("_", " ")),
    el("dd", { dir: "auto" }, String(value)),
  ]);
  return el("dl", {}, cells);
}

/**
 * @param {TraceLine[]} lines of one message, by time
 * @param {TraceLine} chosen
 */
export function timeline(lines, chosen) {
  const first = Date.parse(lines[0].at) - (lines[0].milliseconds ?? 0);
  const last = Date.parse(lines[lines.length - 1].at);
  const steps = lines.map((line) => {
    const service = line.service ? `${titleOf(line.service)}: ` : "";
    const offset = duration(Math.max(0, Date.parse(line.at) - first));
    return el(
      "li",
      { class: `${line.kind} ${line.mood}`, "aria-current": line.id === chosen.id ? "step" : null },
      el("i", { class: "dot" }),
      el("span", {}, service + headlineOf(line)),
      el("span", { class: "when" }, `+${offset}`),
    );
  });
  const title = el("h4", {}, "Message timeline", el("span", {}, `${duration(last - first)} in total`));
  return el("div", { class: "timeline" }, title, el("ol", {}, steps));
}
