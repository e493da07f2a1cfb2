// The messages of a chat, oldest first, with days between them. A node stays while its message stays the same.

/** @import { BubbleActions, ShownMessage } from "../types.js" */

import { makeBubble } from "./bubble.js";
import { el, icon } from "./dom.js";
import { dayOf, t } from "./texts.js";

const GROUP = 5 * 60_000; // milliseconds: messages of one sender within this time stand together
const NEAR_END = 80; // pixels

/**
 * One row of the list: a message, or a day. While `signature` stays the same, its node does.
 * @typedef {{ key: string, signature: string } & ({ message: ShownMessage, follows: boolean } | { day: string })} Item
 * @typedef {{ node: HTMLElement, update: (message: ShownMessage) => void }} Row
 */

export class MessageList {
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
      this.typing,
    );
    this.down = el(
      "button",
      { type: "button", class: "latest", hidden: true, onclick: () => this.#scrollToEnd(true) },
      icon("down"),
      t("latest"),
    );
    /** @type {Map<string, Row & { signature: string }>} */
    this.shown = new Map();
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
    // Screen readers read only what comes from now on.
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
}

/** @param {ShownMessage[]} messages */
function itemsOf(messages) {
  /** @type {Item[]} */
  const items = [];
  /** @type {ShownMessage | null} */
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

/**
 * @param {ShownMessage} one
 * @param {ShownMessage} next
 */
function standTogether(one, next) {
  const sameSender = one.mine === next.mine && one.sender?.name === next.sender?.name;
  return sameSender && Date.parse(next.at) - Date.parse(one.at) < GROUP;
}

/**
 * What a message looks like apart from its delivery state. When this changes, the node is replaced.
 * @param {ShownMessage} message
 * @param {boolean} follows
 */
function signatureOf(message, follows) {
  const { mine, text, attachment, cards, location, buttons, sender, tapped, edited, unsent, quote, deleted } = message;
  const file = attachment && [attachment.name, attachment.local || attachment.url];
  const said = [mine, text, file, cards, location, buttons, sender, tapped, edited, unsent, quote, deleted];
  return JSON.stringify([...said, follows]);
}

/**
 * @param {Item} item
 * @param {BubbleActions} actions
 * @returns {Row}
 */
function makeRow(item, actions) {
  if ("message" in item && item.message.deleted) {
    const side = item.message.mine ? "mine" : "theirs";
    return { node: el("p", { class: `gone ${side}` }, t("message_deleted")), update: () => {} };
  }
  if ("message" in item) return makeBubble(item.message, { follows: item.follows, actions });
  const node = el("p", { class: "day" }, el("time", { datetime: item.day }, dayOf(item.day)));
  return { node, update: () => {} };
}

/**
 * Makes `list` show `items` in order. Returns the messages that are new.
 * @param {HTMLElement} list
 * @param {Map<string, Row & { signature: string }>} shown
 * @param {Item[]} items
 * @param {(item: Item) => Row} make
 */
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
