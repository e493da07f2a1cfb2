// One message, with its sender, time and delivery state.

/** @import { BubbleActions, Message, MenuItem, Quote, ShownMessage, ShownState, TextName } from "../types.js" */

import { attachment, buttons, cards, location } from "./content.js";
import { makeMoreMenu } from "./dialogs.js";
import { avatar, el, icon, spoken } from "./dom.js";
import { paragraph } from "./format.js";
import { firstWords } from "./quotes.js";
import { t, timeOf } from "./texts.js";

/** @type {Record<ShownState, Parameters<typeof icon>[0]>} */
const ICONS = { waiting: "clock", sending: "clock", sent: "check", delivered: "ticks", read: "ticks", failed: "warn" };

/**
 * The node of a message, and `update(message)` for what may change while the node stays: delivery state, progress and
 * reactions.
 * @param {ShownMessage} message
 * @param {{ follows: boolean, actions: BubbleActions }} context `follows`: the message before has the same sender
 */
export function makeBubble(message, { follows, actions }) {
  const status = el("span", { class: "ticks", role: "img" });
  const remedies = el("div", { class: "remedies" });
  const uploading = t("uploading", { name: message.attachment?.name ?? "" });
  const bar = el("progress", { max: "1", "aria-label": uploading, hidden: true });
  const tap = (/** @type {import("../types.js").Button} */ button) => actions.tap(message, button);
  const parts = [attachment(message.attachment), location(message.location), paragraph(message.text)].filter(Boolean);
  const foot = el(
    "span",
    { class: "foot" },
    message.edited ? el("span", { class: "edited" }, t("edited")) : null,
    el("time", { datetime: message.at }, timeOf(message.at)),
    message.mine ? status : null,
  );
  const hasImage = message.attachment?.kind === "image";
  const hasOnlyCards = !parts.length && message.cards.length > 0; // time and menu stand below them
  const quote = message.quote ? quoteButton(message.quote, actions) : null;
  const look = hasOnlyCards ? "bare" : hasImage ? "bubble with-image" : "bubble";
  const bubble = el("div", { class: look }, quote, parts, bar, foot);
  const menu = message.unsent ? null : options(message, actions);
  const held = el("div", { class: "held" }, message.mine ? [...(menu ?? []), bubble] : [bubble, ...(menu ?? [])]);
  // What has happened is announced elsewhere, in a sentence.
  const reactions = el("ul", { class: "reactions", "aria-live": "off" });
  const carousel = cards(message.cards, message.tapped, tap);
  const stack = el(
    "div",
    { class: "stack" },
    author(message, follows),
    hasOnlyCards ? carousel : null,
    held,
    reactions,
    hasOnlyCards ? null : carousel,
    buttons(message.buttons, message.tapped, tap),
    remedies,
  );
  const classes = ["message", message.mine ? "mine" : "theirs", follows ? "follows" : ""].join(" ").trim();
  const node = el("article", { class: classes }, message.mine ? null : avatar(message.sender?.name ?? ""), stack);
  const update = (/** @type {ShownMessage} */ now) => {
    node.classList.toggle("undelivered", now.state === "failed");
    showState(status, now.state);
    showProgress(bar, now);
    showFailure(remedies, now, actions);
    showReactions(reactions, now);
  };
  update(message);
  return { node, update };
}

/**
 * The menu of a message that was sent.
 * @param {ShownMessage} message
 * @param {BubbleActions} actions
 */
function options(message, actions) {
  /** @type {MenuItem<Parameters<typeof icon>[0]>[]} */
  const items = [
    { icon: "smile", label: t("react"), act: () => actions.react(message, button), writes: true },
    { icon: "reply", label: t("reply"), act: () => actions.answer(message), writes: true },
  ];
  if (message.mine && message.text) {
    items.push({ icon: "pen", label: t("edit"), act: () => actions.edit(message), writes: true });
  }
  if (message.mine) items.push({ icon: "trash", label: t("delete"), act: () => actions.remove(message) });
  const [button, list] = makeMoreMenu(t("message_options", { text: firstWords(message) }), items);
  return [button, list];
}

/**
 * @param {Quote} quote
 * @param {BubbleActions} actions
 */
function quoteButton(quote, actions) {
  if (!quote.leads) return el("div", { class: "quote" }, quoteText(quote));
  return el("button", { type: "button", class: "quote", onclick: () => actions.jump(quote.id) }, quoteText(quote));
}

/** @param {Quote} quote */
export const quoteText = ({ author: name, text }) => [
  name ? el("b", { dir: "auto" }, spoken(`${t("reply")}: `), name) : "",
  el("span", { dir: "auto" }, text),
];

/**
 * @param {HTMLElement} list
 * @param {ShownMessage} message
 */
function showReactions(list, { reactions }) {
  const shown = JSON.stringify(reactions);
  if (list.dataset.shown === shown) return;
  list.dataset.shown = shown;
  list.hidden = !reactions.length;
  list.replaceChildren(
    ...reactions.map(({ emoji, name }) => el("li", {}, el("span", { class: "sign" }, emoji), el("bdi", {}, name))),
  );
}

/**
 * @param {ShownMessage} message
 * @param {boolean} follows
 */
function author({ mine, sender }, follows) {
  if (mine || !sender) return spoken(`${t("you")}: `);
  const bot = sender.bot ? el("small", { class: "bot" }, t("automatic")) : null;
  return el("span", { class: follows ? "author spoken" : "author", dir: "auto" }, sender.name, bot);
}

/**
 * @param {HTMLElement} status
 * @param {ShownState} state
 */
function showState(status, state) {
  if (status.dataset.state === state) return;
  status.dataset.state = state;
  status.setAttribute("aria-label", t(state));
  status.title = t(state);
  status.replaceChildren(icon(ICONS[state]));
}

/**
 * @param {HTMLProgressElement} bar
 * @param {ShownMessage} message
 */
function showProgress(bar, { state, progress }) {
  bar.hidden = state !== "sending" || progress === undefined;
  if (progress !== undefined) bar.value = progress;
}

/**
 * The text is inserted only once, because screen readers read every insertion.
 * @param {HTMLElement} remedies
 * @param {ShownMessage} message
 * @param {BubbleActions} actions
 */
function showFailure(remedies, message, actions) {
  const failed = message.mine && message.state === "failed";
  if (failed === Boolean(remedies.childElementCount)) return;
  remedies.replaceChildren();
  if (!failed) return;
  const text = message.explanation ?? explain(message);
  remedies.append(el("p", { class: "failure", dir: "auto" }, text), ...remediesOf(message, actions));
}

/** @param {Pick<Message, "reason" | "attachment">} message */
function explain({ reason, attachment: file }) {
  if (reason === "file_gone") return t("failed_file_gone");
  return t(file ? "failed_file_refused" : "failed_refused");
}

/**
 * @param {ShownMessage} message
 * @param {BubbleActions} actions
 */
function remediesOf(message, actions) {
  /** @type {(name: TextName, sign: Parameters<typeof icon>[0], act: (message: ShownMessage) => void) => HTMLElement} */
  const remedy = (name, sign, act) =>
    el("button", { type: "button", class: "remedy", onclick: () => act(message) }, icon(sign), t(name));
  return [
    ...(message.resendable ? [remedy("try_again", "again", actions.retry)] : []),
    ...(message.unsent ? [remedy("discard", "trash", actions.discard)] : []),
  ];
}
