// api.js
var TIMEOUT = 15e3;
var LONGEST_RETRY_AFTER = 600;
var CLOSED = 423;
var ApiError = class extends Error {
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
};
var token = "";
var setToken = (value) => {
  token = value;
};
var chatPath = (id) => `api/chats/${encodeURIComponent(id)}`;
var messagePath = (chat, message) => `${chatPath(chat)}/messages/${encodeURIComponent(message)}`;
var api = {
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
  goLive: () => call("POST", "api/live", {})
};
async function call(method, path, body) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  if (body) headers["content-type"] = "application/json";
  const options2 = {
    method,
    headers,
    body: body && JSON.stringify(body),
    cache: "no-store",
    credentials: "omit",
    signal: AbortSignal.timeout(TIMEOUT)
  };
  let response;
  let text;
  try {
    response = await fetch(path, options2);
    text = await response.text();
  } catch (error) {
    throw new ApiError(0, error instanceof Error ? error.message : String(error));
  }
  return readResponse(response, text);
}
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
function upload({ url, fields }, file, onProgress) {
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

// dom.js
var SVG = "http://www.w3.org/2000/svg";
var ICONS = {
  send: "M5 12.5 20 5l-5.2 15-3.3-6.2L5 12.5Zm6.5 1.3L20 5",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  back: "M15 5l-7 7 7 7",
  more: "M12 6.5a1 1 0 1 0 0-2 1 1 0 0 0 0 2ZM12 13a1 1 0 1 0 0-2 1 1 0 0 0 0 2ZM12 19.5a1 1 0 1 0 0-2 1 1 0 0 0 0 2Z",
  clip: "M19 11.5l-7.2 7.2a4.5 4.5 0 0 1-6.4-6.4l7.7-7.7a3 3 0 0 1 4.3 4.3l-7.6 7.6a1.5 1.5 0 0 1-2.2-2.1l6.8-6.8",
  smile: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM8.3 14c.9 1.5 2.2 2.2 3.7 2.2s2.8-.7 3.7-2.2M9.2 9.7v.01M14.8 9.7v.01",
  file: "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5",
  reply: "M10 6 4.5 11.5 10 17M5 11.5h8a6 6 0 0 1 6 6V19",
  pin: "M12 21s7-6.2 7-11.5a7 7 0 1 0-14 0C5 14.8 12 21 12 21Zm0-9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  pen: "M4.5 19.5l1-4.2L16.3 4.5a2.1 2.1 0 0 1 3 3L8.6 18.5l-4.1 1ZM14 6.8l3 3",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13",
  down: "M12 5v13M6.5 12.5 12 18l5.5-5.5",
  check: "M5 12.5l4.5 4.5L19 7.5",
  ticks: "M2 13l4 4 8.5-9M11 16l1 1 8.5-9",
  clock: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Zm0-12v4.5l3 1.8",
  warn: "M12 4 21 20H3L12 4Zm0 6v4.5M12 17.3v.01",
  link: "M10 14 20 4m0 0h-6m6 0v6M18 14v6H4V6h6",
  bell: "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 2h-15l1.5-2Zm4 4.5h4",
  phone: "M6 4h4l1.5 5-2.3 1.6a11 11 0 0 0 4.2 4.2L15 12.5l5 1.5v4a2 2 0 0 1-2.2 2A16 16 0 0 1 4 6.2 2 2 0 0 1 6 4Z",
  again: "M5 12a7 7 0 1 1 2.3 5.2M5 12V7m0 5h5",
  offline: "M4 4l16 16M9.2 6.3A6 6 0 0 1 17.7 10 4 4 0 0 1 20 16.6M7 9.5A4.3 4.3 0 0 0 7.5 18H15"
};
function makeIcons(paths) {
  function icon2(name) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.classList.add("icon");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", paths[name]);
    svg.append(path);
    return svg;
  }
  function iconButton2(name, label, onclick, more = {}) {
    const attributes = { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...more };
    return el("button", attributes, icon2(name));
  }
  return { icon: icon2, iconButton: iconButton2 };
}
var { icon, iconButton } = makeIcons(ICONS);
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === void 0 || value === false) continue;
    if (typeof value === "function") element.addEventListener(
      name.slice(2),
      /** @type {EventListener} */
      value
    );
    else if (typeof value === "object") setProperties(element, value);
    else if (name === "value" || name === "checked") Object.assign(element, { [name]: value });
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat()) {
    if (child !== null && child !== void 0 && child !== false)
      element.append(child instanceof Node ? child : String(child));
  }
  return element;
}
function setProperties(element, properties) {
  for (const [name, value] of Object.entries(properties)) element.style.setProperty(name, String(value));
}
var HUES = [262, 162, 22, 210, 330, 92, 190, 44];
function hueOf(name) {
  const sum = [...name].reduce((total, character) => total * 31 + (character.codePointAt(0) ?? 0) >>> 0, 7);
  return HUES[sum % HUES.length];
}
function firstCharacter(word) {
  if (!Intl.Segmenter) return [...word][0] ?? "";
  const [first] = new Intl.Segmenter().segment(word);
  return first?.segment ?? "";
}
function avatar(name, url = null) {
  const words = (name || "?").trim().split(/\s+/u);
  const initials = firstCharacter(words[0]) + (words.length > 1 ? firstCharacter(words[words.length - 1]) : "");
  const style = { "--hue": hueOf(name) };
  const box = el("span", { class: "avatar", "aria-hidden": "true", style }, initials.toUpperCase());
  if (url) {
    const image2 = el("img", { src: url, alt: "", loading: "lazy" });
    image2.addEventListener("error", () => image2.remove());
    box.append(image2);
  }
  return box;
}
var NEW_TAB = { target: "_blank", rel: "noopener noreferrer" };
function webUrl(url) {
  return url && /^https?:\/\//iu.test(url) ? url : null;
}
var spoken = (text) => el("span", { class: "spoken" }, text);
var hasMouse = () => matchMedia("(pointer: fine)").matches;
function makeMenu(button, label, { icon: icon2, items, align = "start" }) {
  const list = el("div", { class: "menu", role: "menu", "aria-label": label, popover: "auto" });
  const offered = () => [...list.querySelectorAll("button")].filter((entry) => entry.getClientRects().length);
  button.setAttribute("aria-haspopup", "menu");
  button.addEventListener("click", () => {
    const entries = items().map(
      (item) => el(
        "button",
        { type: "button", role: "menuitem", class: item.writes ? "writes" : null, onclick: item.act },
        icon2(item.icon),
        item.label
      )
    );
    list.replaceChildren(...entries);
    list.showPopover();
    placeBeside(list, button, align);
    offered()[0]?.focus();
  });
  list.addEventListener("click", () => list.hidePopover(), { capture: true });
  list.addEventListener("keydown", (event) => moveFocus(event, offered()));
  return list;
}
function moveFocus(event, buttons2, [back, forward] = ["ArrowUp", "ArrowDown"]) {
  const step = event.key === forward ? 1 : event.key === back ? -1 : 0;
  if (!step) return;
  event.preventDefault();
  const all = [...buttons2];
  const current = document.activeElement ? all.indexOf(document.activeElement) : -1;
  const next = all[(current + step + all.length) % all.length];
  if (next instanceof HTMLElement) next.focus();
}
function placeBeside(popover, button, align = "start") {
  const anchor = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const fitsBelow = anchor.bottom + 6 + height < innerHeight;
  const left = align === "start" ? anchor.left : anchor.right - width;
  popover.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  popover.style.top = `${fitsBelow ? anchor.bottom + 6 : Math.max(8, anchor.top - height - 6)}px`;
}
function acceptFiles(area, add, allowed = () => true) {
  const accepts = (event) => allowed() && Boolean(event.dataTransfer?.types.includes("Files"));
  let depth = 0;
  const setDepth = (value) => {
    depth = Math.max(0, value);
    area.classList.toggle("dropping", depth > 0);
  };
  area.addEventListener("dragenter", (event) => accepts(event) && setDepth(depth + 1));
  area.addEventListener("dragleave", (event) => accepts(event) && setDepth(depth - 1));
  area.addEventListener("dragover", (event) => accepts(event) && event.preventDefault());
  area.addEventListener("drop", (event) => {
    if (!accepts(event) || !event.dataTransfer) return;
    event.preventDefault();
    setDepth(0);
    add(event.dataTransfer.files);
  });
  area.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length || !allowed()) return;
    event.preventDefault();
    add(event.clipboardData.files);
  });
}

// texts-de.js
var texts_de_default = {
  your_name: "Ihr Name",
  name_hint: "Damit wir wissen, wie wir Sie ansprechen dürfen.",
  name_missing: "Bitte schreiben Sie Ihren Namen.",
  start: "Chat beginnen",
  your_chats: "Ihre Chats",
  new_chat: "Neuer Chat",
  nothing_yet: "Noch nichts geschrieben",
  unread: "{count} neu",
  back: "Zurück zu Ihren Chats",
  close: "Chatfenster schließen",
  more: "Mehr",
  erase_chat: "Diesen Chat löschen",
  erase_chat_title: "Diesen Chat löschen?",
  erase_chat_text: "Alle seine Nachrichten und Dateien werden endgültig gelöscht.",
  erase_all: "Alles löschen",
  erase_all_title: "Alle Ihre Chats löschen?",
  erase_all_text: "Alle Ihre Chats mit ihren Nachrichten und Dateien werden endgültig gelöscht, und dieser Browser vergisst Sie.",
  erase: "Löschen",
  cancel: "Abbrechen",
  chat_erased: "Der Chat ist gelöscht.",
  all_erased: "Alles ist gelöscht.",
  chat_gone: "Diesen Chat gibt es nicht mehr.",
  access_ended: "Ihre früheren Chats gibt es nicht mehr. Sie können einen neuen beginnen.",
  messages: "Nachrichten",
  message: "Nachricht",
  write: "Nachricht schreiben …",
  send: "Senden",
  emoji: "Emoji",
  attach: "Bilder oder Dateien hinzufügen",
  drop: "Dateien hier ablegen",
  staged: "Dateien zum Senden",
  remove: "{name} entfernen",
  too_large: "„{name}“ hat {size}. Eine Datei darf bis zu {limit} haben.",
  empty: "„{name}“ ist leer.",
  wrong_type: "„{name}“ kann nicht gesendet werden: Dateien dieser Art werden hier nicht angenommen.",
  too_long: "{count} Zeichen zu viel",
  dismiss: "Ausblenden",
  you: "Sie",
  chatting_as: "Sie schreiben als {name}",
  waiting: "Wartet auf das Senden",
  sending: "Wird gesendet",
  sent: "Gesendet",
  delivered: "Zugestellt",
  read: "Gelesen",
  failed: "Nicht zugestellt",
  failed_refused: "Nicht zugestellt: Diese Nachricht wurde nicht angenommen. Formulieren Sie sie anders oder versuchen Sie es später noch einmal.",
  failed_file_refused: "Nicht zugestellt: Diese Datei wurde nicht angenommen. Senden Sie sie in einem anderen Format oder versuchen Sie es später noch einmal.",
  failed_file_gone: "Nicht zugestellt: Die Datei ist nicht mehr da. Bitte senden Sie sie noch einmal.",
  refused: "Diese Nachricht wurde nicht angenommen.",
  file_refused: "Diese Datei wurde nicht angenommen.",
  unsafe_file: "„{name}“ wurde nicht angenommen: Programme, Skripte, Webseiten, Dokumente mit Makros und beschädigte Dateien werden hier nicht angenommen. Senden Sie stattdessen ein PDF oder ein Bild.",
  unsafe_name: "„{name}“ wurde nicht angenommen: Der Name verbirgt, um welche Art von Datei es sich handelt. Benennen Sie die Datei um und senden Sie sie noch einmal.",
  file_lost: "Die Datei ist nicht mehr auf diesem Gerät. Bitte wählen Sie sie noch einmal aus.",
  try_again: "Noch einmal versuchen",
  discard: "Verwerfen",
  uploading: "{name} wird gesendet",
  is_typing: "{name} schreibt",
  someone_typing: "Eine Antwort wird geschrieben",
  today: "Heute",
  yesterday: "Gestern",
  earlier: "Frühere Nachrichten zeigen",
  latest: "Neue Nachrichten",
  offline: "Sie sind offline. Was Sie schreiben, wird behalten und gesendet, sobald Sie wieder verbunden sind.",
  unreachable: "Der Chat ist gerade nicht erreichbar. Was Sie schreiben, wird behalten und später gesendet.",
  image: "Bild",
  audio: "Audio",
  video: "Video",
  file: "Datei",
  location: "Standort",
  new_tab: "öffnet einen neuen Tab",
  chosen: "gewählt",
  cards: "Karten",
  automatic: "Automatisch",
  busy: "Das war sehr viel auf einmal. Bitte warten Sie einen Moment und versuchen Sie es noch einmal.",
  too_many_chats: "Sie haben zu viele Chats. Löschen Sie einen davon, dann können Sie einen neuen beginnen.",
  closed: "Der Chat ist zurzeit geschlossen. Sie können lesen, was geschrieben wurde; zum Schreiben kommen Sie bitte später wieder.",
  did_not_work: "Das hat nicht geklappt. Bitte versuchen Sie es noch einmal.",
  rename: "Namen ändern",
  rename_title: "Ihren Namen ändern",
  save: "Speichern",
  message_options: "Optionen für „{text}“",
  edit: "Bearbeiten",
  edit_title: "Nachricht bearbeiten",
  delete: "Löschen",
  delete_title: "Diese Nachricht löschen?",
  delete_text: "Sie wird endgültig gelöscht. Wer Ihnen antwortet, hat sie vielleicht schon gelesen und sieht, dass sie gelöscht wurde.",
  edited: "bearbeitet",
  text_missing: "Bitte schreiben Sie etwas, oder löschen Sie die Nachricht.",
  unchangeable: "Diese Nachricht lässt sich nicht mehr ändern. Bitte schreiben Sie eine neue.",
  message_gone: "Diese Nachricht gibt es nicht mehr.",
  react: "Reagieren",
  reply: "Antworten",
  message_deleted: "Nachricht gelöscht",
  said_reacted: "{name}: Reaktion {emoji} auf „{text}“",
  said_unreacted: "{name}: Reaktion {emoji} auf „{text}“ entfernt",
  push_offer: "Möchten Sie eine Benachrichtigung, wenn wir antworten und diese Seite geschlossen ist?",
  push_yes: "Benachrichtigen",
  push_no: "Nein, danke",
  push_on: "Benachrichtigungen einschalten",
  push_off: "Benachrichtigungen ausschalten",
  push_is_on: "Sie werden über Antworten benachrichtigt, während diese Seite geschlossen ist.",
  push_is_off: "Sie werden nicht mehr benachrichtigt.",
  push_blocked: "Dieser Browser erlaubt dieser Seite keine Benachrichtigungen. Sie können das in seinen Einstellungen ändern."
};

