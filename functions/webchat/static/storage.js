// What stays in this browser. A browser that refuses to keep anything still gets a chat that works until it is left.

const HOOK = new URL(document.baseURI).pathname.split("/").at(-2);
const memory = new Map();

/** One value of this chat page under `name`, as JSON. Several chat pages may share an origin, so the hook is in the key. */
export function kept(name) {
  const key = `webchat:${HOOK}:${name}`;
  return {
    key,
    get: () => parse(memory.get(key) ?? read(key)),
    set: (value) => write(key, JSON.stringify(value)),
    remove: () => {
      memory.delete(key);
      attempt(() => localStorage.removeItem(key));
    },
  };
}

/** Forgets all that this browser has kept of this chat page. */
export function forgetAll() {
  const ours = (attempt(() => Object.keys(localStorage)) ?? []).filter((key) => key.startsWith(`webchat:${HOOK}:`));
  ours.forEach((key) => attempt(() => localStorage.removeItem(key)));
  memory.clear();
  files.clear();
}

/** Tells of changes that other tabs make to `value`. */
export function onChangeElsewhere(value, act) {
  addEventListener("storage", (event) => event.key === value.key && act());
}

/** Lets one tab at a time do `act`, where the browser can; a second one comes after it. */
export function alone(name, act) {
  return navigator.locks ? navigator.locks.request(`webchat:${HOOK}:${name}`, act) : act();
}

/** A random id as the API takes it, also where randomUUID is missing: it is on secure origins alone. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/u, "$1-$2-$3-$4-");
}

function read(key) {
  return attempt(() => localStorage.getItem(key)) ?? null;
}

function write(key, text) {
  const done = attempt(() => {
    localStorage.setItem(key, text);
    return true;
  });
  if (done) memory.delete(key);
  else memory.set(key, text);
}

function parse(text) {
  return text === null ? null : (attempt(() => JSON.parse(text)) ?? null);
}

/** undefined where the browser refuses: storage is off, or full. */
function attempt(act) {
  try {
    return act();
  } catch (error) {
    if (error instanceof DOMException || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

// --- files that wait to be sent ---

const FILES = "files";
const held = new Map(); // also what the browser refuses to keep, as long as the page is open

export const files = {
  async put(id, file) {
    held.set(id, file);
    await inFiles("readwrite", (all) => all.put(file, id));
  },
  /** The file, or null when this device has it no more. */
  async get(id) {
    return held.get(id) ?? (await inFiles("readonly", (all) => all.get(id))) ?? null;
  },
  async remove(id) {
    held.delete(id);
    await inFiles("readwrite", (all) => all.delete(id));
  },
  async clear() {
    held.clear();
    await inFiles("readwrite", (all) => all.clear());
  },
};

/** null where the browser keeps no files. */
async function inFiles(mode, act) {
  const database = await openFiles();
  if (!database) return null;
  const result = await new Promise((resolve) => {
    const transaction = database.transaction(FILES, mode);
    const request = act(transaction.objectStore(FILES));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => resolve(null);
  });
  database.close();
  return result;
}

function openFiles() {
  return new Promise((resolve) => {
    const request = attempt(() => indexedDB.open(`webchat:${HOOK}`, 1));
    if (!request) return resolve(null);
    request.onupgradeneeded = () => request.result.createObjectStore(FILES);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  });
}
