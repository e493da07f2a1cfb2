// One message, as both the phone and the desk show it.

import { avatar, el, icon, iconButton, reconcile } from "./dom.js";

export const SHOWN = 200; // the newest messages of a conversation; older ones would only cost time

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
export const timeOf = (at) => (at ? clock.format(new Date(at)) : "");

// Every service has its own words for what became of a message; `shape` is the sign that they have in common.
const STATUS = {
  pending: { words: "Pending", shape: "waiting" },
  channel_pending: { words: "Waiting in the channel", shape: "waiting" },
  sent: { words: "Sent", shape: "sent" },
  received: { words: "Received", shape: "delivered" },
  delivered: { words: "Delivered", shape: "delivered" },
  read: { words: "Read", shape: "read" },
  failed: { words: "Not delivered", shape: "failed" },
  error: { words: "Not delivered", shape: "failed" },
  unavailable: { words: "Not delivered: the customer cannot be reached", shape: "failed" },
};
const QUESTION = {
  pending: { words: "Waiting for an answer", sign: "clock" },
  answered: { words: "Answered", sign: "check" },
  timedout: { words: "Not answered in time", sign: "clock" },
  canceled: { words: "Withdrawn", sign: "close" },
};
const SIGNS = { waiting: "clock", sent: "check", delivered: "ticks", read: "ticks", failed: "warn" };

/**
 * Shows `messages` in `box`. `mine` tells which authors stand on the right; `tap(message, button, card)` is given where
 * buttons can be pressed, `retry(message)`, `withdraw(message)` and `purge(message)` where failed messages can be sent
 * again, questions taken back and messages wiped out; `named` says who wrote on the right side, too. Keeps the newest
 * message in sight unless the reader has scrolled up.
 */
export function showMessages(box, messages, { mine, ...does }) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  const shown = messages.slice(-SHOWN).map((message, index, all) => ({
    ...message,
    follows: index > 0 && all[index - 1].author === message.author && all[index - 1].name === message.name,
  }));
  reconcile(
    box,
    shown,
    (message) => message.id,
    (message, again) => row(message, { mine, again, ...does }),
  );
  const newest = shown.at(-1)?.id ?? "";
  if (newest !== box.newest && (atEnd || mine(shown.at(-1)?.author))) box.scrollTop = box.scrollHeight;
  else if (atEnd) box.scrollTop = box.scrollHeight;
  box.newest = newest;
}

function row(message, { mine, again, tap = null, retry = null, withdraw = null, purge = null, named = false }) {
  if (message.author === "system") {
    return el("p", { class: "system", dir: "auto", "data-id": message.id }, message.text);
  }
  const right = mine(message.author);
  const classes = [
    "message",
    right ? "right" : "left",
    message.author,
    message.follows ? "follows" : "",
    again ? "" : "new",
  ];
  return el(
    "article",
    {
      class: classes.join(" ").trim(),
      "data-id": message.id,
      "aria-label": `${message.name || message.author}, ${timeOf(message.at)}`,
    },
    right ? null : avatar(message.name || message.author, message.avatar),
    el(
      "div",
      { class: "stack" },
      author(message, right, named),
      bubble(message),
      cards(message, tap),
      buttons(message, tap),
      bareFoot(message, right),
      pressed(message),
      question(message, withdraw),
      failure(message, retry),
    ),
    purge ? iconButton("trash", "Purge this message", () => purge(message.id), { class: "icon-button purge" }) : null,
  );
}

function author(message, right, named) {
  if (message.follows || (right && !named && message.author !== "note")) return null;
  const words = message.author === "note" ? `Private note · ${message.name}` : message.name;
  return words
    ? el("span", { class: "author", dir: "auto" }, right && message.author === "bot" ? icon("bot") : null, words)
    : null;
}

/** What a button that was pressed sends along is for the bot: people would not know of it. */
function pressed({ author: writer, payload }) {
  if (writer !== "customer" || !payload) return null;
  return el(
    "p",
    { class: "pressed" },
    icon("buttons"),
    el("span", {}, "Pressed a button: "),
    el("code", { dir: "auto" }, payload),
  );
}