// texts-en.js
var texts_en_default = {
  your_name: "Your name",
  name_hint: "So that we know what to call you.",
  name_missing: "Please enter your name.",
  start: "Start chat",
  your_chats: "Your chats",
  new_chat: "New chat",
  nothing_yet: "No messages yet",
  unread: "{count} new",
  back: "Back to your chats",
  close: "Close chat",
  more: "More",
  erase_chat: "Erase this chat",
  erase_chat_title: "Erase this chat?",
  erase_chat_text: "All its messages and files will be permanently deleted.",
  erase_all: "Erase everything",
  erase_all_title: "Erase all your chats?",
  erase_all_text: "All your chats, with their messages and files, will be permanently deleted, and this browser will forget you.",
  erase: "Erase",
  cancel: "Cancel",
  chat_erased: "The chat has been erased.",
  all_erased: "Everything has been erased.",
  chat_gone: "This chat no longer exists.",
  access_ended: "Your earlier chats no longer exist. You can start a new one.",
  messages: "Messages",
  message: "Message",
  write: "Write a message…",
  send: "Send",
  emoji: "Emoji",
  attach: "Add images or files",
  drop: "Drop files here to add them",
  staged: "Files to send",
  remove: "Remove {name}",
  too_large: "“{name}” is {size}. Files can be up to {limit}.",
  empty: "“{name}” is empty.",
  wrong_type: "“{name}” cannot be sent: files of this type are not accepted here.",
  too_long: "{count} characters over the limit",
  dismiss: "Dismiss",
  you: "You",
  chatting_as: "Chatting as {name}",
  waiting: "Waiting to be sent",
  sending: "Sending",
  sent: "Sent",
  delivered: "Delivered",
  read: "Read",
  failed: "Not delivered",
  failed_refused: "Not delivered: this message was not accepted. Write it differently, or try again later.",
  failed_file_refused: "Not delivered: this file was not accepted. Send it in another format, or try again later.",
  failed_file_gone: "Not delivered: the file no longer exists. Please send it again.",
  refused: "This message was not accepted.",
  file_refused: "This file was not accepted.",
  unsafe_file: "“{name}” was not accepted: programs, scripts, web pages, documents with macros and damaged files are not accepted here. Send a PDF or an image instead.",
  unsafe_name: "“{name}” was not accepted: its name hides what kind of file it is. Rename it and send it again.",
  file_lost: "The file is no longer on this device. Please choose it again.",
  try_again: "Try again",
  discard: "Discard",
  uploading: "Sending {name}",
  is_typing: "{name} is typing",
  someone_typing: "Someone is typing",
  today: "Today",
  yesterday: "Yesterday",
  earlier: "Show earlier messages",
  latest: "New messages",
  offline: "You are offline. Your messages are kept, and sent when you are back online.",
  unreachable: "The chat cannot be reached right now. Your messages are kept and sent later.",
  image: "Image",
  audio: "Audio",
  video: "Video",
  file: "File",
  location: "Location",
  new_tab: "opens in a new tab",
  chosen: "chosen",
  cards: "Cards",
  automatic: "Automated",
  busy: "That was a lot at once. Please wait a moment and try again.",
  too_many_chats: "You have too many chats. Erase one of them, then start a new one.",
  closed: "The chat is closed at the moment. You can read your messages; please come back later to write.",
  did_not_work: "Something went wrong. Please try again.",
  rename: "Change name",
  rename_title: "Change your name",
  save: "Save",
  message_options: "Options for “{text}”",
  edit: "Edit",
  edit_title: "Edit message",
  delete: "Delete",
  delete_title: "Delete this message?",
  delete_text: "It will be permanently deleted. The agent may have read it already, and will see that you deleted it.",
  edited: "edited",
  text_missing: "Please enter a text, or delete the message.",
  unchangeable: "This message can no longer be changed. Please write a new one.",
  message_gone: "This message no longer exists.",
  react: "React",
  reply: "Reply",
  message_deleted: "Message deleted",
  said_reacted: "{name} reacted {emoji} to “{text}”",
  said_unreacted: "{name} removed {emoji} from “{text}”",
  push_offer: "Would you like a notification when we reply and this page is closed?",
  push_yes: "Notify me",
  push_no: "No, thank you",
  push_on: "Turn notifications on",
  push_off: "Turn notifications off",
  push_is_on: "You will be notified of replies while this page is closed.",
  push_is_off: "You will not be notified any more.",
  push_blocked: "This browser does not allow notifications from this page. You can change this in its settings."
};

// texts-es.js
var texts_es_default = {
  your_name: "Su nombre",
  name_hint: "Para saber cómo dirigirnos a usted.",
  name_missing: "Escriba su nombre, por favor.",
  start: "Iniciar chat",
  your_chats: "Sus chats",
  new_chat: "Nuevo chat",
  nothing_yet: "Aún no hay nada escrito",
  unread: "Nuevos: {count}",
  back: "Volver a sus chats",
  close: "Cerrar la ventana del chat",
  more: "Más",
  erase_chat: "Borrar este chat",
  erase_chat_title: "¿Borrar este chat?",
  erase_chat_text: "Todos sus mensajes y archivos se eliminarán para siempre.",
  erase_all: "Borrar todo",
  erase_all_title: "¿Borrar todos sus chats?",
  erase_all_text: "Todos sus chats, con sus mensajes y archivos, se eliminarán para siempre, y este navegador le olvidará.",
  erase: "Borrar",
  cancel: "Cancelar",
  chat_erased: "El chat se ha borrado.",
  all_erased: "Se ha borrado todo.",
  chat_gone: "Este chat ya no existe.",
  access_ended: "Sus chats anteriores ya no existen. Puede iniciar uno nuevo.",
  messages: "Mensajes",
  message: "Mensaje",
  write: "Escriba un mensaje…",
  send: "Enviar",
  emoji: "Emojis",
  attach: "Añadir imágenes o archivos",
  drop: "Suelte los archivos para añadirlos",
  staged: "Archivos para enviar",
  remove: "Quitar {name}",
  too_large: "«{name}» ocupa {size}. Un archivo puede ocupar hasta {limit}.",
  empty: "«{name}» está vacío.",
  wrong_type: "«{name}» no se puede enviar: aquí no se admite este tipo de archivo.",
  too_long: "Sobran {count} caracteres",
  dismiss: "Ocultar",
  you: "Usted",
  chatting_as: "Escribe como {name}",
  waiting: "Pendiente de enviar",
  sending: "Enviando",
  sent: "Enviado",
  delivered: "Entregado",
  read: "Leído",
  failed: "No entregado",
  failed_refused: "No entregado: este mensaje no se aceptó. Escríbalo de otra forma o inténtelo más tarde.",
  failed_file_refused: "No entregado: este archivo no se aceptó. Envíelo en otro formato o inténtelo más tarde.",
  failed_file_gone: "No entregado: el archivo ya no está. Envíelo de nuevo.",
  refused: "Este mensaje no fue aceptado.",
  file_refused: "Este archivo no fue aceptado.",
  unsafe_file: "No se ha aceptado «{name}»: aquí no se admiten programas, scripts, páginas web, documentos con macros ni archivos dañados. Envíe un PDF o una imagen en su lugar.",
  unsafe_name: "No se ha aceptado «{name}»: su nombre oculta qué tipo de archivo es. Cámbiele el nombre y envíelo de nuevo.",
  file_lost: "El archivo ya no está en este dispositivo. Elíjalo de nuevo, por favor.",
  try_again: "Reintentar",
  discard: "Descartar",
  uploading: "Enviando {name}",
  is_typing: "{name} está escribiendo",
  someone_typing: "Se está escribiendo una respuesta",
  today: "Hoy",
  yesterday: "Ayer",
  earlier: "Mostrar mensajes anteriores",
  latest: "Mensajes nuevos",
  offline: "Está sin conexión. Lo que escriba se guarda y se envía cuando vuelva.",
  unreachable: "No se puede acceder al chat en este momento. Lo que escriba se guarda y se envía más tarde.",
  image: "Imagen",
  audio: "Audio",
  video: "Vídeo",
  file: "Archivo",
  location: "Ubicación",
  new_tab: "se abre en una pestaña nueva",
  chosen: "elegido",
  cards: "Tarjetas",
  automatic: "Automático",
  busy: "Eso fue mucho de una vez. Espere un momento e inténtelo de nuevo.",
  too_many_chats: "Tiene demasiados chats. Borre uno y después inicie otro.",
  closed: "El chat está cerrado en este momento. Puede leer lo que se ha escrito; vuelva más tarde para escribir.",
  did_not_work: "No ha funcionado. Inténtelo de nuevo, por favor.",
  rename: "Cambiar el nombre",
  rename_title: "Cambiar su nombre",
  save: "Guardar",
  message_options: "Opciones de «{text}»",
  edit: "Editar",
  edit_title: "Editar el mensaje",
  delete: "Eliminar",
  delete_title: "¿Eliminar este mensaje?",
  delete_text: "Se elimina definitivamente. Quien le responde puede haberlo leído y ve que se eliminó.",
  edited: "editado",
  text_missing: "Escriba algo o elimine el mensaje.",
  unchangeable: "Este mensaje ya no se puede cambiar. Escriba uno nuevo.",
  message_gone: "Este mensaje ya no está.",
  react: "Reaccionar",
  reply: "Responder",
  message_deleted: "Mensaje eliminado",
  said_reacted: "{name}: reacción {emoji} a «{text}»",
  said_unreacted: "{name}: reacción {emoji} quitada de «{text}»",
  push_offer: "¿Quiere una notificación cuando respondamos y esta página esté cerrada?",
  push_yes: "Avisarme",
  push_no: "No, gracias",
  push_on: "Activar las notificaciones",
  push_off: "Desactivar las notificaciones",
  push_is_on: "Recibirá un aviso de las respuestas mientras esta página esté cerrada.",
  push_is_off: "Ya no recibirá avisos.",
  push_blocked: "Este navegador no permite notificaciones de esta página. Puede cambiarlo en sus ajustes."
};

// texts-fi.js
var texts_fi_default = {
  your_name: "Nimesi",
  name_hint: "Jotta tiedämme, miten puhutella sinua.",
  name_missing: "Kirjoita nimesi.",
  start: "Aloita keskustelu",
  your_chats: "Keskustelusi",
  new_chat: "Uusi keskustelu",
  nothing_yet: "Ei vielä viestejä",
  unread: "Uusia: {count}",
  back: "Takaisin keskusteluihin",
  close: "Sulje keskusteluikkuna",
  more: "Lisää",
  erase_chat: "Poista tämä keskustelu",
  erase_chat_title: "Poistetaanko tämä keskustelu?",
  erase_chat_text: "Kaikki sen viestit ja tiedostot poistetaan pysyvästi.",
  erase_all: "Poista kaikki",
  erase_all_title: "Poistetaanko kaikki keskustelusi?",
  erase_all_text: "Kaikki keskustelusi viesteineen ja tiedostoineen poistetaan pysyvästi, ja tämä selain unohtaa sinut.",
  erase: "Poista",
  cancel: "Peruuta",
  chat_erased: "Keskustelu on poistettu.",
  all_erased: "Kaikki on poistettu.",
  chat_gone: "Tätä keskustelua ei enää ole.",
  access_ended: "Aiempia keskustelujasi ei enää ole. Voit aloittaa uuden.",
  messages: "Viestit",
  message: "Viesti",
  write: "Kirjoita viesti…",
  send: "Lähetä",
  emoji: "Emojit",
  attach: "Lisää kuvia tai tiedostoja",
  drop: "Pudota tiedostot tähän",
  staged: "Lähetettävät tiedostot",
  remove: "Poista {name}",
  too_large: "”{name}” on {size}. Tiedosto voi olla enintään {limit}.",
  empty: "”{name}” on tyhjä.",
  wrong_type: "Tiedostoa ”{name}” ei voi lähettää: tämäntyyppisiä tiedostoja ei oteta vastaan.",
  too_long: "{count} merkkiä liikaa",
  dismiss: "Piilota",
  you: "Sinä",
  chatting_as: "Kirjoitat nimellä {name}",
  waiting: "Odottaa lähetystä",
  sending: "Lähetetään",
  sent: "Lähetetty",
  delivered: "Toimitettu",
  read: "Luettu",
  failed: "Ei toimitettu",
  failed_refused: "Ei toimitettu: tätä viestiä ei hyväksytty. Kirjoita se toisin tai yritä myöhemmin uudelleen.",
  failed_file_refused: "Ei toimitettu: tätä tiedostoa ei hyväksytty. Lähetä se toisessa muodossa tai yritä myöhemmin uudelleen.",
  failed_file_gone: "Ei toimitettu: tiedostoa ei enää ole. Lähetä se uudelleen.",
  refused: "Viestiä ei hyväksytty.",
  file_refused: "Tiedostoa ei hyväksytty.",
  unsafe_file: "Tiedostoa ”{name}” ei hyväksytty: ohjelmia, komentosarjoja, verkkosivuja, makroja sisältäviä asiakirjoja ja viallisia tiedostoja ei oteta vastaan. Lähetä sen sijaan PDF tai kuva.",
  unsafe_name: "Tiedostoa ”{name}” ei hyväksytty: sen nimi peittää, millainen tiedosto se on. Nimeä se uudelleen ja lähetä se uudestaan.",
  file_lost: "Tiedosto ei ole enää tällä laitteella. Valitse se uudelleen.",
  try_again: "Yritä uudelleen",
  discard: "Hylkää",
  uploading: "Lähetetään {name}",
  is_typing: "{name} kirjoittaa",
  someone_typing: "Vastausta kirjoitetaan",
  today: "Tänään",
  yesterday: "Eilen",
  earlier: "Näytä aiemmat viestit",
  latest: "Uusia viestejä",
  offline: "Olet offline-tilassa. Kirjoittamasi säilyy ja lähetetään, kun yhteys palaa.",
  unreachable: "Keskusteluun ei juuri nyt saada yhteyttä. Kirjoittamasi säilyy ja lähetetään myöhemmin.",
  image: "Kuva",
  audio: "Ääni",
  video: "Video",
  file: "Tiedosto",
  location: "Sijainti",
  new_tab: "avautuu uuteen välilehteen",
  chosen: "valittu",
  cards: "Kortit",
  automatic: "Automaattinen",
  busy: "Liian paljon kerralla. Odota hetki ja yritä uudelleen.",
  too_many_chats: "Sinulla on liian monta keskustelua. Poista yksi niistä ja aloita sitten uusi.",
  closed: "Keskustelu on juuri nyt suljettu. Voit lukea, mitä on kirjoitettu; tule myöhemmin takaisin kirjoittamaan.",
  did_not_work: "Se ei onnistunut. Yritä uudelleen.",
  rename: "Vaihda nimi",
  rename_title: "Vaihda nimesi",
  save: "Tallenna",
  message_options: "Valinnat viestille ”{text}”",
  edit: "Muokkaa",
  edit_title: "Muokkaa viestiä",
  delete: "Poista",
  delete_title: "Poistetaanko tämä viesti?",
  delete_text: "Viesti poistetaan pysyvästi. Vastaaja on ehkä jo lukenut sen ja näkee, että se on poistettu.",
  edited: "muokattu",
  text_missing: "Kirjoita jotain tai poista viesti.",
  unchangeable: "Tätä viestiä ei voi enää muuttaa. Kirjoita uusi viesti.",
  message_gone: "Viestiä ei enää ole.",
  react: "Reagoi",
  reply: "Vastaa",
  message_deleted: "Viesti poistettu",
  said_reacted: "{name}: reaktio {emoji} viestiin ”{text}”",
  said_unreacted: "{name}: reaktio {emoji} poistettu viestistä ”{text}”",
  push_offer: "Haluatko ilmoituksen, kun vastaamme ja tämä sivu on suljettu?",
  push_yes: "Ilmoita minulle",
  push_no: "Ei kiitos",
  push_on: "Ota ilmoitukset käyttöön",
  push_off: "Poista ilmoitukset käytöstä",
  push_is_on: "Saat ilmoituksen vastauksista, kun tämä sivu on suljettu.",
  push_is_off: "Et saa enää ilmoituksia.",
  push_blocked: "Tämä selain ei salli tämän sivun ilmoituksia. Voit muuttaa sen selaimen asetuksista."
};

