// The web chat's API, as a visitor's browser calls it: docs/webchat-api.md.

/** @import { About, Chat, FileFacts, Message, MessagePage, NewMessage, ReservedUpload } from "../types.js" */

const TIMEOUT = 15_000; // milliseconds for a response
const LONGEST_RETRY_AFTER = 600; // seconds; a message that must wait longer is rejected, so that later ones can go out
export const CLOSED = 423; // the owner keeps the chat closed

/** A call that failed. `status` 0: there was no response. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} message
   * @param {number} [retryAfter] seconds
   * @param {string} [code] of the service's own errors
   */
  constructor(status, message, retryAfter = 0, code = "") {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** Whether the same call may work soon. */
  get isTransient() {
    const soon = this.status === 429 && this.retryAfter <= LONGEST_RETRY_AFTER;
    return this.status === 0 || this.status === 408 || soon || this.status >= 500;
  }
}

let token = "";

/** @param {string} value The visitor's token, "" for none. */
export const setToken = (value) => {
  token = value;
};

const chatPath = (/** @type {string} */ id) => `api/chats/${encodeURIComponent(id)}`;
const messagePath = (/** @type {string} */ chat, /** @type {string} */ message) =>
  `${chatPath(chat)}/messages/${encodeURIComponent(message)}`;

export const api = {
  /** @returns {Promise<About>} */
  about: () => call("GET", "api/about"),
  /**
   * @param {string} language
   * @returns {Promise<{ visitor: string, token: string }>}
   */
  createVisitor: (language) => call("POST", "api/visitors", { language }),
  /** @returns {Promise<null>} */
  eraseVisitor: () => call("DELETE", "api/visitors/me"),
  /** @returns {Promise<{ key: string }>} */
  pushKey: () => call("GET", "api/visitors/me/push"),
  /**
   * @param {object} subscription the browser's, with the key that it was made for
   * @returns {Promise<{ id: string }>}
   */
  subscribe: (subscription) => call("POST", "api/visitors/me/push", subscription),
  /**
   * @param {string} id
   * @returns {Promise<null>}
   */
  unsubscribe: (id) => call("DELETE", `api/visitors/me/push/${encodeURIComponent(id)}`),
  /** @returns {Promise<Chat[]>} */
  chats: async () => (await call("GET", "api/chats")).chats,
  /**
   * @param {string} id
   * @param {string} name
   * @returns {Promise<Chat>}
   */
  startChat: (id, name) => call("POST", "api/chats", { id, name }),
  /**
   * @param {string} id
   * @param {string} name
   * @returns {Promise<Chat>}
   */
  renameChat: (id, name) => call("PATCH", chatPath(id), { name }),
  /**
   * @param {string} id
   * @returns {Promise<null>}
   */
  eraseChat: (id) => call("DELETE", chatPath(id)),
  /**
   * @param {string} id
   * @param {{ after?: string, before?: string }} query
   * @returns {Promise<MessagePage>}
   */
  messages: (id, query) => {
    const search = new URLSearchParams(query).toString();
    return call("GET", `${chatPath(id)}/messages${search ? `?${search}` : ""}`);
  },
  /**
   * @param {string} id
   * @param {NewMessage} message
   * @returns {Promise<Message>}
   */
  send: (id, message) => call("POST", `${chatPath(id)}/messages`, message),
  /**
   * @param {string} id
   * @param {string} message
   * @param {string} text
   * @returns {Promise<Message>}
   */
  editMessage: (id, message, text) => call("PATCH", messagePath(id, message), { text }),
  /**
   * @param {string} id
   * @param {string} message
   * @returns {Promise<null>}
   */
  deleteMessage: (id, message) => call("DELETE", messagePath(id, message)),
  /**
   * @param {string} id
   * @param {string} message
   * @param {string} emoji "" takes the reaction away
   * @returns {Promise<Message>}
   */
  react: (id, message, emoji) => call("PUT", `${messagePath(id, message)}/reaction`, { emoji }),
  /**
   * @param {string} id
   * @param {FileFacts} file
   * @returns {Promise<ReservedUpload>}
   */
  reserveUpload: (id, { name, size, type }) => call("POST", `${chatPath(id)}/uploads`, { name, size, type }),
  /**
   * @param {string} id
   * @param {boolean} typing
   * @returns {Promise<null>}
   */
  reportTyping: (id, typing) => call("POST", `${chatPath(id)}/typing`, { typing }),
  /**
   * @param {string} id
   * @param {string} message the newest one that was read
   * @returns {Promise<null>}
   */
  reportRead: (id, message) => call("POST", `${chatPath(id)}/read`, { up_to: message }),
  /** @returns {Promise<{ url: string }>} where to open a live connection, once and soon */
  goLive: () => call("POST", "api/live", {}),
};

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function call(method, path, body) {
  /** @type {Record<string, string>} */
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  if (body) headers["content-type"] = "application/json";
  /** @type {RequestInit} */
  const options = {
    method,
    headers,
    body: body && JSON.stringify(body),
    cache: "no-store",
    credentials: "omit",
    signal: AbortSignal.timeout(TIMEOUT),
  };
  let response;
  let text;
  try {
    response = await fetch(path, options);
    text = await response.text();
  } catch (error) {
    throw new ApiError(0, error instanceof Error ? error.message : String(error));
  }
  return readResponse(response, text);
}

/**
 * @param {Response} response
 * @param {string} text its body
 */
function readResponse(response, text) {
  let json = null;
  try {
    json = text ? JSON.parse(text) : null;
  } catch {
    if (response.ok) throw new ApiError(0, "the response was cut off, or comes from a proxy");
  }
  if (response.ok) return json;
  const { message = `HTTP ${response.status}`, code = "" } = json?.error ?? {};
  throw new ApiError(response.status, message, Number(response.headers.get("retry-after")) || 0, code);
}

/**
 * Sends the file to the reserved place. `onProgress` gets the share that is sent, 0 to 1.
 * @param {ReservedUpload} place
 * @param {File} file
 * @param {(share: number) => void} onProgress
 * @returns {Promise<void>}
 */
export function upload({ url, fields }, file, onProgress) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(total ? loaded / total : 0));
    request.addEventListener("load", () => {
      if (request.status < 300) resolve();
      else reject(new ApiError(request.status, "the store refused the file"));
    });
    request.addEventListener("error", () => reject(new ApiError(0, "the file did not arrive")));
    request.open("POST", url);
    request.send(form);
  });
}