const partsOf = (message) =>
  [attachment(message.attachment), location(message.location), text(message)].filter(Boolean);

function bubble(message) {
  const parts = partsOf(message);
  if (!parts.length && (message.cards?.length || message.buttons?.length)) return null;
  const picture = ["image", "video"].includes(message.attachment?.kind);
  return el("div", { class: picture ? "bubble with-picture" : "bubble" }, parts, foot(message));
}

function text(message) {
  return message.text
    ? el("p", { class: onlyEmoji(message.text) ? "text big" : "text", dir: "auto" }, linked(message.text))
    : null;
}

const EMOJI = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\u200D|\p{Emoji_Modifier})*){1,3}$/u;
const onlyEmoji = (words) => EMOJI.test(words.replace(/\s/gu, ""));

// Signs of other scripts that end a sentence or quote it are never part of an address: addresses hold them encoded.
const ADDRESS = /(https?:\/\/(?:[!#-&(-;=?-_a-~·・]|(?![\p{P}\p{Cf}])[^\p{ASCII}\s])+)/iu;
const PUNCTUATION = ".,;:!?'";
const BRACKETS = { ")": "(", "]": "[", "}": "{" };

/** Text with its web addresses as links. */
export function linked(words) {
  return words.split(ADDRESS).flatMap((part, index) => {
    const address = index % 2 ? withoutTail(part) : "";
    if (!URL.canParse(address)) return [part];
    return [
      el("a", { href: address, target: "_blank", rel: "noopener noreferrer", dir: "ltr" }, address),
      part.slice(address.length),
    ];
  });
}

/** The sentence's own punctuation is no part of the address; a bracket is when it was opened inside. */
function withoutTail(address) {
  const times = (sign) => address.split(sign).length;
  const unopened = Object.fromEntries(Object.entries(BRACKETS).map(([end, begin]) => [end, times(end) - times(begin)]));
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address[end - 1];
    if (unopened[last] > 0) unopened[last] -= 1;
    else if (!PUNCTUATION.includes(last)) break;
  }
  return address.slice(0, end);
}

function attachment(file) {
  if (!file) return null;
  const name = file.name || file.kind;
  if (file.kind === "image") {
    return el(
      "a",
      { class: "picture", href: file.url, target: "_blank", rel: "noopener noreferrer" },
      el("img", { src: file.url, alt: name, loading: "lazy", onload: keepInSight }),
    );
  }
  if (file.kind === "video")
    return el("video", { src: file.url, controls: true, preload: "metadata", "aria-label": name });
  if (file.kind === "audio")
    return el("audio", { src: file.url, controls: true, preload: "metadata", "aria-label": name });
  return el(
    "a",
    { class: "file", href: file.url, target: "_blank", rel: "noopener noreferrer", download: name },
    el("span", { class: "file-icon" }, icon("file")),
    el("span", { class: "file-words" }, el("b", { dir: "auto" }, name), el("small", {}, sizeOf(file.size))),
  );
}

/** A picture that arrives late pushes the end of the conversation down: follow it when the end was in sight. */
function keepInSight(event) {
  const box = event.target.closest(".messages");
  if (box && box.scrollHeight - box.scrollTop - box.clientHeight < event.target.height + 120)
    box.scrollTop = box.scrollHeight;
}

export function sizeOf(bytes) {
  if (!bytes) return "";
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`;
}

/** Plain decimals, to the centimetre: maps read no exponents. */
const degrees = (value) =>
  Number(value)
    .toFixed(7)
    .replace(/\.?0+$/u, "")
    .replace(/^-0$/u, "0");

export function location(place) {
  if (!place) return null;
  const [latitude, longitude] = [degrees(place.latitude), degrees(place.longitude)];
  const href = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return el(
    "a",
    { class: "place", href, target: "_blank", rel: "noopener noreferrer" },
    el("span", { class: "map" }, icon("pin")),
    el(
      "span",
      {},
      el("b", {}, "Location"),
      el("small", {}, `${Number(latitude).toFixed(5)}, ${Number(longitude).toFixed(5)}`),
    ),
  );
}

function foot(message) {
  return el("span", { class: "foot" }, el("time", { datetime: message.at }, timeOf(message.at)), ticks(message.status));
}

/** Cards without words have no bubble that could tell when they were sent and what became of them. */
function bareFoot(message, right) {
  return right && message.status && message.cards?.length && !partsOf(message).length ? foot(message) : null;
}

function ticks(status) {
  if (!STATUS[status]) return null;
  const { words, shape } = STATUS[status];
  return el("span", { class: `ticks ${shape}`, role: "img", "aria-label": words, title: words }, icon(SIGNS[shape]));
}

function failure(message, retry) {
  if (STATUS[message.status]?.shape !== "failed") return null;
  const words = el(
    "p",
    { class: "failure", dir: "auto" },
    message.error ? `Not delivered: ${message.error}` : "Not delivered",
  );
  if (!message.retryable || !retry) return words;
  return el(
    "div",
    { class: "with-remedy" },
    words,
    remedy("Retry", "reopen", () => retry(message.id)),
  );
}

function question(message, withdraw) {
  const state = QUESTION[message.question?.status];
  if (!state) return null;
  const { status, answer } = message.question;
  const words = el(
    "span",
    { dir: "auto" },
    status === "answered" && answer ? `${state.words}: ${answer}` : state.words,
  );
  const takeBack = status === "pending" && withdraw ? remedy("Withdraw", "close", () => withdraw(message.id)) : null;
  return el("div", { class: `question ${status}` }, icon(state.sign), words, takeBack);
}

/** A button that can be pressed once, unless what it does is refused. */
function remedy(words, sign, act) {
  const press = async ({ currentTarget: button }) => {
    button.disabled = true;
    if ((await act()) === null) button.disabled = false;
  };
  return el("button", { type: "button", class: "remedy", onclick: press }, icon(sign), words);
}

function buttons(message, tap) {
  if (!message.buttons?.length) return null;
  const { status, answer } = message.question ?? {};
  const isAnswer = ({ label }) => status === "answered" && label === answer;
  return el(
    "div",
    { class: "choices" },
    message.buttons.map((button, index) =>
      choice(button, tap && (() => tap(message.id, index, null)), isAnswer(button)),
    ),
  );
}

function cards(message, tap) {
  if (!message.cards?.length) return null;
  const one = (card, number) =>
    el(
      "div",
      { class: "rich-card" },
      card.image ? el("img", { src: card.image, alt: "", loading: "lazy", onload: keepInSight }) : null,
      el("div", { class: "rich-words" }, cardTitle(card), card.text ? el("p", { dir: "auto" }, card.text) : null),
      card.buttons.map((button, index) => choice(button, tap && (() => tap(message.id, index, number)))),
    );
  return el(
    "div",
    { class: "rich-cards", tabindex: "0", role: "group", "aria-label": "Cards" },
    message.cards.map(one),
  );
}

function choice(button, press, isAnswer = false) {
  if (button.url) return linkChoice(button, press);
  return press
    ? el("button", { type: "button", class: "choice", dir: "auto", onclick: press }, button.label)
    : el(
        "span",
        { class: isAnswer ? "choice still picked" : "choice still", dir: "auto" },
        isAnswer ? icon("check") : null,
        button.label,
      );
}

function linkChoice({ label, url }, press) {
  const isCall = url.startsWith("tel:");
  const place = isCall ? {} : { target: "_blank", rel: "noopener noreferrer" };
  return el(
    "a",
    {
      class: "choice",
      dir: "auto",
      href: safeAddress(url),
      title: isCall ? url.slice(4) : null,
      ...place,
      onclick: press,
    },
    label,
    icon(isCall ? "phone" : "link"),
  );
}

function cardTitle({ title, url }) {
  if (!title) return null;
  const href = url ? safeAddress(url) : null;
  return el(
    "b",
    { dir: "auto" },
    href ? el("a", { href, target: "_blank", rel: "noopener noreferrer" }, title) : title,
  );
}

/** A service may hand us any string as an address: only web addresses and telephone numbers become links. */
function safeAddress(address) {
  return /^(?:https?:\/\/|tel:[+\d])/iu.test(address) ? address : null;
}