// texts-fr.js
var texts_fr_default = {
  your_name: "Votre nom",
  name_hint: "Pour que nous sachions comment vous appeler.",
  name_missing: "Veuillez écrire votre nom.",
  start: "Démarrer la discussion",
  your_chats: "Vos discussions",
  new_chat: "Nouvelle discussion",
  nothing_yet: "Rien d’écrit pour l’instant",
  unread: "Nouveaux messages : {count}",
  back: "Retour à vos discussions",
  close: "Fermer la fenêtre de discussion",
  more: "Plus",
  erase_chat: "Effacer cette discussion",
  erase_chat_title: "Effacer cette discussion ?",
  erase_chat_text: "Tous ses messages et fichiers seront supprimés définitivement.",
  erase_all: "Tout effacer",
  erase_all_title: "Effacer toutes vos discussions ?",
  erase_all_text: "Toutes vos discussions, avec leurs messages et fichiers, seront supprimées définitivement, et ce navigateur vous oubliera.",
  erase: "Effacer",
  cancel: "Annuler",
  chat_erased: "La discussion a été effacée.",
  all_erased: "Tout a été effacé.",
  chat_gone: "Cette discussion n’existe plus.",
  access_ended: "Vos discussions précédentes n’existent plus. Vous pouvez en démarrer une nouvelle.",
  messages: "Messages",
  message: "Message",
  write: "Écrire un message…",
  send: "Envoyer",
  emoji: "Émojis",
  attach: "Ajouter des images ou des fichiers",
  drop: "Déposez les fichiers pour les ajouter",
  staged: "Fichiers à envoyer",
  remove: "Retirer {name}",
  too_large: "« {name} » fait {size}. Un fichier peut faire jusqu’à {limit}.",
  empty: "« {name} » est vide.",
  wrong_type: "« {name} » ne peut pas être envoyé : ce type de fichier n’est pas accepté ici.",
  too_long: "{count} caractères de trop",
  dismiss: "Masquer",
  you: "Vous",
  chatting_as: "Vous écrivez en tant que {name}",
  waiting: "En attente d’envoi",
  sending: "Envoi en cours",
  sent: "Envoyé",
  delivered: "Remis",
  read: "Lu",
  failed: "Non remis",
  failed_refused: "Non remis : ce message n’a pas été accepté. Écrivez-le autrement ou réessayez plus tard.",
  failed_file_refused: "Non remis : ce fichier n’a pas été accepté. Envoyez-le dans un autre format ou réessayez plus tard.",
  failed_file_gone: "Non remis : le fichier n’est plus là. Veuillez l’envoyer à nouveau.",
  refused: "Ce message n’a pas été accepté.",
  file_refused: "Ce fichier n’a pas été accepté.",
  unsafe_file: "« {name} » n’a pas été accepté : les programmes, les scripts, les pages web, les documents avec macros et les fichiers endommagés ne sont pas acceptés ici. Envoyez plutôt un PDF ou une image.",
  unsafe_name: "« {name} » n’a pas été accepté : son nom cache de quel type de fichier il s’agit. Renommez-le et envoyez-le à nouveau.",
  file_lost: "Le fichier n’est plus sur cet appareil. Veuillez le choisir à nouveau.",
  try_again: "Réessayer",
  discard: "Abandonner",
  uploading: "Envoi de {name}",
  is_typing: "{name} écrit",
  someone_typing: "Une réponse est en cours d’écriture",
  today: "Aujourd’hui",
  yesterday: "Hier",
  earlier: "Afficher les messages précédents",
  latest: "Nouveaux messages",
  offline: "Vous êtes hors ligne. Ce que vous écrivez est gardé et envoyé à votre retour.",
  unreachable: "La discussion est injoignable pour le moment. Ce que vous écrivez est gardé et envoyé plus tard.",
  image: "Image",
  audio: "Audio",
  video: "Vidéo",
  file: "Fichier",
  location: "Position",
  new_tab: "s’ouvre dans un nouvel onglet",
  chosen: "choisi",
  cards: "Cartes",
  automatic: "Automatique",
  busy: "Cela fait beaucoup à la fois. Attendez un instant et réessayez.",
  too_many_chats: "Vous avez trop de discussions. Effacez-en une, puis commencez-en une nouvelle.",
  closed: "La discussion est fermée pour le moment. Vous pouvez lire ce qui a été écrit ; revenez plus tard pour écrire.",
  did_not_work: "Cela n’a pas fonctionné. Veuillez réessayer.",
  rename: "Changer de nom",
  rename_title: "Changer votre nom",
  save: "Enregistrer",
  message_options: "Options pour « {text} »",
  edit: "Modifier",
  edit_title: "Modifier le message",
  delete: "Supprimer",
  delete_title: "Supprimer ce message ?",
  delete_text: "Il est supprimé définitivement. La personne qui vous répond l’a peut-être lu et voit qu’il a été supprimé.",
  edited: "modifié",
  text_missing: "Veuillez écrire quelque chose ou supprimer le message.",
  unchangeable: "Ce message ne peut plus être modifié. Veuillez en écrire un nouveau.",
  message_gone: "Ce message n’est plus là.",
  react: "Réagir",
  reply: "Répondre",
  message_deleted: "Message supprimé",
  said_reacted: "{name} : réaction {emoji} à « {text} »",
  said_unreacted: "{name} : réaction {emoji} retirée de « {text} »",
  push_offer: "Souhaitez-vous une notification lorsque nous répondons et que cette page est fermée ?",
  push_yes: "Me prévenir",
  push_no: "Non, merci",
  push_on: "Activer les notifications",
  push_off: "Désactiver les notifications",
  push_is_on: "Vous serez averti des réponses lorsque cette page est fermée.",
  push_is_off: "Vous ne serez plus averti.",
  push_blocked: "Ce navigateur n’autorise pas les notifications de cette page. Vous pouvez le changer dans ses réglages."
};

// texts.js
var LANGUAGES = { en: texts_en_default, de: texts_de_default, fr: texts_fr_default, es: texts_es_default, fi: texts_fi_default };
var texts = LANGUAGES.en;
var locale = "en";
function chooseTexts(ownersLanguage) {
  const wanted = [...navigator.languages, ownersLanguage].map((name) => String(name).slice(0, 2).toLowerCase());
  const language = wanted.find((name) => Object.hasOwn(LANGUAGES, name)) ?? "en";
  texts = LANGUAGES[language];
  locale = navigator.languages.find((name) => name.startsWith(language)) ?? language;
  document.documentElement.lang = language;
}
function t(name, values = {}) {
  return texts[name].replace(/\{(\w+)\}/gu, (_, placeholder) => String(values[placeholder]));
}
var timeOf = (at) => new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" }).format(new Date(at));
function dayOf(at, now = /* @__PURE__ */ new Date()) {
  const day = new Date(at);
  const days = Math.round((midnight(now) - midnight(day)) / 864e5);
  if (days <= 0) return t("today");
  if (days === 1) return t("yesterday");
  const year = day.getFullYear() === now.getFullYear() ? void 0 : "numeric";
  const style = days < 7 ? { weekday: "long" } : { day: "numeric", month: "long", year };
  return new Intl.DateTimeFormat(locale, style).format(day);
}
function shortTimeOf(at, now = /* @__PURE__ */ new Date()) {
  const day = new Date(at);
  if (midnight(day) >= midnight(now)) return timeOf(at);
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" }).format(day);
}
var midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);
function sizeOf(bytes) {
  const [amount, unit] = bytes < 1024 ** 2 ? [Math.max(1, bytes / 1024), "kilobyte"] : [bytes / 1024 ** 2, "megabyte"];
  const maximumFractionDigits = amount < 10 ? 1 : 0;
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits }).format(amount);
}

// connection.js
var TOLERATED_FAILURES = 1;
function makeConnectionBar(onRecovery) {
  const text = el("span");
  const bar = el("div", { class: "bar", role: "status", hidden: true }, icon("offline"), text);
  let failures = 0;
  const show = () => {
    bar.hidden = navigator.onLine && failures <= TOLERATED_FAILURES;
    text.textContent = bar.hidden ? "" : t(navigator.onLine ? "unreachable" : "offline");
  };
  const succeeded = () => {
    const before = failures;
    failures = 0;
    show();
    if (before) onRecovery();
  };
  const failed = () => {
    failures += 1;
    show();
  };
  addEventListener("offline", show);
  addEventListener("online", show);
  show();
  return { bar, succeeded, failed };
}

// quotes.js
var LONGEST = 40;
function firstWords({ text, attachment: attachment2, cards: cards2, location: location3 }) {
  const [card] = cards2;
  const words = (text || attachment2?.name || card?.title || card?.text || location3?.label || "").replace(/\s+/gu, " ");
  const characters = [...words];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST).join("")}…` : words;
}
var authorOf = ({ mine, sender }) => mine ? t("you") : sender?.name ?? "";
function withQuotes(messages, hasEarlier) {
  const known = new Map(messages.map((message) => [message.id, message]));
  return messages.map((message) => {
    if (!message.reply_to) return message;
    return { ...message, quote: makeQuote(message.reply_to, known.get(message.reply_to), hasEarlier) };
  });
}
function makeQuote(id, message, hasEarlier = false) {
  if (message && !message.deleted) return { id, author: authorOf(message), text: firstWords(message), leads: true };
  const leads = !message && hasEarlier;
  return { id, author: "", text: t(leads ? "earlier" : "message_deleted"), leads };
}

// changes.js
function describeChange(before, now, title) {
  if (now.deleted) return before.deleted ? "" : t("message_deleted");
  for (const { mine, name } of [...now.reactions, ...before.reactions]) {
    const [old, emoji] = [emojiOf(before, mine, name), emojiOf(now, mine, name)];
    const values = { name: mine ? t("you") : name || title, emoji: emoji || old, text: firstWords(now) };
    if (old !== emoji) return t(emoji ? "said_reacted" : "said_unreacted", values);
  }
  if (!now.edited || before.text === now.text) return "";
  return `${now.mine ? t("you") : now.sender?.name || title}: ${t("edited")}`;
}
var emojiOf = ({ reactions }, mine, name = "") => reactions.find((one) => one.mine === mine && one.name === name)?.emoji ?? "";
var withoutWords = (message) => ({
  ...message,
  text: "",
  attachment: null,
  cards: [],
  location: null,
  buttons: [],
  reactions: [],
  reply_to: null,
  deleted: true
});

// attachments.js
var TYPES_BY_EXTENSION = { heic: "image/heic", heif: "image/heif", m4a: "audio/mp4", csv: "text/csv" };
var UNKNOWN = "application/octet-stream";
var PREVIEWED = /^(?:image\/(?:jpeg|png|gif|webp|avif|bmp)|(?:audio|video)\/.+)$/u;
function makeTray(limits, refuse, changed) {
  const list = el("ul", { class: "tray", "aria-label": t("staged"), hidden: true });
  let staged = [];
  const show = () => {
    list.hidden = !staged.length;
    list.replaceChildren(...staged.map((one) => chip(one, () => drop(one))));
    changed();
  };
  const drop = (dropped) => {
    if (dropped.preview) URL.revokeObjectURL(dropped.preview);
    staged = staged.filter((one) => one !== dropped);
    show();
  };
  const add = (files2) => {
    for (const file of [...files2].map(withType)) {
      const problem = problemOf(file, limits);
      if (problem) refuse(problem);
      else staged.push({ file, preview: kindOf(file.type) === "image" ? URL.createObjectURL(file) : "" });
    }
    show();
  };
  const take = () => {
    const taken = staged;
    staged = [];
    show();
    return taken;
  };
  return { list, add, take, count: () => staged.length };
}
function chip({ file, preview }, remove) {
  const image2 = preview ? el("img", { src: preview, alt: "" }) : el("span", { class: "file-icon" }, icon("file"));
  const name = el("b", { dir: "auto" }, file.name);
  const facts = el("span", { class: "file-text" }, name, el("small", {}, sizeOf(file.size)));
  return el("li", {}, image2, facts, iconButton("close", t("remove", { name: file.name }), remove));
}
function withType(file) {
  if (file.type) return file;
  const type = TYPES_BY_EXTENSION[extensionOf(file.name)] ?? UNKNOWN;
  return new File([file], file.name, { type, lastModified: file.lastModified });
}
var baseType = (type) => type.split(";")[0].trim().toLowerCase();
function kindOf(type) {
  const base = baseType(type);
  return PREVIEWED.test(base) ? (
    /** @type {AttachmentKind} */
    base.split("/")[0]
  ) : "file";
}
var extensionOf = (name) => (name.trim().split(".").pop() ?? "").toLowerCase();
function problemOf({ name, size, type }, { max_bytes: limit, types, extensions }) {
  if (!size) return t("empty", { name });
  if (size > limit) return t("too_large", { name, size: sizeOf(size), limit: sizeOf(limit) });
  const base = baseType(type);
  const matches = types.some((one) => one.endsWith("/*") ? base.startsWith(one.slice(0, -1)) : base === one);
  const isUnknown = (!base || base === UNKNOWN) && !name.trim().includes(".");
  return matches || isUnknown || extensions.includes(extensionOf(name)) ? "" : t("wrong_type", { name });
}
function makeChooser(limits, add) {
  const accept = [...limits.types, ...limits.extensions.map((one) => `.${one}`)].join(",");
  const input = el("input", {
    type: "file",
    multiple: true,
    accept,
    hidden: true,
    tabindex: "-1",
    "aria-hidden": "true"
  });
  input.addEventListener("change", () => {
    if (input.files) add(input.files);
    input.value = "";
  });
  return { input, button: iconButton("clip", t("attach"), () => input.click()) };
}

// loading.js
async function loadLater() {
  let isWanted = true;
  const cancel = ({ key }) => {
    if (key === "Escape") isWanted = false;
  };
  document.body.dataset.loading = "";
  addEventListener("keydown", cancel);
  try {
    const later = await import("./later.js");
    return isWanted ? later : null;
  } finally {
    delete document.body.dataset.loading;
    removeEventListener("keydown", cancel);
  }
}

// composer.js
var TALLEST = 136;
var COUNT_FROM = 200;
var Composer = class {
  /**
   * `typing` is called with each change: whether there is text. `draft` stores what is not sent yet.
   * @param {About} about
   * @param {{ send: (text: string, files: StagedFile[], replyTo: string) => void,
   *   typing: (hasText: boolean) => void }} actions
   * @param {StoredValue<string>} draft
   */
  constructor(about, actions, draft) {
    this.limit = about.text_limit;
    this.actions = actions;
    this.draft = draft;
    this.box = el("textarea", {
      rows: "1",
      dir: "auto",
      "aria-label": t("message"),
      placeholder: t("write"),
      enterkeyhint: "send",
      autocomplete: "off"
    });
    this.count = el("span", { class: "count", role: "status", hidden: true });
    this.problems = makeProblemBox();
    this.answer = null;
    this.tray = makeTray(about.upload, this.problems.add, () => this.#fit());
    this.submit = iconButton("send", t("send"), null, { type: "submit", class: "icon-button send" });
    this.form = this.#build(about);
    this.#listen();
    this.box.value = draft.get() ?? "";
    requestAnimationFrame(() => this.#fit());
  }
  focus() {
    this.box.focus();
  }
  /** @param {string} text What did not work. */
  showProblem(text) {
    this.problems.clear();
    this.problems.add(text);
  }
  /** @param {FileList} files Each is staged, or the reason why not is shown. */
  add(files2) {
    this.problems.clear();
    this.tray.add(files2);
    this.box.focus();
  }
  /** @param {About} about */
  #build(about) {
    const chooser = makeChooser(about.upload, (files2) => this.add(files2));
    const emoji = iconButton("smile", t("emoji"), null, { "aria-expanded": "false" });
    emoji.addEventListener("click", () => this.#openEmoji(emoji), { once: true });
    const field = el("div", { class: "field" }, this.box, emoji);
    const row = el("div", { class: "row" }, chooser.button, chooser.input, field, this.submit);
    return el("form", { class: "composer" }, this.problems.box, this.tray.list, this.count, row);
  }
  /** @param {HTMLElement} button pressed for the first time: from then on it opens the choice itself */
  async #openEmoji(button) {
    const later = await loadLater().catch(() => this.showProblem(t("did_not_work")));
    if (!later) return button.addEventListener("click", () => this.#openEmoji(button), { once: true });
    const { panel, open } = later.makeEmojiPicker(button, (sign) => insert(this.box, sign));
    this.form.append(panel);
    open();
  }
  #listen() {
    this.box.addEventListener("input", () => {
      this.#fit();
      this.draft.set(this.box.value);
      this.actions.typing(Boolean(this.box.value.trim()));
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.form.requestSubmit();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }
  #send() {
    const text = this.box.value.trim();
    if (!text && !this.tray.count() || this.#excess() > 0) return;
    this.box.value = "";
    this.draft.remove();
    this.problems.clear();
    this.actions.send(text, this.tray.take(), this.answer?.take() ?? "");
    this.#fit();
    if (document.activeElement === this.submit && hasMouse()) this.box.focus();
  }
  /** How many characters there are too many; below zero when there is room. */
  #excess() {
    return this.box.value.trim().length - this.limit;
  }
  #fit() {
    const excess = this.#excess();
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, TALLEST)}px`;
    this.form.classList.toggle("ready", Boolean(this.box.value.trim() || this.tray.count()) && excess <= 0);
    this.count.hidden = excess < -COUNT_FROM;
    this.count.classList.toggle("over", excess > 0);
    this.count.textContent = excess > 0 ? t("too_long", { count: excess }) : String(-excess);
  }
};
function makeProblemBox() {
  const texts2 = el("div", { class: "complaint-text", role: "alert" });
  const clear = () => {
    texts2.replaceChildren();
    box.hidden = true;
  };
  const close = iconButton("close", t("dismiss"), clear);
  const box = el("div", { class: "complaint", hidden: true }, icon("warn"), texts2, close);
  const add = (problem) => {
    box.hidden = false;
    texts2.append(el("p", { dir: "auto" }, problem));
  };
  return { box, add, clear };
}
function insert(box, text) {
  box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input"));
  box.focus();
}

