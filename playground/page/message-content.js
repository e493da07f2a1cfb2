// The parts of a message other than its text: files, locations, cards and buttons.

/** @import { Attachment, Button, Card, Location, Message, MessageActions } from "./types.js" */

import { decimalDegrees, el, icon, NEW_TAB, webUrl } from "./dom.js";
import { voiceNote } from "./voice.js";

/**
 * @param {Attachment | null} file
 * @param {string} [form] what it was sent as, such as a sticker
 */
export function attachment(file, form = "") {
  if (!file) return null;
  const { kind, url } = file;
  const name = file.emoji || file.name || kind;
  if (form === "voice") return voiceNote(url, file.duration ?? 0);
  if (kind === "image") {
    const image = el("img", { src: url, alt: name, loading: "lazy", onload: keepInView });
    return el("a", { class: "image", href: url, ...NEW_TAB }, image);
  }
  if (kind === "video" || kind === "audio") {
    return el(kind, { src: url, controls: true, preload: "metadata", "aria-label": name });
  }
  return el(
    "a",
    { class: "file", href: url, download: name, ...NEW_TAB },
    el("span", { class: "file-icon" }, icon("file")),
    el("span", { class: "file-text" }, el("b", { dir: "auto" }, name), el("small", {}, sizeOf(file.size ?? 0))),
  );
}

/**
 * An image that loads late moves the end of the conversation down: scrolls to the end if it was visible.
 * @param {Event} event
 */
function keepInView({ currentTarget: image }) {
  if (!(image instanceof HTMLImageElement)) return;
  const box = image.closest(".messages");
  if (box && box.scrollHeight - box.scrollTop - box.clientHeight < image.height + 120) box.scrollTop = box.scrollHeight;
}

/** @param {number} bytes */
function sizeOf(bytes) {
  if (!bytes) return "";
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

/** @param {Location | null} place */
export function location(place) {
  if (!place) return null;
  const [latitude, longitude] = [decimalDegrees(place.latitude), decimalDegrees(place.longitude)];
  const href = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  const coordinates = `${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}`;
  return el(
    "a",
    { class: "location", href, ...NEW_TAB },
    el("span", { class: "map" }, icon("pin")),
    el("span", {}, el("b", {}, "Location"), el("small", {}, coordinates)),
  );
}

/** @type {Map<string, number>} the button that was pressed last, by message */
const lastPressed = new Map();

/**
 * @param {Message} message
 * @param {MessageActions["tap"]} tap
 */
export function buttons(message, tap) {
  if (!message.buttons.length) return null;
  const { status, answer } = message.question ?? {};
  const press = (/** @type {number} */ index) => {
    lastPressed.set(message.id, index);
    tap?.(message.id, index, null);
  };
  const choices = message.buttons.map((button, index) =>
    choice(button, tap && (() => press(index)), {
      isAnswer: status === "answered" && button.label === answer,
      isBusy: Boolean(message.waiting) && lastPressed.get(message.id) === index,
    }),
  );
  const { list } = message.buttons[0];
  return list ? listOf(list, choices, message.id) : el("div", { class: "choices" }, choices);
}

/** @type {Set<string>} the messages whose list is open: they may be shown anew at any time */
const openLists = new Set();

/**
 * Choices that open with a press.
 * @param {string} label
 * @param {HTMLElement[]} choices
 * @param {string} id
 */
function listOf(label, choices, id) {
  const note = () => {
    if (!list.open) openLists.delete(id);
    else if (!openLists.has(id)) list.scrollIntoView({ block: "nearest" });
    if (list.open) openLists.add(id);
  };
  const summary = el("summary", { class: "choice", dir: "auto" }, icon("list"), label);
  const rows = el("div", { class: "choices" }, choices);
  const attributes = { class: "choice-list", open: openLists.has(id), ontoggle: note };
  const list = el("details", attributes, summary, rows);
  return list;
}

/**
 * @param {Message} message
 * @param {MessageActions["tap"]} tap
 */
export function cards(message, tap) {
  if (!message.cards.length) return null;
  const one = (/** @type {Card} */ card, /** @type {number} */ number) =>
    el(
      "div",
      { class: "rich-card" },
      card.image ? el("img", { src: card.image, alt: "", loading: "lazy", onload: keepInView }) : null,
      el("div", { class: "rich-text" }, cardTitle(card), card.text ? el("p", { dir: "auto" }, card.text) : null),
      card.buttons.map((button, index) => choice(button, tap && (() => tap(message.id, index, number)))),
    );
  return el(
    "div",
    { class: "rich-cards", tabindex: "0", role: "group", "aria-label": "Cards" },
    message.cards.map(one),
  );
}

/**
 * @param {Button} button
 * @param {(() => unknown) | undefined} press
 * @param {{ isAnswer?: boolean, isBusy?: boolean }} [state] whether it was chosen, and waits for the business
 */
function choice({ label, url, description }, press, { isAnswer = false, isBusy = false } = {}) {
  if (url) return linkChoice(label, url, press);
  const busy = { class: isBusy ? "choice busy" : "choice", "aria-busy": isBusy && "true" };
  const more = description ? el("small", { dir: "auto" }, description) : null;
  if (press) return el("button", { type: "button", ...busy, dir: "auto", onclick: press }, label, more);
  const classes = isAnswer ? "choice still picked" : "choice still";
  return el("span", { class: classes, dir: "auto" }, isAnswer ? icon("check") : null, label);
}

/**
 * @param {string} label
 * @param {string} url
 * @param {(() => unknown) | undefined} press
 */
function linkChoice(label, url, press) {
  const isCall = url.startsWith("tel:");
  const place = isCall ? { title: url.slice(4) } : NEW_TAB;
  const attributes = { class: "choice", dir: "auto", href: safeUrl(url), onclick: press, ...place };
  return el("a", attributes, label, icon(isCall ? "phone" : "link"));
}

/** @param {Card} card */
function cardTitle({ title, url }) {
  if (!title) return null;
  const href = url ? safeUrl(url) : null;
  return el("b", { dir: "auto" }, href ? el("a", { href, ...NEW_TAB }, title) : title);
}

/** @param {string} url A service may send any string as a URL: only web addresses and phone numbers become links. */
const safeUrl = (url) => (/^tel:[+\d]/iu.test(url) ? url : webUrl(url));
