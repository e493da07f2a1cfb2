// The page's copy of what the simulated services show, kept current by the server's events, and the page's calls.

/** @import { ActionResult, Arguments, Links, Side, Switches, TraceLine } from "./types.js" */
/** @import { DeskView, PhoneView, SiteView, View } from "./types.js" */

/** @type {Map<string, View>} */
const views = new Map();
/** @type {Set<() => void>} */
const watchers = new Set();
/** @type {Set<(line: TraceLine | null) => void>} */
const lineWatchers = new Set();
/** @type {Set<string>} services whose view is being fetched */
const fetching = new Set();
/** @type {Set<string>} services that have changed meanwhile */
const stale = new Set();
/** @type {TraceLine[]} lines that came before the services, whose names and colours they show */
const early = [];
let run = "";
/** @type {Links} */
let currentLinks = { messengers: [], platforms: [] };
let linksFailure = "";
/** @type {Promise<void> | null} */
let readingLinks = null;
let allListed = Promise.resolve(); // settles when all services are there, in order: the first one is shown first

/** @param {Side | ""} side */
export const services = (side) => [...views.values()].filter((view) => view.side === side);
/** @param {string} service */
export const viewOf = (service) => views.get(service);
/** @param {string} service */
export const deskView = (service) => /** @type {DeskView} */ (views.get(service));
/** @param {string} service */
export const phoneView = (service) => /** @type {PhoneView} */ (views.get(service));
/** @param {string} service */
export const siteView = (service) => /** @type {SiteView} */ (views.get(service));
/** @returns {DeskView[]} */
export const desks = () => services("platform").map(({ service }) => deskView(service));
export const links = () => currentLinks;
/** @param {() => void} watcher Called at most once per frame. */
export const onChange = (watcher) => watchers.add(watcher);
/** @param {(line: TraceLine | null) => void} watcher Called with null when the trace begins again. */
export const onLine = (watcher) => lineWatchers.add(watcher);

/** @param {string} service Its title, or its name while nothing is known of it. */
export const titleOf = (service) => views.get(service)?.title ?? service;

/**
 * The number of a service among those of its side, which decides its colour.
 * @param {string} service
 */
export function orderOf(service) {
  return services(viewOf(service)?.side ?? "").findIndex((one) => one.service === service);
}

/**
 * Opens the event stream.
 * @param {(state: "live" | "lost") => void} report
 */
export function connect(report) {
  const stream = new EventSource("/api/trace");
  stream.addEventListener("hello", (event) => {
    if (run !== event.data) emitLine(null);
    run = event.data;
    report("live");
    allListed = refreshAll();
    readLinks();
  });
  stream.addEventListener("line", (event) => {
    const line = JSON.parse(event.data);
    if (views.size) emitLine(line);
    else early.push(line);
  });
  stream.addEventListener("changed", (event) => refresh(JSON.parse(event.data)));
  stream.addEventListener("error", () => report("lost"));
}

/** @param {TraceLine | null} line */
function emitLine(line) {
  for (const watcher of lineWatchers) watcher(line);
}

async function refreshAll() {
  const world = await call("/api/world");
  for (const fresh of world.services) views.set(fresh.service, fresh);
  for (const line of early.splice(0)) emitLine(line);
  notifyWatchers();
}

/**
 * Fetches a service's view. While one fetch is under way, any number of changes cause only one more.
 * @param {string} service
 */
async function refresh(service) {
  if (fetching.has(service)) {
    stale.add(service);
    return;
  }
  fetching.add(service);
  try {
    await allListed;
    do {
      stale.delete(service);
      views.set(service, await call(`/api/services/${service}`));
      notifyWatchers();
    } while (stale.has(service));
  } finally {
    fetching.delete(service);
  }
}

let frameRequest = 0;
function notifyWatchers() {
  if (frameRequest) return;
  frameRequest = requestAnimationFrame(() => {
    frameRequest = 0;
    for (const watcher of watchers) watcher();
  });
}

/**
 * GET, or POST with a body. Rejects with the server's error.
 * @param {string} path
 * @param {object} [body]
 */
async function call(path, body) {
  const options = body && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const response = await fetch(path, options);
  const result = await response.json();
  if (!response.ok) throw new Error(result.error ?? `the playground returned HTTP ${response.status}`);
  return result;
}

/** @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * Does something as a person. Rejects with the reason when it is refused.
 * @param {string} service
 * @param {string} action
 * @param {Arguments} details
 * @returns {Promise<ActionResult>}
 */
export const perform = (service, action, details) => call(`/api/act/${service}/${action}`, details);

/**
 * Does something as a person. A refusal is shown; the result is then null.
 * @param {string} service
 * @param {string} action
 * @param {Arguments} details
 */
export async function act(service, action, details) {
  try {
    return await perform(service, action, details);
  } catch (error) {
    toast(messageOf(error));
    return null;
  }
}

/**
 * Reports what a person does by the way: typing, reading. A refusal is not shown, because it would only disturb.
 * @param {string} service
 * @param {string} action
 * @param {Arguments} details
 */
export const report = (service, action, details) =>
  perform(service, action, details).catch((error) =>
    console.info(`${service} does not accept ${action}:`, messageOf(error)),
  );

/** Reads the links again. Simultaneous callers share one read. `linksProblem` says why it failed. */
export function readLinks() {
  readingLinks ??= call("/api/links")
    .then(setLinks, (error) => setLinks(currentLinks, messageOf(error)))
    .finally(() => {
      readingLinks = null;
    });
  return readingLinks;
}

export const linksProblem = () => linksFailure;

/**
 * Links a messenger's connection to a platform's, for new conversations. A refusal is shown.
 * @param {string} messenger
 * @param {string} platform
 */
export async function link(messenger, platform) {
  try {
    setLinks(await call("/api/links", { messenger, platform }));
  } catch (error) {
    toast(messageOf(error));
  }
}

/**
 * @param {Links} fresh
 * @param {string} [failure]
 */
function setLinks(fresh, failure = "") {
  currentLinks = fresh;
  linksFailure = failure;
  notifyWatchers();
}

/**
 * @param {string} service
 * @param {Partial<Switches>} switches
 */
export const setSwitches = (service, switches) =>
  call(`/api/switches/${service}`, switches).catch((error) => toast(messageOf(error)));

export const resetSwitches = () => call("/api/switches", {}).catch((error) => toast(messageOf(error)));

/**
 * The lines of the trace that belong to the same message as this one, by time.
 * @param {number} line its id
 * @returns {Promise<{ lines: TraceLine[] }>}
 */
export const loadTimeline = (line) => call(`/api/trace/${line}/story`);

/** @param {string} text A short message that disappears after some seconds. */
export function toast(text) {
  const box = document.createElement("p");
  box.className = "toast";
  box.dir = "auto";
  box.textContent = text;
  document.getElementById("toasts")?.append(box);
  setTimeout(() => box.remove(), 6000);
}