// dialogs.js
var PROBLEMS = {
  closed: "closed",
  too_many: "busy",
  unchangeable: "unchangeable",
  erased: "message_gone",
  unknown_message: "message_gone"
};
function confirmErasing(title, text, action = t("erase")) {
  const cancel = el("button", { value: "", class: "button", autofocus: true }, t("cancel"));
  const erase = el("button", { value: "erase", class: "button danger" }, action);
  const form = el(
    "form",
    { method: "dialog" },
    el("h2", { id: "question" }, title),
    el("p", {}, text),
    el("div", { class: "answers" }, cancel, erase)
  );
  const dialog = el("dialog", { "aria-labelledby": "question", class: "question" }, form);
  return openDialog(dialog, "erase");
}
function openDialog(dialog, value) {
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === value);
    });
  });
}
function askForText({ title, label, missing, value, limit, multiline = false, save }) {
  const attributes = {
    id: "text",
    maxlength: limit,
    dir: "auto",
    autocomplete: "off",
    "aria-describedby": "text-problem",
    autofocus: true
  };
  const field = multiline ? el("textarea", { rows: "4", ...attributes }) : el("input", { type: "text", ...attributes });
  const problem = el("p", { id: "text-problem", class: "problem", role: "alert" });
  const dialog = el("dialog", { "aria-labelledby": "question", class: "question asks" });
  const cancel = el("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("cancel"));
  const submit = el("button", { type: "submit", class: "button primary" }, t("save"));
  const form = el(
    "form",
    { method: "dialog", novalidate: true },
    el("h2", { id: "question" }, title),
    el("label", { for: "text" }, label),
    field,
    problem,
    el("div", { class: "answers" }, cancel, submit)
  );
  dialog.append(form);
  field.value = value;
  field.addEventListener("keydown", (event) => {
    if (!(event instanceof KeyboardEvent)) return;
    if (!multiline || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    problem.textContent = text ? "" : missing;
    field.setAttribute("aria-invalid", String(!text));
    if (!text) return field.focus();
    submit.disabled = true;
    try {
      await save(text);
      dialog.close("saved");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.textContent = t(PROBLEMS[error.code] ?? "did_not_work");
    } finally {
      submit.disabled = false;
    }
  });
  return openDialog(dialog, "saved");
}
function makeMoreMenu(label, items) {
  const button = iconButton("more", label);
  const offered = typeof items === "function" ? items : () => items;
  return [button, makeMenu(button, label, { icon, items: offered, align: "end" })];
}

// format.js
var EMOJI = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier}|\u200D\p{Extended_Pictographic})*){1,3}$/u;
var LONGEST_EMOJI = 60;
var URL_PATTERN = /(https?:\/\/(?:[!#-&(-;=?-_a-~·・]|(?![\p{P}\p{Cf}])[^\p{ASCII}\s])+)/iu;
var PUNCTUATION = ".,;:!?'";
var BRACKETS = { ")": "(", "]": "[", "}": "{" };
function paragraph(text) {
  if (!text) return null;
  const large = text.length <= LONGEST_EMOJI && EMOJI.test(text.replace(/\s/gu, ""));
  return el("p", { class: large ? "text big" : "text", dir: "auto" }, linkify(text));
}
function linkify(text) {
  return text.split(URL_PATTERN).flatMap((part, index) => {
    if (index % 2 === 0) return [part];
    const url = trimEnd(part);
    if (!URL.canParse(url)) return [part];
    return [el("a", { href: url, dir: "ltr", ...NEW_TAB }, url), part.slice(url.length)];
  });
}
function trimEnd(url) {
  const count = (sign) => url.split(sign).length;
  const unopened = Object.fromEntries(
    Object.entries(BRACKETS).map(([close, open]) => [close, count(close) - count(open)])
  );
  let end = url.length;
  for (; end > 0; end -= 1) {
    const last = url[end - 1];
    if (unopened[last] > 0) unopened[last] -= 1;
    else if (!PUNCTUATION.includes(last)) break;
  }
  return url.slice(0, end);
}
var decimalDegrees = (degrees) => degrees.toFixed(7).replace(/\.?0+$/u, "").replace(/^-0$/u, "0");

// content.js
var opensNewTab = () => spoken(` (${t("new_tab")})`);
function attachment(file) {
  if (!file) return null;
  const name = file.name || t(file.kind);
  const source = file.local || webUrl(file.url);
  if (!source) return fileLink(null, name, file);
  if (file.kind === "image") return image(source, name);
  const controls = { src: source, controls: true, preload: "metadata", "aria-label": name };
  if (file.kind === "video") return el("video", { ...controls, playsinline: true });
  if (file.kind === "audio") return el("audio", controls);
  return fileLink(source, name, file);
}
function image(source, name) {
  const img = el("img", { src: source, alt: name, loading: "lazy" });
  return el("a", { class: "image", href: source, ...NEW_TAB }, img, opensNewTab());
}
function fileLink(source, name, { size }) {
  const label = el("b", { dir: "auto" }, name);
  const facts = el("span", { class: "file-text" }, label, size ? el("small", {}, sizeOf(size)) : null);
  const inside = [el("span", { class: "file-icon" }, icon("file")), facts];
  if (!source) return el("span", { class: "file" }, inside);
  return el("a", { class: "file", href: source, download: name, ...NEW_TAB }, inside, opensNewTab());
}
function location2(place2) {
  if (!place2) return null;
  const { latitude, longitude, label } = place2;
  const href = `https://maps.google.com/?q=${decimalDegrees(latitude)},${decimalDegrees(longitude)}`;
  const coordinates = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  const name = el("b", { dir: "auto" }, label || t("location"));
  const facts = el("span", { class: "file-text" }, name, el("small", {}, coordinates));
  const pin = el("span", { class: "file-icon" }, icon("pin"));
  return el("a", { class: "file", href, ...NEW_TAB }, pin, facts, opensNewTab());
}
function cards(list, tapped, tap) {
  if (!list.length) return null;
  const one = (card) => {
    const source = webUrl(card.image);
    const text = el(
      "div",
      { class: "card-text" },
      card.title ? el("b", { dir: "auto" }, card.title) : null,
      card.text ? el("p", { dir: "auto" }, linkify(card.text)) : null
    );
    return el(
      "div",
      { class: "card" },
      source ? el("img", { src: source, alt: "", loading: "lazy", referrerpolicy: "no-referrer" }) : null,
      text,
      buttons(card.buttons, tapped, tap)
    );
  };
  return el("div", { class: "cards", role: "group", tabindex: "0", "aria-label": t("cards") }, list.map(one));
}
function buttons(list, tapped, tap) {
  if (!list.length) return null;
  return el(
    "div",
    { class: "choices" },
    list.map((button) => choice(button, tapped, tap))
  );
}
function choice(button, tapped, tap) {
  const { label, url } = button;
  if (url && /^tel:[+*#\d]+$/u.test(url)) {
    return el("a", { class: "choice", dir: "auto", href: url }, label, icon("phone"));
  }
  if (url) {
    return el("a", { class: "choice", dir: "auto", href: webUrl(url), ...NEW_TAB }, label, icon("link"), opensNewTab());
  }
  if (tapped === label) {
    return el("span", { class: "choice picked", dir: "auto" }, icon("check"), label, spoken(` (${t("chosen")})`));
  }
  if (tapped) return el("span", { class: "choice past", dir: "auto" }, label);
  return el("button", { type: "button", class: "choice", dir: "auto", onclick: () => tap(button) }, label);
}

// bubble.js
var ICONS2 = { waiting: "clock", sending: "clock", sent: "check", delivered: "ticks", read: "ticks", failed: "warn" };
function makeBubble(message, { follows, actions }) {
  const status = el("span", { class: "ticks", role: "img" });
  const remedies = el("div", { class: "remedies" });
  const uploading = t("uploading", { name: message.attachment?.name ?? "" });
  const bar = el("progress", { max: "1", "aria-label": uploading, hidden: true });
  const tap = (button) => actions.tap(message, button);
  const parts = [attachment(message.attachment), location2(message.location), paragraph(message.text)].filter(Boolean);
  const foot = el(
    "span",
    { class: "foot" },
    message.edited ? el("span", { class: "edited" }, t("edited")) : null,
    el("time", { datetime: message.at }, timeOf(message.at)),
    message.mine ? status : null
  );
  const hasImage = message.attachment?.kind === "image";
  const hasOnlyCards = !parts.length && message.cards.length > 0;
  const quote = message.quote ? quoteButton(message.quote, actions) : null;
  const look = hasOnlyCards ? "bare" : hasImage ? "bubble with-image" : "bubble";
  const bubble = el("div", { class: look }, quote, parts, bar, foot);
  const menu = message.unsent ? null : options(message, actions);
  const held2 = el("div", { class: "held" }, message.mine ? [...menu ?? [], bubble] : [bubble, ...menu ?? []]);
  const reactions = el("ul", { class: "reactions", "aria-live": "off" });
  const carousel = cards(message.cards, message.tapped, tap);
  const stack = el(
    "div",
    { class: "stack" },
    author(message, follows),
    hasOnlyCards ? carousel : null,
    held2,
    reactions,
    hasOnlyCards ? null : carousel,
    buttons(message.buttons, message.tapped, tap),
    remedies
  );
  const classes = ["message", message.mine ? "mine" : "theirs", follows ? "follows" : ""].join(" ").trim();
  const node = el("article", { class: classes }, message.mine ? null : avatar(message.sender?.name ?? ""), stack);
  const update = (now) => {
    node.classList.toggle("undelivered", now.state === "failed");
    showState(status, now.state);
    showProgress(bar, now);
    showFailure(remedies, now, actions);
    showReactions(reactions, now);
  };
  update(message);
  return { node, update };
}
function options(message, actions) {
  const items = [
    { icon: "smile", label: t("react"), act: () => actions.react(message, button), writes: true },
    { icon: "reply", label: t("reply"), act: () => actions.answer(message), writes: true }
  ];
  if (message.mine && message.text) {
    items.push({ icon: "pen", label: t("edit"), act: () => actions.edit(message), writes: true });
  }
  if (message.mine) items.push({ icon: "trash", label: t("delete"), act: () => actions.remove(message) });
  const [button, list] = makeMoreMenu(t("message_options", { text: firstWords(message) }), items);
  return [button, list];
}
function quoteButton(quote, actions) {
  if (!quote.leads) return el("div", { class: "quote" }, quoteText(quote));
  return el("button", { type: "button", class: "quote", onclick: () => actions.jump(quote.id) }, quoteText(quote));
}
var quoteText = ({ author: name, text }) => [
  name ? el("b", { dir: "auto" }, spoken(`${t("reply")}: `), name) : "",
  el("span", { dir: "auto" }, text)
];
function showReactions(list, { reactions }) {
  const shown = JSON.stringify(reactions);
  if (list.dataset.shown === shown) return;
  list.dataset.shown = shown;
  list.hidden = !reactions.length;
  list.replaceChildren(
    ...reactions.map(({ emoji, name }) => el("li", {}, el("span", { class: "sign" }, emoji), el("bdi", {}, name)))
  );
}
function author({ mine, sender }, follows) {
  if (mine || !sender) return spoken(`${t("you")}: `);
  const bot = sender.bot ? el("small", { class: "bot" }, t("automatic")) : null;
  return el("span", { class: follows ? "author spoken" : "author", dir: "auto" }, sender.name, bot);
}
function showState(status, state) {
  if (status.dataset.state === state) return;
  status.dataset.state = state;
  status.setAttribute("aria-label", t(state));
  status.title = t(state);
  status.replaceChildren(icon(ICONS2[state]));
}
function showProgress(bar, { state, progress }) {
  bar.hidden = state !== "sending" || progress === void 0;
  if (progress !== void 0) bar.value = progress;
}
function showFailure(remedies, message, actions) {
  const failed = message.mine && message.state === "failed";
  if (failed === Boolean(remedies.childElementCount)) return;
  remedies.replaceChildren();
  if (!failed) return;
  const text = message.explanation ?? explain(message);
  remedies.append(el("p", { class: "failure", dir: "auto" }, text), ...remediesOf(message, actions));
}
function explain({ reason, attachment: file }) {
  if (reason === "file_gone") return t("failed_file_gone");
  return t(file ? "failed_file_refused" : "failed_refused");
}
function remediesOf(message, actions) {
  const remedy = (name, sign, act) => el("button", { type: "button", class: "remedy", onclick: () => act(message) }, icon(sign), t(name));
  return [
    ...message.resendable ? [remedy("try_again", "again", actions.retry)] : [],
    ...message.unsent ? [remedy("discard", "trash", actions.discard)] : []
  ];
}

// message-list.js
var GROUP = 5 * 6e4;
var NEAR_END = 80;
var MessageList = class {
  /** @param {BubbleActions & { earlier: () => void }} actions `earlier` loads the page before */
  constructor(actions) {
    this.actions = actions;
    const attributes = { type: "button", class: "earlier", hidden: true, onclick: actions.earlier };
    this.earlier = el("button", attributes, t("earlier"));
    this.list = el("div", { class: "list" });
    this.typing = el("div", { class: "typing", "aria-hidden": "true", hidden: true }, el("i"), el("i"), el("i"));
    this.box = el(
      "div",
      { class: "log", role: "log", tabindex: "0", "aria-label": t("messages"), "aria-live": "off" },
      this.earlier,
      this.list,
      this.typing
    );
    this.down = el(
      "button",
      { type: "button", class: "latest", hidden: true, onclick: () => this.#scrollToEnd(true) },
      icon("down"),
      t("latest")
    );
    this.shown = /* @__PURE__ */ new Map();
    this.isAtEnd = true;
    this.observer = new ResizeObserver(() => this.isAtEnd && this.#scrollToEnd());
    this.#followEnd();
  }
  /**
   * @param {ShownMessage[]} messages
   * @param {{ hasEarlier: boolean, isLoaded: boolean }} state `isLoaded`: the service's messages are among them
   */
  show(messages, { hasEarlier, isLoaded }) {
    const isFirst = this.shown.size === 0;
    const anchor = this.list.firstElementChild;
    const before = anchor instanceof HTMLElement ? anchor.offsetTop : 0;
    const added = place(this.list, this.shown, itemsOf(messages), (item) => makeRow(item, this.actions));
    this.earlier.hidden = !hasEarlier;
    if (anchor instanceof HTMLElement && anchor.isConnected && !this.isAtEnd) {
      this.box.scrollTop += anchor.offsetTop - before;
    }
    if (!isFirst) this.#announce(added, messages.at(-1));
    if (this.isAtEnd) this.#scrollToEnd();
    if (isLoaded) setTimeout(() => this.box.setAttribute("aria-live", "polite"), 200);
  }
  /** @param {boolean} on */
  showTyping(on) {
    this.typing.hidden = !on;
    if (on && this.isAtEnd) this.#scrollToEnd();
  }
  /** Screen readers do not read what is shown next. */
  mute() {
    this.box.setAttribute("aria-live", "off");
  }
  /**
   * Shows and focuses a message. Returns whether it is in the list.
   * @param {string} id
   */
  jump(id) {
    const node = this.shown.get(id)?.node;
    if (!node) return false;
    const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    node.setAttribute("tabindex", "-1");
    node.focus({ preventScroll: true });
    node.scrollIntoView({ block: "center", behavior: reduced ? "instant" : "smooth" });
    return true;
  }
  close() {
    this.observer.disconnect();
  }
  /**
   * Scrolls to what the visitor writes. For other messages, a button appears for visitors who have scrolled away.
   * @param {{ message: ShownMessage, node: HTMLElement }[]} added
   * @param {ShownMessage | undefined} last
   */
  #announce(added, last) {
    for (const { node } of added) node.classList.add("new");
    if (added.some(({ message }) => message.unsent)) this.isAtEnd = true;
    else if (!this.isAtEnd && added.some(({ message }) => message === last && !message.mine)) this.down.hidden = false;
  }
  #scrollToEnd(smoothly = false) {
    const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.box.scrollTo({ top: this.box.scrollHeight, behavior: smoothly && !reduced ? "smooth" : "instant" });
  }
  /** Images that load late, and the keyboard of a phone, must not push the end out of sight. */
  #followEnd() {
    const note = () => {
      this.isAtEnd = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < NEAR_END;
      if (this.isAtEnd) this.down.hidden = true;
    };
    this.box.addEventListener("scroll", note, { passive: true });
    this.observer.observe(this.box);
    this.observer.observe(this.list);
  }
};
function itemsOf(messages) {
  const items = [];
  let last = null;
  for (const message of messages) {
    const day = new Date(message.at).toDateString();
    const isNewDay = !last || new Date(last.at).toDateString() !== day;
    if (isNewDay) items.push({ key: `day ${day}`, day: message.at, signature: dayOf(message.at) });
    const follows = last !== null && !isNewDay && standTogether(last, message);
    items.push({ key: message.id, message, follows, signature: signatureOf(message, follows) });
    last = message;
  }
  return items;
}
function standTogether(one, next) {
  const sameSender = one.mine === next.mine && one.sender?.name === next.sender?.name;
  return sameSender && Date.parse(next.at) - Date.parse(one.at) < GROUP;
}
function signatureOf(message, follows) {
  const { mine, text, attachment: attachment2, cards: cards2, location: location3, buttons: buttons2, sender, tapped, edited, unsent, quote, deleted } = message;
  const file = attachment2 && [attachment2.name, attachment2.local || attachment2.url];
  const said = [mine, text, file, cards2, location3, buttons2, sender, tapped, edited, unsent, quote, deleted];
  return JSON.stringify([...said, follows]);
}
function makeRow(item, actions) {
  if ("message" in item && item.message.deleted) {
    const side = item.message.mine ? "mine" : "theirs";
    return { node: el("p", { class: `gone ${side}` }, t("message_deleted")), update: () => {
    } };
  }
  if ("message" in item) return makeBubble(item.message, { follows: item.follows, actions });
  const node = el("p", { class: "day" }, el("time", { datetime: item.day }, dayOf(item.day)));
  return { node, update: () => {
  } };
}
function place(list, shown, items, make) {
  const added = [];
  const keys = new Set(items.map(({ key }) => key));
  for (const [key, { node }] of shown) {
    if (keys.has(key)) continue;
    node.remove();
    shown.delete(key);
  }
  let spot = list.firstChild;
  for (const item of items) {
    let row = shown.get(item.key);
    if (!row || row.signature !== item.signature) {
      const made = { ...make(item), signature: item.signature };
      if (!row && "message" in item) added.push({ message: item.message, node: made.node });
      if (row && spot === row.node) spot = made.node;
      row?.node.replaceWith(made.node);
      shown.set(item.key, made);
      row = made;
    } else if ("message" in item) {
      row.update(item.message);
    }
    if (row.node === spot) spot = spot.nextSibling;
    else list.insertBefore(row.node, spot);
  }
  return added;
}

// polling.js
var LONGEST_WAIT = 3e4;
var QUIET_AFTER = 6e4;
var AdaptiveInterval = class {
  /**
   * @param {number} active
   * @param {number} quiet
   */
  constructor(active, quiet) {
    this.active = active;
    this.quiet = quiet;
    this.lastActivity = Date.now();
  }
  get isQuiet() {
    return Date.now() - this.lastActivity >= QUIET_AFTER;
  }
  /** Something happened. Returns whether it had been quiet. */
  noteActivity() {
    const wasQuiet = this.isQuiet;
    this.lastActivity = Date.now();
    return wasQuiet;
  }
  current() {
    return this.isQuiet ? this.quiet : this.active;
  }
};
function backoff(interval, failures, retryAfter = 0, longest = LONGEST_WAIT) {
  if (!failures) return interval;
  const jitter = 0.8 + Math.random() * 0.4;
  return Math.max(retryAfter * 1e3, Math.min(longest, interval * 2 ** failures) * jitter);
}
var Poller = class {
  /**
   * @param {() => Promise<void>} poll
   * @param {() => number} interval
   * @param {(error: Error) => void} onFailure
   */
  constructor(poll, interval, onFailure) {
    this.poll = poll;
    this.interval = interval;
    this.onFailure = onFailure;
    this.running = false;
    this.failures = 0;
    this.timer = 0;
    this.busy = false;
    this.again = false;
    document.addEventListener("visibilitychange", () => this.#onVisibilityChange());
    addEventListener("online", () => this.pollNow());
  }
  start() {
    if (this.running) return;
    this.running = true;
    this.failures = 0;
    this.pollNow();
  }
  stop() {
    this.running = false;
    clearTimeout(this.timer);
  }
  /** Polls now, or right after the poll that is under way. */
  pollNow() {
    clearTimeout(this.timer);
    if (!this.running || document.hidden) return;
    if (this.busy) this.again = true;
    else this.#run();
  }
  #onVisibilityChange() {
    if (document.hidden) clearTimeout(this.timer);
    else this.pollNow();
  }
  async #run() {
    this.busy = true;
    let retryAfter = 0;
    try {
      await this.poll();
      this.failures = 0;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.failures += 1;
      retryAfter = "retryAfter" in error ? Number(error.retryAfter) : 0;
      this.onFailure(error);
    } finally {
      this.busy = false;
      const wait = this.again && !this.failures ? 0 : backoff(this.interval(), this.failures, retryAfter);
      this.again = false;
      if (this.running && !document.hidden) this.timer = setTimeout(() => this.pollNow(), wait);
    }
  }
};

// storage.js
var PAGE_KEY = new URL(document.baseURI).pathname.split("/").at(-2);
var memory = /* @__PURE__ */ new Map();
function stored(name) {
  const key = `webchat:${PAGE_KEY}:${name}`;
  return {
    key,
    get: () => parse(memory.get(key) ?? read(key)),
    set: (value) => write(key, JSON.stringify(value)),
    remove: () => {
      memory.delete(key);
      attempt(() => localStorage.removeItem(key));
    }
  };
}
function clearStorage() {
  const keys = (attempt(() => Object.keys(localStorage)) ?? []).filter((key) => key.startsWith(`webchat:${PAGE_KEY}:`));
  for (const key of keys) attempt(() => localStorage.removeItem(key));
  memory.clear();
  files.clear();
}
function onChangeInOtherTab(value, act) {
  addEventListener("storage", (event) => event.key === value.key && act());
}
async function withLock(name, act) {
  if (navigator.locks) await navigator.locks.request(`webchat:${PAGE_KEY}:${name}`, act);
  else await act();
}
function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = bytes[6] & 15 | 64;
  bytes[8] = bytes[8] & 63 | 128;
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
  return text === null ? null : attempt(() => JSON.parse(text)) ?? null;
}
function attempt(act) {
  try {
    return act();
  } catch (error) {
    if (error instanceof DOMException || error instanceof SyntaxError) return void 0;
    throw error;
  }
}
var FILES = "files";
var held = /* @__PURE__ */ new Map();
var files = {
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
    return held.get(id) ?? await inFiles("readonly", (store) => store.get(id)) ?? null;
  },
  /** @param {string} id */
  async remove(id) {
    held.delete(id);
    await inFiles("readwrite", (store) => store.delete(id));
  },
  async clear() {
    held.clear();
    await inFiles("readwrite", (store) => store.clear());
  }
};
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
function openDatabase() {
  return new Promise((resolve) => {
    const request = attempt(() => indexedDB.open(`webchat:${PAGE_KEY}`, 1));
    if (!request) return resolve(null);
    request.onupgradeneeded = () => request.result.createObjectStore(FILES);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => resolve(null);
  });
}

