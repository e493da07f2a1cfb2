// The messages of a conversation, as both the phone and the desk show them.

/** @import { IconName, ListedMessage, Message, MessageActions } from "./types.js" */

import { avatar, el, icon, iconButton, reconcile } from "./dom.js";
import { formattedText } from "./formatted-text.js";
import { editedMark, quoted, reactions } from "./message-changes.js";
import { attachment, buttons, cards, location } from "./message-content.js";

const MOST_SHOWN = 200; // the newest messages of a conversation; older ones would only take time

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
/** @param {string | undefined} at */
export const timeOf = (at) => (at ? clock.format(new Date(at)) : "");

/** @typedef {"waiting" | "sent" | "delivered" | "read" | "failed"} DeliveryState */

/** @type {Record<string, { text: string, state: DeliveryState }>} Every service has delivery states of its own. */
const STATUS = {
  pending: { text: "Pending", state: "waiting" },
  channel_pending: { text: "Waiting in the channel", state: "waiting" },
  sent: { text: "Sent", state: "sent" },
  received: { text: "Received", state: "delivered" },
  delivered: { text: "Delivered", state: "delivered" },
  read: { text: "Read", state: "read" },
  played: { text: "Played", state: "read" },
  failed: { text: "Not delivered", state: "failed" },
  error: { text: "Not delivered", state: "failed" },
  unavailable: { text: "Not delivered: the customer cannot be reached", state: "failed" },
};
/** @type {Record<DeliveryState, IconName>} */
const ICONS = { waiting: "clock", sent: "check", delivered: "ticks", read: "ticks", failed: "warn" };
/** @type {Record<string, { text: string, icon: IconName }>} */
const QUESTION = {
  pending: { text: "Waiting for an answer", icon: "clock" },
  answered: { text: "Answered", icon: "check" },
  timedout: { text: "Not answered in time", icon: "clock" },
  canceled: { text: "Withdrawn", icon: "close" },
};

/** @type {WeakMap<HTMLElement, string>} the newest message of each box */
const newestShown = new WeakMap();

/**
 * Shows `messages` in `box`, those that are mine on the right. Buttons, retrying, withdrawing and purging are offered
 * where there is an action for them; `named` shows the sender on the right side, too. The newest message stays visible
 * unless the reader has scrolled up.
 * @param {HTMLElement} box
 * @param {Message[]} messages
 * @param {MessageActions} actions
 */
export function showMessages(box, messages, actions) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
  const shown = messages.slice(-MOST_SHOWN).map((message, index, all) => ({
    ...message,
    follows: index > 0 && all[index - 1].author === message.author && all[index - 1].name === message.name,
    joins: index > 0 && Boolean(message.album) && all[index - 1].album === message.album,
  }));
  reconcile(
    box,
    shown,
    (message) => message.id,
    (message, isNew) => row(message, isNew, quoted(message, messages, actions.isMine), actions),
  );
  const newest = shown.at(-1);
  const isMine = newest !== undefined && newest.id !== newestShown.get(box) && actions.isMine(newest.author);
  if (atEnd || isMine) box.scrollTop = box.scrollHeight;
  newestShown.set(box, newest?.id ?? "");
}

/**
 * @param {ListedMessage} message
 * @param {boolean} isNew
 * @param {HTMLElement | null} answered
 * @param {MessageActions} actions
 */
function row(message, isNew, answered, actions) {
  const { isMine, tap, retry, withdraw, purge, more, named = false } = actions;
  if (message.author === "system") {
    return el("p", { class: "system", dir: "auto", "data-id": message.id }, message.text);
  }
  const isRight = isMine(message.author);
  const side = isRight ? "right" : "left";
  const classes = ["message", side, message.author, ...flags(message, isNew)];
  const sender = message.name || message.author;
  const stack = el(
    "div",
    { class: "stack" },
    author(message, isRight, named),
    bubble(message, answered),
    reactions(message, actions),
    cards(message, tap),
    buttons(message, tap),
    footOfCards(message, isRight),
    pressed(message),
    question(message, withdraw),
    failure(message, retry),
  );
  return el(
    "article",
    { class: classes.join(" ").trim(), "data-id": message.id, "aria-label": `${sender}, ${timeOf(message.at)}` },
    isRight ? null : avatar(sender, message.avatar),
    stack,
    more ? more(message) : null,
    purge ? iconButton("trash", "Purge this message", () => purge(message.id), { class: "icon-button purge" }) : null,
  );
}

