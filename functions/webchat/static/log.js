// The messages of a chat, oldest first, with days between them. Nodes stay while their message stays the same.

import { makeBubble } from "./bubble.js";
import { el, icon } from "./dom.js";
import { dayOf, say } from "./texts.js";

const GROUP = 5 * 60_000; // messages of one person within this stand together
const NEAR = 80; // pixels from the end that still count as being there

/** `acts` are those of a bubble, and earlier() for the page before. `local(id)` is a file's address in this browser. */
export function makeLog(acts, local) {
  const earlier = el("button", { type: "button", class: "earlier", hidden: true, onclick: acts.earlier }, say("earlier"));
  const list = el("div", { class: "list" });
  const typing = el("div", { class: "typing", "aria-hidden": "true", hidden: true }, el("i"), el("i"), el("i"));
  const box = el("div", { class: "log", role: "log", tabindex: "0", "aria-label": say("messages"), "aria-live": "off" }, earlier, list, typing);
  const down = el("button", { type: "button", class: "latest", hidden: true, onclick: () => toEnd(true) }, icon("down"), say("latest"));
  const shown = new Map();
  let atEnd = true;

  const toEnd = (smooth = false) => {
    box.scrollTo({ top: box.scrollHeight, behavior: smooth && !matchMedia("(prefers-reduced-motion: reduce)").matches ? "smooth" : "instant" });
  };
  box.addEventListener("scroll", () => {
    atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    if (atEnd) down.hidden = true;
  }, { passive: true });
  // Pictures that load late, and the keys of a phone, must not push the end out of sight.
  const follow = new ResizeObserver(() => atEnd && toEnd());
  follow.observe(box);
  follow.observe(list);

  const show = (messages, { more, whole }) => {
    const first = shown.size === 0;
    const anchor = first ? null : list.firstElementChild;
    const before = anchor?.offsetTop ?? 0;
    const fresh = place(list, shown, itemsOf(messages), (item) => make(item, acts, local));
    earlier.hidden = !more;
    if (anchor?.isConnected && !atEnd) box.scrollTop += anchor.offsetTop - before;
    const news = fresh.filter(({ message }) => message && !first);
    if (news.some(({ message }) => message.mine && message.unsent)) atEnd = true;
    else if (!atEnd && news.some(({ message, key }) => !message.mine && key === messages.at(-1)?.id)) down.hidden = false;
    news.forEach(({ node }) => node.classList.add("new"));
    if (atEnd) toEnd();
    // What was there before is not news: it is read aloud only when somebody goes there.
    if (whole) setTimeout(() => box.setAttribute("aria-live", "polite"), 200);
  };
  const showTyping = (on) => {
    typing.hidden = !on;
    if (on && atEnd) toEnd();
  };
  return { box, down, show, showTyping, quietly: () => box.setAttribute("aria-live", "off"), close: () => follow.disconnect() };
}

function itemsOf(messages) {
  const items = [];
  let last = null;
  for (const message of messages) {
    const newDay = !last || new Date(last.at).toDateString() !== new Date(message.at).toDateString();
    if (newDay) items.push({ key: `day ${new Date(message.at).toDateString()}`, day: message.at, same: dayOf(message.at) });
    const follows = !newDay && together(last, message);
    items.push({ key: message.id, message, follows, same: lookOf(message, follows) });
    last = message;
  }
  return items;
}

function together(one, other) {
  return one.mine === other.mine && one.sender?.name === other.sender?.name && new Date(other.at) - new Date(one.at) < GROUP;
}

/** What a message looks like apart from its state: where this changes, its node is made anew. */
function lookOf({ mine, text, attachment, cards, location, buttons, sender, tapped }, follows) {
  return JSON.stringify([mine, text, attachment?.kind, attachment?.name, cards, location, buttons, sender, tapped, follows]);
}

function make(item, acts, local) {
  if (item.message) return makeBubble(item.message, { follows: item.follows, acts, local: local(item.key) });
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