// transcript.js
var REASONS = { 410: "file_lost", 423: "closed", 429: "busy" };
var FILE_PROBLEMS = ["wrong_type", "unsafe_file", "unsafe_name"];
var Transcript = class {
  /** @param {(before: KnownMessage, now: KnownMessage) => void} changed is called with a message that was there already */
  constructor(changed) {
    this.changed = changed;
    this.messages = /* @__PURE__ */ new Map();
    this.cursor = null;
    this.earlier = null;
    this.isLoaded = false;
  }
  /** @param {MessagePage} page what is new */
  addNew({ messages, cursor, reset, earlier }) {
    const before = this.messages;
    if (reset || !this.isLoaded) {
      this.messages = /* @__PURE__ */ new Map();
      this.earlier = earlier ?? null;
    }
    this.isLoaded = true;
    this.cursor = cursor;
    for (const message of messages) this.put(message, before.get(message.id));
    if (reset) this.#keepPlaces(before, messages);
  }
  /**
   * What was deleted leaves its place, unless everything was.
   * @param {Map<string, KnownMessage>} before
   * @param {Message[]} now
   */
  #keepPlaces(before, now) {
    if (!now.length && before.size > 1) return;
    const first = this.earlier === null ? 0 : now[0]?.position ?? 0;
    for (const message of before.values()) {
      if (message.position >= first && !this.messages.has(message.id)) this.put(withoutWords(message), message);
    }
  }
  /**
   * Returns whether the update follows what is here, or is here already; else something is missing.
   * @param {LiveUpdate} update
   */
  apply({ after, messages, cursor }) {
    if (cursor === this.cursor && after !== null) return true;
    if (after === null || after !== this.cursor) return false;
    this.cursor = cursor;
    for (const message of messages) this.put(message);
    return true;
  }
  /** @param {MessagePage} page what was before */
  addEarlier({ messages, earlier }) {
    this.earlier = earlier ?? null;
    for (const message of messages) if (!this.messages.has(message.id)) this.put(message);
  }
  /** @param {KnownMessage} message */
  put(message, before = this.messages.get(message.id)) {
    this.messages.set(message.id, message);
    if (before) this.changed(before, message);
  }
  list() {
    return [...this.messages.values()].sort((one, other) => one.position - other.position);
  }
  /** The newest message from the other side, or undefined. */
  lastReceived() {
    return this.list().findLast(({ mine, deleted }) => !mine && !deleted);
  }
};
function fromService(message, title, preview) {
  const reactions = message.reactions.map((one) => ({ ...one, name: one.mine ? t("you") : one.name || title }));
  if (message.mine) {
    const resendable = Boolean(message.text) && !message.attachment;
    return { ...message, reactions, attachment: withPreview(message.attachment, preview(message.id)), resendable };
  }
  return { ...message, reactions, sender: message.sender?.name ? message.sender : { name: title, bot: false } };
}
function fromOutbox({ id, at, text, file, refused, why, reply_to }, outbox, preview) {
  const isSending = outbox.sending === id && navigator.onLine;
  const problem = file ? FILE_PROBLEMS.find((code) => code === why) ?? "file_refused" : "refused";
  const reason = REASONS[refused] ?? problem;
  const attachment2 = file && { kind: kindOf(file.type), url: null, ...file };
  return {
    id,
    at,
    text,
    mine: true,
    unsent: true,
    state: refused ? "failed" : isSending ? "sending" : "waiting",
    explanation: refused ? t(reason, { name: file?.name ?? "" }) : void 0,
    attachment: withPreview(attachment2, preview(id)),
    progress: outbox.progress.get(id),
    resendable: refused !== 410 && refused !== 415,
    cards: [],
    location: null,
    buttons: [],
    sender: null,
    tapped: null,
    edited: false,
    reply_to: reply_to || null,
    reactions: [],
    reason: ""
  };
}
var withPreview = (attachment2, local) => attachment2 && { ...attachment2, local };

