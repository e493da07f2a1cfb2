// The messages of a chat, oldest first, with days between them. Nodes stay while their message stays the same.

import { makeBubble } from "./bubble.js";
import { el, icon } from "./dom.js";
import { dayOf, say } from "./texts.js";

const GROUP = 5 * 60_000; // messages of one person within this stand together
const NEAR = 80; // pixels from the end that still count as being there

export class Log {
  /** `acts` are those of a bubble, and earlier() for the page before. */
  constructor(acts) {
    this.acts = acts;
    this.earlier = el(
      "button",
      { type: "button", class: "earlier", hidden: true, onclick: acts.earlier },
      say("earlier"),
    );
    this.list = el("div", { class: "list" });
    this.typing = el("div", { class: "typing", "aria-hidden": "true", hidden: true }, el("i"), el("i"), el("i"));
    this.box = el(
      "div",
      { class: "log", role: "log", tabindex: "0", "aria-label": say("messages"), "aria-live": "off" },
      this.earlier,
      this.list,
      this.typing,
    );
    this.down = el(
      "button",
      { type: "button", class: "latest", hidden: true, onclick: () => this.#toEnd(true) },
      icon("down"),
      say("latest"),
    );
    this.shown = new Map();
    this.atEnd = true;
    this.#follow();
  }

  /** `more`: there are earlier ones; `whole`: these are not only what waits to be sent. */
  show(messages, { more, whole }) {
    const first = this.shown.size === 0;
    const anchor = this.list.firstElementChild;
    const before = anchor?.offsetTop ?? 0;
    const fresh = place(this.list, this.shown, itemsOf(messages), (item) => make(item, this.acts));
    this.earlier.hidden = !more;
    if (anchor?.isConnected && !this.atEnd) this.box.scrollTop += anchor.offsetTop - before;
    if (!first)
      this.#welcome(
        fresh.filter(({ message }) => message),
        messages.at(-1),
      );
    if (this.atEnd) this.#toEnd();
    // What was there before is not news: it is read aloud only when somebody goes there.
    if (whole) setTimeout(() => this.box.setAttribute("aria-live", "polite"), 200);
  }

  showTyping(on) {
    this.typing.hidden = !on;
    if (on && this.atEnd) this.#toEnd();
  }

  /** What is shown next is not read aloud. */
  quietly() {
    this.box.setAttribute("aria-live", "off");
  }

  close() {
    this.watcher.disconnect();
  }

  /** Follows what the visitor writes; of what others write it tells those who have scrolled away. */
  #welcome(news, last) {
    news.forEach(({ node }) => node.classList.add("new"));
    if (news.some(({ message }) => message.unsent)) this.atEnd = true;
    else if (!this.atEnd && news.some(({ message }) => message === last && !message.mine)) this.down.hidden = false;
  }

  #toEnd(slowly = false) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.box.scrollTo({ top: this.box.scrollHeight, behavior: slowly && !still ? "smooth" : "instant" });
  }

  /** Pictures that load late, and the keys of a phone, must not push the end out of sight. */
  #follow() {
    const note = () => {
      this.atEnd = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < NEAR;
      if (this.atEnd) this.down.hidden = true;
    };
    this.box.addEventListener("scroll", note, { passive: true });
    this.watcher = new ResizeObserver(() => this.atEnd && this.#toEnd());
    this.watcher.observe(this.box);
    this.watcher.observe(this.list);
  }
}

function itemsOf(messages) {
  const items = [];
  let last = null;
  for (const message of messages) {
    const newDay = !last || new Date(last.at).toDateString() !== new Date(message.at).toDateString();
    if (newDay)
      items.push({ key: `day ${new Date(message.at).toDateString()}`, day: message.at, same: dayOf(message.at) });
    const follows = !newDay && together(last, message);
    items.push({ key: message.id, message, follows, same: lookOf(message, follows) });
    last = message;
  }
  return items;
}

function together(one, other) {
  return (
    one.mine === other.mine && one.sender?.name === other.sender?.name && new Date(other.at) - new Date(one.at) < GROUP
  );
}

/** What a message looks like apart from its state: where this changes, its node is made anew. */
function lookOf({ mine, text, attachment, cards, location, buttons, sender, tapped, edited, unsent }, follows) {
  return JSON.stringify([
    mine,
    text,
    attachment && [attachment.name, attachment.local || attachment.url],
    cards,
    location,
    buttons,
    sender,
    tapped,
    edited,
    unsent,
    follows,
  ]);
}

function make(item, acts) {
  if (item.message) return makeBubble(item.message, { follows: item.follows, acts });
  return { node: el("p", { class: "day" }, el("time", { datetime: item.day }, dayOf(item.day))), update: () => {} };
}

/** Makes `list` show `items` in order; the answer are those that are new. */
function place(list, shown, items, build) {
  const fresh = [];
  const keys = new Set(items.map(({ key }) => key));
  for (const [key, { node }] of shown) {
    if (keys.has(key)) continue;
    node.remove();
    shown.delete(key);
  }
  let spot = list.firstChild;
  for (const item of items) {
    let entry = shown.get(item.key);
    if (!entry || entry.same !== item.same) {
      const made = { ...build(item), same: item.same };
      if (!entry) fresh.push({ ...item, node: made.node });
      else if (spot === entry.node) spot = made.node;
      entry?.node.replaceWith(made.node);
      shown.set(item.key, made);
      entry = made;
    } else if (item.message) {
      entry.update(item.message);
    }
    if (entry.node === spot) spot = spot.nextSibling;
    else list.insertBefore(entry.node, spot);
  }
  return fresh;
}
