// The page's copy of the world, kept fresh by the server's pings, and the orders it sends.

const views = new Map();
const watchers = new Set();
const lineWatchers = new Set();
const fetching = new Set();
const stale = new Set();
const early = []; // lines that came before the services did, whose names and colours they bear
let run = "";
let linked = { messengers: [], platforms: [] };
let linksFailure = "";
let reading = null;
let listed = Promise.resolve(); // once all services are there, in their order: the first is the one that is shown

export const services = (side) => [...views.values()].filter((view) => view.side === side);
export const view = (service) => views.get(service);
export const onChange = (watcher) => watchers.add(watcher);
export const links = () => linked;
export const onLine = (watcher) => lineWatchers.add(watcher);

/** Connects the live stream; `report(state)` hears "live" and "lost". */
export function connect(report) {
  const stream = new EventSource("/api/trace");
  stream.addEventListener("hello", (event) => {
    if (run !== event.data) pass(null);
    run = event.data;
    report("live");
    listed = refreshAll();
    readLinks();
  });
  stream.addEventListener("line", (event) => {
    const line = JSON.parse(event.data);
    if (views.size) pass(line);
    else early.push(line);
  });
  stream.addEventListener("changed", (event) => refresh(JSON.parse(event.data)));
  stream.addEventListener("error", () => report("lost"));
}

function pass(line) {
  for (const watcher of lineWatchers) watcher(line);
}

async function refreshAll() {
  const world = await ask("/api/world");
  for (const fresh of world.services) views.set(fresh.service, fresh);
  early.splice(0).forEach(pass);
  tell();
}

/** Fetches a service's view. While one fetch is under way, any number of pings cause one more. */
async function refresh(service) {
  if (fetching.has(service)) {
    stale.add(service);
    return;
  }
  fetching.add(service);
  try {
    await listed;
    do {
      stale.delete(service);
      views.set(service, await ask(`/api/services/${service}`));
      tell();
    } while (stale.has(service));
  } finally {
    fetching.delete(service);
  }
}

let told = 0;
function tell() {
  if (told) return;
  told = requestAnimationFrame(() => {
    told = 0;
    for (const watcher of watchers) watcher();
  });
}

async function ask(path, order) {
  const options = order && {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(order),
  };
  const response = await fetch(path, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? `the playground answered ${response.status}`);
  return answer;
}

/** Lets a person do something. Rejects with the refusal. */
export const order = (service, action, details) => ask(`/api/act/${service}/${action}`, details);

/** Lets a person do something; a refusal is shown and the answer is then null. */
export async function act(service, action, details) {
  try {
    return await order(service, action, details);
  } catch (error) {
    toast(error.message);
    return null;
  }
}

/** Tells a service what a person does without meaning to: typing, reading. A refusal would only be in the way. */
export const mention = (service, action, details) =>
  order(service, action, details).catch((error) => console.info(`${service} does not take ${action}:`, error.message));

/** Reads anew where messages go. Callers at the same time share one reading. Why it failed is in `linksProblem`. */
export function readLinks() {
  reading ??= ask("/api/links")
    .then(takeLinks, (error) => takeLinks(linked, error.message))
    .finally(() => {
      reading = null;
    });
  return reading;
}

export const linksProblem = () => linksFailure;

/** Sends the new conversations of a messenger's connection to a platform's; false after a refusal, which is shown. */
export async function link(messenger, platform) {
  try {
    takeLinks(await ask("/api/links", { messenger, platform }));
    return true;
  } catch (error) {
    toast(error.message);
    return false;
  }
}

function takeLinks(fresh, failure = "") {
  linked = fresh;
  linksFailure = failure;
  tell();
}

export async function flip(service, order) {
  try {
    await ask(`/api/switches/${service}`, order);
  } catch (error) {
    toast(error.message);
  }
}

export const putAllBack = () => ask("/api/switches", {}).catch((error) => toast(error.message));
export const story = (line) => ask(`/api/trace/${line}/story`);

/** A short message that goes away by itself. */
export function toast(text) {
  const box = document.createElement("p");
  box.className = "toast";
  box.dir = "auto";
  box.textContent = text;
  document.getElementById("toasts").append(box);
  setTimeout(() => box.remove(), 6000);
}