// typing.js
var TypingReporter = class {
  /**
   * @param {(typing: boolean, place: string) => void} report
   * @param {{ repeat: number, silence: number }} times in milliseconds: until typing is reported again, because
   *   services forget it, and without a key until typing has ended
   */
  constructor(report, { repeat, silence }) {
    this.report = report;
    this.repeat = repeat;
    this.silence = silence;
    this.typing = false;
    this.place = "";
    this.reportedAt = 0;
    this.timer = 0;
  }
  /** A key was pressed at `place`, for example in a conversation. */
  type(place2 = "") {
    if (place2 !== this.place) this.stop();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stop(), this.silence);
    if (this.typing && Date.now() - this.reportedAt < this.repeat) return;
    this.typing = true;
    this.place = place2;
    this.reportedAt = Date.now();
    this.report(true, place2);
  }
  /** Typing has ended. Without `report` when the message itself shows it. */
  stop({ report = true } = {}) {
    clearTimeout(this.timer);
    if (this.typing && report) this.report(false, this.place);
    this.typing = false;
  }
};

// conversation.js
var ACTIVE_INTERVAL = 1200;
var QUIET_INTERVAL = 4e3;
var LIVE_INTERVAL = 6e4;
var QUIET_LIVE_INTERVAL = 18e4;
var TYPING_LASTS = 1e4;
var TYPING = { repeat: 6e3, silence: 8e3 };
var LONGEST_CAPTION = 1e3;
var Conversation = class {
  /**
   * @param {Chat} chat
   * @param {About} about
   * @param {Outbox} outbox
   * @param {LiveConnection} live
   * @param {ConversationHooks} hooks
   */
  constructor(chat, about, outbox, live, hooks) {
    this.chat = chat;
    this.live = live;
    this.about = about;
    this.outbox = outbox;
    this.hooks = hooks;
    this.transcript = new Transcript((before, now) => this.announce(describeChange(before, now, about.title)));
    this.previews = /* @__PURE__ */ new Map();
    this.lastRead = "";
    this.interval = new AdaptiveInterval(ACTIVE_INTERVAL, QUIET_INTERVAL);
    this.typingTimer = 0;
    this.polledBeside = null;
    this.typingReporter = new TypingReporter((on) => api.reportTyping(chat.id, on).catch(() => {
    }), TYPING);
    this.actions = null;
    this.list = new MessageList(this.#makeActions());
    this.composer = new Composer(
      about,
      {
        send: (text, staged, replyTo) => this.#write(text, staged, replyTo),
        typing: (hasText) => this.#onTyping(hasText)
      },
      stored(`draft:${chat.id}`)
    );
    this.poller = new Poller(
      () => this.#poll(),
      () => this.#pause(),
      (error) => hooks.failed(error, chat.id)
    );
    this.face = el("span", { class: "face" }, avatar(about.title));
    this.title = el("h1", { tabindex: "-1" }, about.title);
    this.typing = el("p", { class: "spoken", role: "status" });
    this.news = el("p", { class: "spoken", role: "status" });
    this.writer = el("p", { dir: "auto" }, t("chatting_as", { name: chat.name }));
    this.node = this.#build();
    acceptFiles(this.node, (files2) => this.composer.add(files2));
  }
  close() {
    this.poller.stop();
    this.typingReporter.stop();
    clearTimeout(this.typingTimer);
    this.list.close();
    for (const url of this.previews.values()) URL.revokeObjectURL(url);
    this.node.remove();
  }
  focus() {
    this.composer.focus();
  }
  /** @param {Message} message One of this chat that the service has accepted. */
  add(message) {
    if (!this.transcript.messages.has(message.id)) this.live.expectEcho();
    this.transcript.put(message);
    this.show();
  }
  /** @param {string} sentence what has happened to a message, for screen readers */
  announce(sentence) {
    if (sentence) this.news.textContent = sentence;
  }
  /** @param {Chat} chat with its new name */
  rename(chat) {
    this.chat = chat;
    this.writer.textContent = t("chatting_as", { name: chat.name });
  }
  show() {
    const waiting = this.outbox.entries(this.chat.id).filter(({ id }) => !this.transcript.messages.has(id));
    const preview = (id) => this.previews.get(id) ?? "";
    const sent = this.transcript.list().map((message) => fromService(message, this.about.title, preview));
    const messages = [...sent, ...waiting.map((entry) => fromOutbox(entry, this.outbox, preview))];
    const { earlier, isLoaded } = this.transcript;
    this.list.show(withQuotes(messages, Boolean(earlier)), { hasEarlier: Boolean(earlier), isLoaded });
    this.#showAgent();
  }
  #build() {
    const menu = makeMoreMenu(t("more"), [
      { icon: "pen", label: t("rename"), act: () => this.hooks.rename(this.chat), writes: true },
      { icon: "trash", label: t("erase_chat"), act: () => this.hooks.erase(this.chat) }
    ]);
    const back = iconButton("back", t("back"), this.hooks.back, { class: "icon-button to-list" });
    const names = el("div", { class: "names" }, this.title, this.writer);
    return el(
      "section",
      { class: "pane chat", "aria-label": this.about.title },
      el("header", { class: "head" }, back, this.face, names, menu),
      el("div", { class: "stage" }, this.list.box, this.list.down),
      this.typing,
      this.news,
      this.composer.form,
      el("div", { class: "drop", "aria-hidden": "true" }, t("drop"))
    );
  }
  /** @returns {ConstructorParameters<typeof MessageList>[0]} */
  #makeActions() {
    return {
      tap: (message, button) => {
        const tap = { message: message.id, button: button.id };
        this.outbox.add({ id: newId(), chat: this.chat.id, text: button.label, tap });
        this.list.box.focus();
      },
      retry: (message) => message.unsent ? this.outbox.retry(message.id) : this.#write(message.text, [], message.reply_to ?? ""),
      discard: (message) => this.outbox.discard(message.id),
      edit: (message) => this.#act((actions) => actions.edit(message)),
      remove: (message) => this.#act((actions) => actions.remove(message)),
      react: (message, anchor) => this.#act((actions) => actions.react(message, anchor)),
      answer: (message) => this.#act((actions) => actions.answer(message)),
      jump: (id) => this.#act((actions) => actions.jump(id)),
      earlier: () => this.#showEarlier()
    };
  }
  /** @param {(actions: MessageActions) => unknown} use with what is loaded when it is first needed */
  async #act(use) {
    const later = await loadLater().catch(() => this.composer.showProblem(t("did_not_work")));
    if (!later) return;
    this.actions ??= new later.MessageActions(this);
    await use(this.actions);
  }
  // --- incoming ---
  /** Milliseconds until the next poll. */
  #pause() {
    if (!this.live.isOpen) return this.interval.current();
    return this.interval.isQuiet ? QUIET_LIVE_INTERVAL : LIVE_INTERVAL;
  }
  /** @param {LiveUpdate} update of this chat */
  receive(update) {
    if (!this.poller.running) return;
    if (!this.transcript.isLoaded || !this.transcript.apply(update)) return this.poller.pollNow();
    if (update.messages.length || update.typing) this.interval.noteActivity();
    if (update.messages.length) this.show();
    this.#showTyping(update.typing);
    if (update.typing) this.typingTimer = setTimeout(() => this.#showTyping(null), TYPING_LASTS);
    this.#reportRead().catch((error) => this.hooks.failed(error, this.chat.id));
  }
  async #poll() {
    const { cursor } = this.transcript;
    const page = await api.messages(this.chat.id, cursor ? { after: cursor } : {});
    if (!this.poller.running) return;
    if (cursor !== this.transcript.cursor) return this.poller.pollNow();
    const { socket } = this.live;
    if (page.messages.length && socket && socket === this.polledBeside) this.live.expectEcho();
    this.polledBeside = this.live.isOpen ? socket : null;
    if (page.reset) this.list.mute();
    this.transcript.addNew(page);
    if (page.messages.length || page.typing) this.interval.noteActivity();
    if (page.messages.length || page.reset || !cursor) this.show();
    this.#showTyping(page.typing);
    this.hooks.succeeded();
    await this.#reportRead();
  }
  async #showEarlier() {
    await this.loadEarlier();
    this.list.box.focus();
  }
  async loadEarlier() {
    const { earlier } = this.transcript;
    if (!earlier) return;
    this.list.mute();
    try {
      this.transcript.addEarlier(await api.messages(this.chat.id, { before: earlier }));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.hooks.failed(error, this.chat.id);
    }
    this.show();
  }
  async #reportRead() {
    const last = this.transcript.lastReceived();
    if (!last || last.id === this.lastRead || document.hidden) return;
    try {
      await api.reportRead(this.chat.id, last.id);
    } catch (error) {
      if (error instanceof ApiError && error.isTransient) return;
      throw error;
    }
    this.lastRead = last.id;
    if (!this.live.isOpen) this.hooks.changed();
  }
  /** @param {MessagePage["typing"]} typing */
  #showTyping(typing) {
    clearTimeout(this.typingTimer);
    this.list.showTyping(Boolean(typing));
    const known = typing?.name ? t("is_typing", { name: typing.name }) : t("someone_typing");
    const text = typing ? known : "";
    if (this.typing.textContent !== text) this.typing.textContent = text;
  }
  /** Puts the name and face of the person who replied last into the head. */
  #showAgent() {
    const sender = this.transcript.list().findLast(({ mine, sender: one }) => !mine && one?.name && !one.bot)?.sender;
    if (!sender || this.face.dataset.of === sender.name) return;
    this.face.dataset.of = sender.name;
    this.face.replaceChildren(avatar(sender.name));
    this.title.textContent = sender.name;
  }
  // --- outgoing ---
  /** A visitor who writes waits for a reply: polls often from now on. */
  #noteActivity() {
    if (this.interval.noteActivity()) this.poller.pollNow();
  }
  /** @param {boolean} hasText */
  #onTyping(hasText) {
    this.#noteActivity();
    if (hasText) this.typingReporter.type();
    else this.typingReporter.stop();
  }
  /**
   * @param {string} text
   * @param {StagedFile[]} staged
   * @param {string} replyTo the message that it answers, "" for none
   */
  #write(text, staged, replyTo) {
    this.#noteActivity();
    this.typingReporter.stop({ report: false });
    const chat = this.chat.id;
    const caption = staged.length === 1 && text.length <= LONGEST_CAPTION ? text : "";
    for (const [index, { file, preview }] of staged.entries()) {
      const id = newId();
      if (preview) this.previews.set(id, preview);
      this.outbox.add({ id, chat, text: caption, reply_to: index ? "" : replyTo }, file);
    }
    if (text && !caption) this.outbox.add({ id: newId(), chat, text, reply_to: staged.length ? "" : replyTo });
  }
};

// frame.js
var inFrame = new URLSearchParams(location.search).has("widget") && window.parent !== window;
var site = null;
var visible = false;
var notify = (_visible) => {
};
function onFrameToggle(act) {
  notify = act;
  notify(visible);
}
if (inFrame) {
  addEventListener("message", ({ source, origin, data }) => {
    if (source !== window.parent || data?.patchbay !== "chat" || typeof data.open !== "boolean") return;
    site ??= origin;
    if (origin !== site) return;
    visible = data.open;
    notify(visible);
  });
  addEventListener("keydown", (event) => {
    const layer = document.querySelector("dialog[open], [popover]:popover-open, [data-loading]");
    if (event.key === "Escape" && !event.defaultPrevented && !layer) requestClose();
  });
}
var requestClose = () => send({ close: true });
var reportUnread = (unread) => send({ unread });
function send(message) {
  if (inFrame && site) window.parent.postMessage({ patchbay: "chat", ...message }, site);
}
var wantedPlace = () => inFrame ? "" : decodeURIComponent(location.hash.slice(1));

