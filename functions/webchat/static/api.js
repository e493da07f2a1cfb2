// The web chat's API, as a visitor's browser calls it.

const PATIENCE = 15_000; // milliseconds for an answer
const SOON = 600; // seconds: what must wait for longer is not kept waiting, nor what was written after it
export const CLOSED = 423; // the owner keeps the chat closed

/** A call that did not work. `status` 0: no answer came. */
export class Refused extends Error {
  constructor(status, message, retryAfter = 0, code = "") {
    super(message);
    this.status = status;
    this.code = code; // of the service's own answers
    this.retryAfter = retryAfter; // seconds
  }

  /** Whether the same call may work soon. */
  get passing() {
    const soon = this.status === 429 && this.retryAfter <= SOON;
    return this.status === 0 || this.status === 408 || soon || this.status >= 500;
  }
}

let token = "";

export const identify = (value) => {
  token = value;
};

const chat = (id) => `api/chats/${encodeURIComponent(id)}`;
const one = (id, message) => `${chat(id)}/messages/${encodeURIComponent(message)}`;

export const api = {
  about: () => call("GET", "api/about"),
  makeVisitor: (language) => call("POST", "api/visitors", { language }),
  forgetMe: () => call("DELETE", "api/visitors/me"),
  chats: () => call("GET", "api/chats").then(({ chats }) => chats),
  startChat: (id, name) => call("POST", "api/chats", { id, name }),
  renameChat: (id, name) => call("PATCH", chat(id), { name }),
  eraseChat: (id) => call("DELETE", chat(id)),
  messages: (id, query) =>
    call("GET", `${chat(id)}/messages${Object.keys(query).length ? `?${new URLSearchParams(query)}` : ""}`),
  send: (id, message) => call("POST", `${chat(id)}/messages`, message),
  changeMessage: (id, message, text) => call("PATCH", one(id, message), { text }),
  deleteMessage: (id, message) => call("DELETE", one(id, message)),
  reserve: (id, { name, size, type }) => call("POST", `${chat(id)}/uploads`, { name, size, type }),
  typing: (id, typing) => call("POST", `${chat(id)}/typing`, { typing }),
  read: (id, message) => call("POST", `${chat(id)}/read`, { up_to: message }),
};

async function call(method, address, body) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  if (body) headers["content-type"] = "application/json";
  const options = {
    method,
    headers,
    body: body && JSON.stringify(body),
    cache: "no-store",
    credentials: "omit",
    signal: AbortSignal.timeout(PATIENCE),
  };
  let answer;
  let text;
  try {
    answer = await fetch(address, options);
    text = await answer.text();
  } catch (error) {
    throw new Refused(0, error.message);
  }
  return understand(answer, text);
}

function understand(answer, text) {
  let json = null;
  try {
    json = text ? JSON.parse(text) : null;
  } catch {
    if (answer.ok) throw new Refused(0, "the answer was cut off, or comes from something else on the way");
  }
  if (answer.ok) return json;
  const { message = `HTTP ${answer.status}`, code = "" } = json?.error ?? {};
  throw new Refused(answer.status, message, Number(answer.headers.get("retry-after")) || 0, code);
}

/** Sends the file to the place that was reserved for it. `progress(share)` hears 0 to 1. */
export function upload({ url, fields }, file, progress) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append("file", file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.upload.addEventListener("progress", ({ loaded, total }) => progress(total ? loaded / total : 0));
    request.addEventListener("load", () =>
      request.status < 300 ? resolve() : reject(new Refused(request.status, "the store refused the file")),
    );
    request.addEventListener("error", () => reject(new Refused(0, "the file did not arrive")));
    request.open("POST", url);
    request.send(form);
  });
}
