// What stays in this browser. If the browser stores nothing, the chat still works until the page is left.

// The webhook token in the page's address. Several chat pages may share an origin, so it is part of every key.
const PAGE_KEY = new URL(document.baseURI).pathname.split("/").at(-2);
/** @type {Map<string, string>} */
const memory = new Map();

/**
 * One value of this chat page, as JSON. `get` returns null when there is none.
 * @template Value
 * @typedef {{ key: string, get: () => Value | null, set: (value: Value) => void, remove: () => void }} StoredValue
 */

/**
 * @template Value
 * @param {string} name
 * @returns {StoredValue<Value>}
 */
export function stored(name) {
  const key = `webchat:${PAGE_KEY}:${name}`;
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

/** Deletes everything that this browser has stored for this chat page. */
export function clearStorage() {
  const keys = (attempt(() => Object.keys(localStorage)) ?? []).filter((key) => key.startsWith(`webchat:${PAGE_KEY}:`));
  for (const key of keys) attempt(() => localStorage.removeItem(key));
  memory.clear();
  files.clear();
}

/**
 * Calls `act` when another tab changes `value`.
 * @param {{ key: string }} value
 * @param {() => void} act
 */
export function onChangeInOtherTab(value, act) {
  addEventListener("storage", (event) => event.key === value.key && act());
}

/**
 * Lets one tab at a time do `act`, where the browser has locks; the next tab follows after it.
 * @param {string} name
 * @param {() => Promise<void>} act
 */
export async function withLock(name, act) {
  if (navigator.locks) await navigator.locks.request(`webchat:${PAGE_KEY}:${name}`, act);
  else await act();
}

/** A random UUID. Browsers have randomUUID only on secure origins. */
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/u, "$1-$2-$3-$4-");
}

/** @param {string} key */
function read(key) {
  return attempt(() => localStorage.getItem(key)) ?? null;
}

/**
 * @param {string} key
 * @param {string} text
 */
function write(key, text) {
  const done = attempt(() => {
    localStorage.setItem(key, text);
    return true;
  });
  if (done) memory.delete(key);
  else memory.set(key, text);
}

/** @param {string | null} text */
function parse(text) {
  return text === null ? null : (attempt(() => JSON.parse(text)) ?? null);
}

/**
 * The result of `act`; undefined where storage is switched off or full.
 * @template Result
 * @param {() => Result} act
 */
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
/** @type {Map<string, File>} Also holds what the browser refuses to store, as long as the page is open. */
const held = new Map();

export const files = {
  /**
   * @param {string} id
   * @param {File} file
   */
  async put(id, file) {
    held.set(id, file);
    await inFiles("readwrite", (store) => store.put(file, id));
  },
  /**
   * The file, or null when it is no longer on this device.
   * @param {string} id
   * @returns {Promise<File | null>}
   */
  async get(id) {
    return held.get(id) ?? (await inFiles("readonly", (store) => store.get(id))) ?? null;
  },
  /** @param {string} id */
  async remove(id) {
    held.delete(id);
    await inFiles("readwrite", (store) => store.delete(id));
  },
  async clear() {
    held.clear();
    await inFiles("readwrite", (store) => store.clear());
  },
};

/**
 * The result of the request; null where the browser stores no files.
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} act
 */
async function inFiles(mode, act) {
  const database = await openDatabase();
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

/** @returns {Promise<IDBDatabase | null>} */
function openDatabase() {
  return new Promise((resolve) => {
    const request = attempt(() => indexedDB.open(`webchat:${PAGE_KEY}`, 1));
    if (!request) return resolve(null);
    request.onupgradeneeded = () => request.result.createObjectStore(FILES);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  });
}