// inbox.js
var fingerprint = ([chat]) => `${chat?.id} ${chat?.updated_at}`;
function makeInbox(about, actions) {
  const list = el("ul", { class: "chats" });
  const title = el("h1", { tabindex: "-1" }, about.title);
  const menu = makeMoreMenu(t("more"), () => [
    ...actions.more(),
    { icon: "trash", label: t("erase_all"), act: actions.eraseAll }
  ]);
  const begin = el(
    "button",
    { type: "button", class: "button primary begin", onclick: actions.begin },
    icon("plus"),
    t("new_chat")
  );
  const head = el(
    "header",
    { class: "head" },
    el("div", { class: "names" }, title, el("p", {}, t("your_chats"))),
    menu
  );
  const foot = el("div", { class: "foot-bar" }, begin);
  const node = el("nav", { class: "pane inbox", "aria-label": t("your_chats") }, head, list, foot);
  const rows = /* @__PURE__ */ new Map();
  const show = (chats, open) => {
    const ids = new Set(chats.map(({ id }) => id));
    for (const [id, row] of rows) {
      if (ids.has(id)) continue;
      rows.delete(id);
      row.item.remove();
    }
    for (const [index, chat] of chats.entries()) {
      const row = rows.get(chat.id) ?? makeRow2(chat, actions.open);
      rows.set(chat.id, row);
      row.show(chat, chat.id === open);
      if (list.children[index] !== row.item) list.insertBefore(row.item, list.children[index] ?? null);
    }
  };
  const focus = (id) => (rows.get(id)?.button ?? title).focus();
  return { node, show, focus };
}
function makeRow2(chat, open) {
  const name = el("b", { dir: "auto" });
  const time = el("time");
  const preview = el("span", { class: "preview", dir: "auto" });
  const badge = el("span", { class: "badge" });
  let current = chat;
  let face = avatar(chat.name);
  const facts = el("span", { class: "entry-text" }, name, time, preview, badge);
  const button = el("button", { type: "button", class: "entry", onclick: () => open(current) }, face, facts);
  const show = (next, isOpen) => {
    if (next.name !== current.name) {
      const changed = avatar(next.name);
      face.replaceWith(changed);
      face = changed;
    }
    current = next;
    name.textContent = next.name;
    time.dateTime = next.updated_at;
    time.textContent = shortTimeOf(next.updated_at);
    preview.textContent = next.preview || t("nothing_yet");
    showUnread(badge, isOpen ? 0 : next.unread);
    if (isOpen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  };
  return { item: el("li", {}, button), button, show };
}
function showUnread(badge, unread) {
  badge.hidden = !unread;
  const count = el("span", { "aria-hidden": "true" }, unread > 99 ? "99+" : unread);
  badge.replaceChildren(...unread ? [count, spoken(t("unread", { count: unread }))] : []);
}

// live.js
var FIRST_WAIT = 1e3;
var LONGEST_WAIT2 = 3e5;
var PING_INTERVAL = 48e4;
var STABLE_AFTER = 6e4;
var ECHO_TIMEOUT = 5e3;
var NOT_FOUND = 404;
var LiveConnection = class {
  /** @param {LiveHooks} hooks */
  constructor(hooks) {
    this.hooks = hooks;
    this.wanted = false;
    this.isOffered = true;
    this.isOpen = false;
    this.socket = null;
    this.attempt = 0;
    this.failures = 0;
    this.openedAt = 0;
    this.timers = { retry: 0, ping: 0, echo: 0 };
    document.addEventListener("visibilitychange", () => this.#onVisibilityChange());
    addEventListener("online", () => this.#retryNow());
  }
  start() {
    if (this.wanted || !this.isOffered) return;
    this.wanted = true;
    if (!document.hidden) this.#connect();
  }
  stop() {
    this.wanted = false;
    this.failures = 0;
    this.#close();
  }
  /** Something was sent that comes back as an update. When it does not, the connection is dead without a sign. */
  expectEcho() {
    if (!this.isOpen || this.timers.echo) return;
    this.timers.echo = setTimeout(() => this.distrust(), ECHO_TIMEOUT);
  }
  /** An update did not come: the page asks again, and tries another connection later. */
  distrust() {
    if (!this.isOpen) return;
    this.#close();
    this.#retryLater();
  }
  async #connect() {
    clearTimeout(this.timers.retry);
    this.attempt += 1;
    const { attempt: attempt2 } = this;
    try {
      const { url } = await api.goLive();
      if (attempt2 === this.attempt && this.wanted) this.#open(url);
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof DOMException)) throw error;
      if (!(error instanceof ApiError))
        this.isOffered = false;
      else if (error.status === NOT_FOUND) this.isOffered = false;
      else if (attempt2 === this.attempt) this.#retryLater(error.retryAfter);
    }
  }
  /** @param {string} url */
  #open(url) {
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.addEventListener("open", () => {
      if (socket === this.socket) this.#onOpen();
    });
    socket.addEventListener("message", ({ data }) => {
      if (socket === this.socket) this.#onMessage(data);
    });
    socket.addEventListener("close", () => {
      if (socket !== this.socket) return;
      this.#close();
      this.#retryLater();
    });
  }
  #onOpen() {
    this.isOpen = true;
    this.openedAt = Date.now();
    this.timers.ping = setInterval(() => this.socket?.send('{"action":"ping"}'), PING_INTERVAL);
    this.hooks.changed();
  }
  /** @param {unknown} data */
  #onMessage(data) {
    const update = parse2(data);
    if (!update?.chat) return;
    clearTimeout(this.timers.echo);
    this.timers.echo = 0;
    this.hooks.update(update);
  }
  #close() {
    const { socket, isOpen } = this;
    this.attempt += 1;
    this.socket = null;
    this.isOpen = false;
    clearTimeout(this.timers.retry);
    clearTimeout(this.timers.echo);
    clearInterval(this.timers.ping);
    this.timers.echo = 0;
    socket?.close();
    if (isOpen && Date.now() - this.openedAt >= STABLE_AFTER) this.failures = 0;
    if (isOpen) this.hooks.changed();
  }
  /** @param {number} [retryAfter] seconds */
  #retryLater(retryAfter = 0) {
    if (!this.wanted || document.hidden) return;
    this.failures += 1;
    const wait = backoff(FIRST_WAIT, this.failures, retryAfter, LONGEST_WAIT2);
    this.timers.retry = setTimeout(() => this.#connect(), wait);
  }
  #retryNow() {
    if (this.wanted && !this.socket && !document.hidden) this.#connect();
  }
  /** A hidden page may be stopped at any moment: what is sent to it would count as seen, and nobody be notified. */
  #onVisibilityChange() {
    if (document.hidden) this.#close();
    else this.#retryNow();
  }
};
function parse2(data) {
  try {
    return typeof data === "string" ? JSON.parse(data) : null;
  } catch {
    return null;
  }
}

// news.js
var LIST_INTERVAL = 5e3;
var UNREAD_INTERVAL = 2e4;
var LIVE_INTERVAL2 = 18e4;
var QUIET_FACTOR = 4;
var News = class {
  /** @param {NewsHooks} hooks */
  constructor(hooks) {
    this.hooks = hooks;
    this.interval = new AdaptiveInterval(1, QUIET_FACTOR);
    this.live = new LiveConnection({ update: (update) => this.#receive(update), changed: () => this.#pollAll() });
    this.list = this.#makePoller(LIST_INTERVAL);
    this.unread = this.#makePoller(UNREAD_INTERVAL);
  }
  noteActivity() {
    this.interval.noteActivity();
  }
  /**
   * Which of the three are of use now.
   * @param {{ list: boolean, unread: boolean, live: boolean }} wanted
   */
  update({ list, unread, live }) {
    turn(this.list, list);
    turn(this.unread, unread);
    turn(this.live, live);
  }
  /** @param {number} interval milliseconds */
  #makePoller(interval) {
    return new Poller(
      () => this.hooks.load(),
      () => this.live.isOpen ? LIVE_INTERVAL2 : interval * this.interval.current(),
      (error) => this.hooks.failed(error)
    );
  }
  /** @param {LiveUpdate} update */
  #receive(update) {
    this.noteActivity();
    this.hooks.update(update);
  }
  #pollAll() {
    this.list.pollNow();
    this.unread.pollNow();
    this.hooks.missed();
  }
};
var turn = (task, on) => on ? task.start() : task.stop();

// outbox.js
var FIRST_WAIT2 = 2e3;
var NOT_FOUND2 = 404;
var UNAUTHORIZED = 401;
var UNSUITABLE = 415;
var Outbox = class {
  /** @param {OutboxHooks} hooks */
  constructor(hooks) {
    this.hooks = hooks;
    this.stored = stored("outbox");
    this.progress = /* @__PURE__ */ new Map();
    this.failures = 0;
    this.retryAfter = 0;
    this.timer = 0;
    this.sending = null;
    this.busy = false;
    onChangeInOtherTab(this.stored, () => this.hooks.changed());
    addEventListener("online", () => this.flush());
  }
  /** @param {string | null} [chat] */
  entries(chat = null) {
    const all = this.stored.get() ?? [];
    return chat === null ? all : all.filter((entry) => entry.chat === chat);
  }
  /**
   * @param {NewEntry} entry
   * @param {File | null} [file]
   */
  add({ id, chat, text = "", tap = null, reply_to = "" }, file = null) {
    const facts = file && { name: file.name, size: file.size, type: file.type };
    if (file) files.put(id, file);
    const at = (/* @__PURE__ */ new Date()).toISOString();
    this.#store([...this.entries(), { id, chat, at, text, tap, reply_to, file: facts, upload: "", refused: 0 }]);
    this.flush();
  }
  /** @param {string} id */
  retry(id) {
    this.#change(id, { refused: 0, why: "", upload: "", renewed: false });
    this.flush();
  }
  /** @param {string} id */
  discard(id) {
    this.#store(this.entries().filter((entry) => entry.id !== id));
    this.progress.delete(id);
    files.remove(id);
  }
  /** @param {string} chat */
  discardChat(chat) {
    for (const { id } of this.entries(chat)) this.discard(id);
  }
  /** Sends what waits, unless that is under way. */
  async flush() {
    if (this.busy || !this.#next()) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      await withLock("outbox", () => this.#sendAll());
    } finally {
      this.busy = false;
      this.sending = null;
    }
    if (!this.#next()) return;
    const wait = backoff(this.failures ? FIRST_WAIT2 / 2 : 0, this.failures, this.retryAfter);
    this.timer = setTimeout(() => this.flush(), wait);
  }
  async #sendAll() {
    for (let entry = this.#next(); entry; entry = this.#next()) {
      this.sending = entry.id;
      try {
        const message = await this.#send(entry);
        this.failures = 0;
        this.hooks.sent(entry.chat, message);
        this.discard(entry.id);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (!this.#handleError(entry, error)) return;
      }
    }
  }
  /**
   * Returns whether the next entry may go out.
   * @param {OutboxEntry} entry
   * @param {ApiError} error
   */
  #handleError(entry, error) {
    if (error.isTransient) {
      this.failures += 1;
      this.retryAfter = error.retryAfter;
      this.hooks.failed(error);
    } else if (error.status === UNAUTHORIZED) {
      this.hooks.accessEnded();
    } else if (error.status === CLOSED) {
      this.#change(entry.id, { refused: CLOSED });
      this.hooks.closed();
      return true;
    } else if (entry.upload && !entry.renewed && error.status !== UNSUITABLE) {
      this.#change(entry.id, { upload: "", renewed: true });
      return true;
    } else if (error.status === NOT_FOUND2) {
      this.hooks.chatGone(entry.chat);
      return true;
    } else {
      this.#change(entry.id, { refused: error.status, why: error.code });
      return true;
    }
    return false;
  }
  /** @param {OutboxEntry} entry */
  async #send({ id, chat, text, tap, reply_to, file, upload: uploaded }) {
    if (tap) return api.send(chat, { id, tap });
    const said = { id, ...text && { text }, ...reply_to && { reply_to } };
    if (!file) return api.send(chat, said);
    const reference = uploaded || await this.#upload(id, chat, file);
    return api.send(chat, { ...said, upload: reference });
  }
  /**
   * @param {string} id
   * @param {string} chat
   * @param {FileFacts} facts
   */
  async #upload(id, chat, facts) {
    const file = await files.get(id);
    if (!file) throw new ApiError(410, "the file is no longer on this device");
    const place2 = await api.reserveUpload(chat, facts);
    const noteProgress = (share) => {
      this.progress.set(id, share);
      this.hooks.changed();
    };
    noteProgress(0);
    await upload(place2, file, noteProgress);
    this.#change(id, { upload: place2.upload });
    return place2.upload;
  }
  #next() {
    return this.entries().find(({ refused }) => !refused);
  }
  /**
   * @param {string} id
   * @param {Partial<OutboxEntry>} changes
   */
  #change(id, changes) {
    this.#store(this.entries().map((entry) => entry.id === id ? { ...entry, ...changes } : entry));
  }
  /** @param {OutboxEntry[]} entries */
  #store(entries) {
    this.stored.set(entries);
    this.hooks.changed();
  }
};

// push.js
var REFRESH_EVERY = 864e5;
var SHOWN_FOR = 8e3;
var PAGE = new URL(document.baseURI).pathname.replace(/\/$/u, "");
var PushOffer = class {
  /** @param {About} about */
  constructor(about) {
    this.isOffered = about.push && !inFrame && canNotify();
    this.choice = stored("push");
    const yes = el("button", { type: "button", class: "button", onclick: () => this.turnOn() }, t("push_yes"));
    const no = el("button", { type: "button", class: "button", onclick: () => this.#decline() }, t("push_no"));
    this.bar = el("div", { class: "notice offer", role: "status", hidden: true });
    this.timer = 0;
    this.answers = [el("span", {}, t("push_offer")), yes, no];
    if (this.isOffered) navigator.serviceWorker.addEventListener("message", ({ data }) => openChat(data));
  }
  get isOn() {
    return Boolean(this.choice.get()?.isOn) && Notification.permission === "granted";
  }
  /** For the menu of the visitor's chats: on or off. */
  menuItems() {
    if (!this.isOffered) return [];
    const turn2 = () => this.isOn ? this.turnOff() : this.turnOn();
    return [{ icon: (
      /** @type {const} */
      "bell"
    ), label: t(this.isOn ? "push_off" : "push_on"), act: turn2 }];
  }
  /** The visitor has written. */
  offer() {
    if (!this.isOffered || this.choice.get() || Notification.permission === "denied") return;
    this.#show(...this.answers);
  }
  /** Keeps a subscription alive that the visitor has agreed to: once a day, and after a change of the chat's key. */
  async refresh() {
    const last = this.choice.get();
    if (!this.isOffered || !this.isOn) return;
    await this.#attempt(async () => {
      const { key } = await api.pushKey();
      const isRecent = Date.now() - (last?.at ?? 0) < REFRESH_EVERY;
      if (key !== last?.key || !isRecent) await this.#subscribe(key);
    });
  }
  async turnOn() {
    this.#hide();
    if (await Notification.requestPermission() !== "granted") {
      this.choice.set({ isOn: false });
      this.#say("push_blocked");
      return;
    }
    const done = await this.#attempt(async () => this.#subscribe((await api.pushKey()).key));
    this.#say(done ? "push_is_on" : "did_not_work");
  }
  async turnOff() {
    const id = this.choice.get()?.id;
    this.choice.set({ isOn: false });
    await this.#attempt(async () => {
      await forgetSubscription();
      if (id) await api.unsubscribe(id);
    });
    this.#say("push_is_off");
  }
  /** The visitor has left: the service has forgotten the subscription already. */
  async forget() {
    this.#hide();
    if (this.isOffered) await this.#attempt(forgetSubscription);
  }
  #decline() {
    this.choice.set({ isOn: false });
    this.#hide();
  }
  /** @param {TextName} text */
  #say(text) {
    this.#show(t(text));
    this.timer = setTimeout(() => this.#hide(), SHOWN_FOR);
  }
  /** @param {...(Node | string)} content */
  #show(...content) {
    clearTimeout(this.timer);
    this.bar.replaceChildren(...content);
    this.bar.hidden = false;
  }
  #hide() {
    clearTimeout(this.timer);
    this.bar.hidden = true;
    this.bar.replaceChildren();
  }
  /** @param {string} key the chat's */
  async #subscribe(key) {
    const registration = await register();
    const before = await registration.pushManager.getSubscription();
    if (before && this.choice.get()?.key !== key) await before.unsubscribe();
    const options2 = { userVisibleOnly: true, applicationServerKey: key };
    const { endpoint, keys } = (await registration.pushManager.subscribe(options2)).toJSON();
    const { id } = await api.subscribe({ endpoint, keys, key });
    this.choice.set({ isOn: true, id, key, at: Date.now() });
  }
  /**
   * Whether it worked. A browser without a push service, or a service that is away, is no error of the page.
   * @param {() => Promise<void>} act
   */
  async #attempt(act) {
    try {
      await act();
      return true;
    } catch (error) {
      if (error instanceof ApiError || error instanceof DOMException) return false;
      throw error;
    }
  }
};
var canNotify = () => isSecureContext && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
async function register() {
  await navigator.serviceWorker.register(new URL("worker.js", document.baseURI), { scope: PAGE });
  return navigator.serviceWorker.ready;
}
async function forgetSubscription() {
  const registration = await navigator.serviceWorker.getRegistration(PAGE);
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
  await registration?.unregister();
}
function openChat({ patchbay, chat }) {
  if (patchbay === "open" && chat) location.hash = encodeURIComponent(chat);
}