/**
 * @param {ListedMessage} message
 * @param {boolean} isNew
 */
const flags = ({ follows, joins }, isNew) =>
  Object.entries({ follows, joins, new: isNew }).flatMap(([name, isSo]) => (isSo ? [name] : []));

/**
 * @param {ListedMessage} message
 * @param {boolean} isRight
 * @param {boolean} named
 */
function author(message, isRight, named) {
  if (message.follows || (isRight && !named && message.author !== "note")) return null;
  const text = message.author === "note" ? `Private note · ${message.name}` : message.name;
  if (!text) return null;
  return el("span", { class: "author", dir: "auto" }, isRight && message.author === "bot" ? icon("bot") : null, text);
}

/** @param {Message} message The payload of a pressed button goes to the bot; people would not see it otherwise. */
function pressed({ author: writer, payload }) {
  if (writer !== "customer" || !payload) return null;
  const text = el("span", {}, "Pressed a button: ");
  return el("p", { class: "pressed" }, icon("buttons"), text, el("code", { dir: "auto" }, payload));
}

/** @param {Message} message */
const partsOf = (message) =>
  [
    attachment(message.attachment, message.form),
    location(message.location),
    formattedText(message.text, message.entities),
    message.deleted ? el("p", { class: "gone" }, "This message was deleted") : null,
  ].filter(Boolean);

/**
 * @param {Message} message
 * @param {HTMLElement | null} answered
 */
function bubble(message, answered) {
  const parts = partsOf(message);
  if (!parts.length && (message.cards.length || message.buttons.length)) return null;
  const hasImage = ["image", "video"].includes(message.attachment?.kind ?? "");
  const classes = ["bubble", hasImage ? "with-image" : "", message.form ? `as-${message.form}` : ""]
    .filter(Boolean)
    .join(" ");
  return el("div", { class: classes }, answered, parts, foot(message));
}

/** @param {Message} message */
function foot(message) {
  const mark = editedMark(message);
  return el(
    "span",
    { class: "foot" },
    mark,
    el("time", { datetime: message.at }, timeOf(message.at)),
    ticks(message.status),
  );
}

/**
 * Cards without a text have no bubble that could show their time and delivery state.
 * @param {Message} message
 * @param {boolean} isRight
 */
function footOfCards(message, isRight) {
  return isRight && message.status && message.cards.length && !partsOf(message).length ? foot(message) : null;
}

/** @param {string} status */
function ticks(status) {
  if (!STATUS[status]) return null;
  const { text, state } = STATUS[status];
  const attributes = { class: `ticks ${state}`, role: "img", "aria-label": text, title: text };
  return el("span", attributes, icon(ICONS[state]));
}

/**
 * @param {Message} message
 * @param {MessageActions["retry"]} retry
 */
function failure(message, retry) {
  if (STATUS[message.status]?.state !== "failed") return null;
  const reason = message.error ? `Not delivered: ${message.error}` : "Not delivered";
  const text = el("p", { class: "failure", dir: "auto" }, reason);
  if (!message.retryable || !retry) return text;
  return el(
    "div",
    { class: "with-remedy" },
    text,
    remedy("Retry", "again", () => retry(message.id)),
  );
}

/**
 * @param {Message} message
 * @param {MessageActions["withdraw"]} withdraw
 */
function question(message, withdraw) {
  const state = message.question && QUESTION[message.question.status];
  if (!message.question || !state) return null;
  const { status, answer } = message.question;
  const text = el("span", { dir: "auto" }, status === "answered" && answer ? `${state.text}: ${answer}` : state.text);
  const canWithdraw = status === "pending" && withdraw;
  const button = canWithdraw ? remedy("Withdraw", "close", () => withdraw(message.id)) : null;
  return el("div", { class: `question ${status}` }, icon(state.icon), text, button);
}

/**
 * A button that can be pressed once, or again after a refusal.
 * @param {string} text
 * @param {IconName} sign
 * @param {() => Promise<unknown>} act
 */
function remedy(text, sign, act) {
  const press = async () => {
    button.disabled = true;
    if ((await act()) === null) button.disabled = false;
  };
  const button = el("button", { type: "button", class: "remedy" }, icon(sign), text);
  button.addEventListener("click", press);
  return button;
}