// start.js
var LONGEST_NAME = 256;
var VISIBLE = /[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{M}\p{Z}\u115F\u1160\u2800\u3164\uFFA0\uFFFC\uFFFD]/u;
var PROBLEMS2 = { closed: "closed", too_many: "busy", too_many_chats: "too_many_chats" };
function makeStart(about, { begin, back }) {
  const lastName = stored("name");
  const name = el("input", {
    id: "name",
    type: "text",
    name: "name",
    autocomplete: "name",
    maxlength: LONGEST_NAME,
    dir: "auto",
    "aria-describedby": "name-hint name-problem",
    enterkeyhint: "go"
  });
  const problem = el("p", { id: "name-problem", class: "problem", role: "alert" });
  const submit = el("button", { type: "submit", class: "button primary" }, t("start"));
  const title = el("h1", { tabindex: "-1", dir: "auto" }, about.title);
  const welcome = about.welcome_message ? el("p", { dir: "auto" }, about.welcome_message) : null;
  const form = el(
    "form",
    { class: "start-form", novalidate: true },
    el("label", { for: "name" }, t("your_name")),
    name,
    el("p", { id: "name-hint", class: "hint" }, t("name_hint")),
    problem,
    submit
  );
  const toList = iconButton("back", t("back"), back, { class: "icon-button to-list" });
  const hero = el("div", { class: "hero" }, toList, title, welcome);
  const node = el("section", { class: "pane start", "aria-label": t("new_chat") }, hero, form);
  let id = newId();
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = VISIBLE.test(name.value) ? name.value.trim() : "";
    problem.textContent = given ? "" : t("name_missing");
    name.setAttribute("aria-invalid", String(!given));
    if (!given) return name.focus();
    submit.disabled = true;
    try {
      lastName.set(given);
      await begin(id, given);
      id = newId();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 409) id = newId();
      problem.textContent = t(PROBLEMS2[error.code] ?? "did_not_work");
    } finally {
      submit.disabled = false;
    }
  });
  const open = () => {
    problem.textContent = "";
    name.value = lastName.get() ?? "";
  };
  return { node, open, focus: () => (hasMouse() ? name : title).focus() };
}

// visitor.js
var token2 = stored("token");
var visitor = {
  /**
   * Restores the token of an earlier visit. `changed` is called when another tab gets or loses one.
   * @param {() => void} changed
   */
  restore(changed) {
    setToken(token2.get() ?? "");
    onChangeInOtherTab(token2, () => {
      setToken(token2.get() ?? "");
      changed();
    });
  },
  get isKnown() {
    return Boolean(token2.get());
  },
  async register() {
    if (this.isKnown) return;
    const created = await api.createVisitor(navigator.language.slice(0, 35));
    token2.set(created.token);
    setToken(created.token);
  },
  forget() {
    clearStorage();
    setToken("");
  }
};

// app.js
var NOT_FOUND3 = 404;
var UNAUTHORIZED2 = 401;
var App = class {
  /** @param {About} about */
  constructor(about) {
    this.about = about;
    this.chats = [];
    this.open = null;
    this.screen = "list";
    this.isVisible = !inFrame;
    this.lastOpen = stored("open");
    this.wide = matchMedia("(min-width: 860px)");
    this.connection = makeConnectionBar(() => this.outbox.flush());
    this.outbox = new Outbox(this.#outboxHooks());
    this.news = new News({
      load: () => this.#loadChats(),
      failed: (error) => this.#handleError(error),
      update: (update) => this.#receive(update),
      missed: () => this.open?.poller.pollNow()
    });
    this.push = new PushOffer(about);
    this.inbox = makeInbox(about, {
      open: (chat) => this.#goTo(chat.id),
      begin: () => this.#goTo("new"),
      eraseAll: () => this.#eraseAll(),
      more: () => this.push.menuItems()
    });
    this.start = makeStart(about, { begin: (id, name) => this.#begin(id, name), back: () => this.#goTo("") });
    this.notice = el("div", { class: "notice", role: "status" });
    this.closed = el("div", { class: "notice closed", role: "status" });
    if (about.open === false) this.#showClosed();
    const bars = [this.connection.bar, this.closed, this.notice, this.push.bar];
    this.main = el("main", {}, ...bars, this.inbox.node, this.start.node);
    if (inFrame) this.main.append(iconButton("close", t("close"), requestClose, { class: "icon-button close-frame" }));
  }
  async run() {
    document.body.append(this.main);
    document.body.toggleAttribute("data-frame", inFrame);
    visitor.restore(() => visitor.isKnown ? this.#updatePolling() : location.reload());
    addEventListener("popstate", () => this.#route(wantedPlace()));
    this.wide.addEventListener("change", () => this.#updatePolling());
    if (visitor.isKnown) await this.#loadChats().catch((error) => this.#handleError(error));
    const place2 = wantedPlace() || this.lastOpen.get() || (this.chats.length ? "" : "new");
    this.#writeAddress(place2, "replaceState");
    this.#route(place2, false);
    if (inFrame) onFrameToggle((open) => this.#onFrameToggle(open));
    document.body.dataset.ready = "";
    this.outbox.flush();
    if (visitor.isKnown) await this.push.refresh();
  }
  // --- which part is shown ---
  /** @param {string} place a chat's id, "new", or "" for the list */
  #goTo(place2) {
    this.#writeAddress(place2, "pushState");
    this.notice.textContent = "";
    this.#route(place2);
  }
  /**
   * Puts the place into the address, for the browser's back button. A frame's history is that of its site.
   * @param {string} place
   * @param {"pushState" | "replaceState"} method
   */
  #writeAddress(place2, method) {
    if (inFrame || place2 === wantedPlace()) return;
    history[method](null, "", `${location.pathname}${location.search}${place2 ? `#${place2}` : ""}`);
  }
  /**
   * @param {string} place
   * @param {boolean} [focus]
   */
  #route(place2, focus = true) {
    const chat = this.chats.find(({ id }) => id === place2);
    const before = this.open?.chat.id ?? "";
    if (before !== chat?.id) this.#leaveChat();
    if (chat) this.#enterChat(chat);
    this.screen = chat ? "chat" : place2 === "new" || !this.chats.length ? "start" : "list";
    if (!chat) this.start.open();
    document.body.dataset.screen = this.screen;
    this.#show();
    this.#updatePolling();
    if (focus || this.screen === "start") this.#focus(before);
  }
  /** @param {Chat} chat */
  #enterChat(chat) {
    this.lastOpen.set(chat.id);
    if (this.open) return;
    this.open = new Conversation(chat, this.about, this.outbox, this.news.live, {
      back: () => this.#goTo(""),
      rename: (one) => this.#rename(one),
      erase: (one) => this.#erase(one),
      changed: () => this.#loadChats().catch((error) => this.#handleError(error)),
      failed: (error, id) => this.#handleError(error, id),
      succeeded: () => this.connection.succeeded()
    });
    this.main.append(this.open.node);
    this.open.show();
  }
  #leaveChat() {
    this.open?.close();
    this.open = null;
    this.lastOpen.remove();
  }
  /** @param {string} [before] the chat that was open */
  #focus(before = "") {
    if (!this.isVisible) return;
    if (this.screen === "start") this.start.focus();
    else if (this.screen === "list") this.inbox.focus(before);
    else if (hasMouse()) this.open?.focus();
    else this.open?.title.focus();
  }
  /** @param {boolean} open Whether the site's frame around this page is open now. */
  #onFrameToggle(open) {
    this.isVisible = open;
    if (!open) this.news.unread.stop();
    this.#updatePolling();
    reportUnread(this.#countUnread());
    if (open) this.#focus();
  }
  /** Polls for what is on the screen, and for unread messages: in any chat, also one that an agent starts. */
  #updatePolling() {
    const known = visitor.isKnown;
    if (this.open) turn(this.open.poller, this.isVisible);
    this.news.update({
      list: known && this.isVisible && (this.wide.matches || this.screen === "list"),
      unread: known && (!this.isVisible || !this.wide.matches && this.screen === "chat"),
      live: known && this.isVisible && this.about.live
    });
  }
  #show() {
    this.inbox.show(this.chats, this.open?.chat.id);
    document.body.toggleAttribute("data-chats", this.chats.length > 0);
    const unread = this.#countUnread();
    document.title = unread ? `(${unread}) ${this.about.title}` : this.about.title;
    reportUnread(unread);
  }
  /** The owner has closed the chat: the messages can still be read. */
  #showClosed() {
    this.closed.textContent = t("closed");
    document.body.dataset.closed = "";
  }
  #countUnread() {
    const isOnScreen = (chat) => this.isVisible && !document.hidden && chat.id === this.open?.chat.id;
    return this.chats.reduce((sum, chat) => sum + (isOnScreen(chat) ? 0 : chat.unread), 0);
  }
  // --- chats come and go ---
  async #loadChats() {
    const before = fingerprint(this.chats);
    this.chats = await api.chats();
    if (fingerprint(this.chats) !== before) this.news.noteActivity();
    this.connection.succeeded();
    this.#show();
  }
  /** @param {LiveUpdate} update */
  #receive(update) {
    const chats = [update.chat, ...this.chats.filter(({ id }) => id !== update.chat.id)];
    this.chats = chats.sort((one, other) => other.updated_at.localeCompare(one.updated_at));
    this.#show();
    if (this.open?.chat.id === update.chat.id) this.open.receive(update);
  }
  /**
   * @param {string} id
   * @param {string} name
   */
  async #begin(id, name) {
    await visitor.register();
    const chat = await api.startChat(id, name);
    this.chats = [chat, ...this.chats.filter((one) => one.id !== chat.id)];
    this.#goTo(chat.id);
  }
  /** @param {Chat} chat */
  async #rename({ id, name }) {
    const save = async (changed) => {
      const renamed = await api.renameChat(id, changed);
      this.chats = this.chats.map((chat) => chat.id === id ? renamed : chat);
      if (this.open?.chat.id === id) this.open.rename(renamed);
      this.#show();
    };
    const texts2 = { title: t("rename_title"), label: t("your_name"), missing: t("name_missing") };
    await askForText({ ...texts2, value: name, limit: LONGEST_NAME, save });
  }
  /** @param {Chat} chat */
  async #erase(chat) {
    if (!await confirmErasing(t("erase_chat_title"), t("erase_chat_text"))) return;
    if (await this.#isErased(api.eraseChat(chat.id))) this.#forgetChat(chat.id, "chat_erased");
  }
  async #eraseAll() {
    if (!await confirmErasing(t("erase_all_title"), t("erase_all_text"))) return;
    if (await this.#isErased(api.eraseVisitor())) this.#forgetVisitor("all_erased");
  }
  /**
   * What does not exist any more counts as erased.
   * @param {Promise<null>} call
   */
  async #isErased(call2) {
    try {
      await call2;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== NOT_FOUND3 && error.status !== UNAUTHORIZED2) {
        this.notice.textContent = t("did_not_work");
        return false;
      }
    }
    return true;
  }
  /**
   * @param {string} id
   * @param {TextName} [notice]
   */
  #forgetChat(id, notice = "chat_gone") {
    this.outbox.discardChat(id);
    stored(`draft:${id}`).remove();
    this.chats = this.chats.filter((chat) => chat.id !== id);
    if (this.open?.chat.id === id) this.#goTo("");
    else this.#show();
    this.notice.textContent = t(notice);
  }
  /** @param {TextName} [notice] */
  #forgetVisitor(notice = "access_ended") {
    this.push.forget();
    visitor.forget();
    this.chats = [];
    this.#goTo("");
    this.notice.textContent = t(notice);
  }
  /** @returns {import("./outbox.js").OutboxHooks} */
  #outboxHooks() {
    return {
      changed: () => this.open?.show(),
      sent: (chat, message) => {
        this.connection.succeeded();
        if (this.open?.chat.id === chat) this.open.add(message);
        this.push.offer();
      },
      chatGone: (chat) => this.#forgetChat(chat),
      accessEnded: () => this.#forgetVisitor(),
      closed: () => this.#showClosed(),
      failed: (error) => this.#handleError(error)
    };
  }
  /**
   * @param {Error} error
   * @param {string} [chat] the chat that the call was about
   */
  #handleError(error, chat = "") {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === UNAUTHORIZED2) this.#forgetVisitor();
    else if (error.status === NOT_FOUND3 && chat) this.#forgetChat(chat);
    else if (error.isTransient && error.status !== 429) this.connection.failed();
  }
};

// colour.js
var READABLE = 4.5;
var SURFACES = { light: [255, 255, 255], dark: [30, 32, 39] };
var WHITE = [255, 255, 255];
var BLACK = [0, 0, 0];
var DEFAULT = "#4454c8";
function paint(root, colour) {
  const hex = colour && /^#[0-9a-f]{6}$/iu.test(colour) ? colour : DEFAULT;
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  const accent = [red, green, blue];
  root.style.setProperty("--accent", hex);
  root.style.setProperty("--on-accent", textOn(accent));
  root.style.setProperty("--ink-light", css(readable(accent, BLACK, SURFACES.light)));
  root.style.setProperty("--ink-dark", css(readable(accent, WHITE, SURFACES.dark)));
}
function textOn(accent) {
  return contrast(accent, WHITE) >= READABLE ? "#ffffff" : "#000000";
}
function readable(colour, end, surface) {
  for (let share = 0; share < 1; share += 0.05) {
    const mix = (part) => Math.round(colour[part] + (end[part] - colour[part]) * share);
    const mixed = [mix(0), mix(1), mix(2)];
    if (contrast(mixed, surface) >= READABLE + 0.7) return mixed;
  }
  return end;
}
function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}
function luminance(colour) {
  const [red, green, blue] = colour.map(
    (part) => part <= 10 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
var css = (colour) => `rgb(${colour.join(" ")})`;

// page.js
var FIRST_WAIT3 = 1e3;
async function main() {
  fitHeight();
  const about = await loadSettings();
  chooseTexts(about.language);
  paint(document.documentElement, about.colour);
  await new App(about).run();
}
async function loadSettings() {
  const last = stored("about");
  for (let failures = 1; ; failures += 1) {
    try {
      const about = await api.about();
      last.set(about);
      return about;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const about = last.get();
      if (about) return about;
      await new Promise((resolve) => setTimeout(resolve, backoff(FIRST_WAIT3, failures)));
    }
  }
}
function fitHeight() {
  const viewport = window.visualViewport;
  viewport?.addEventListener("resize", () => {
    if (viewport.scale === 1) document.documentElement.style.setProperty("--height", `${viewport.height}px`);
  });
}
main();
export {
  ApiError,
  api,
  askForText,
  confirmErasing,
  el,
  emojiOf,
  iconButton,
  makeQuote,
  moveFocus,
  placeBeside,
  quoteText,
  t
};
