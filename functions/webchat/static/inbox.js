// The visitor's chats.

/** @import { About, Chat } from "../types.js" */

import { makeMoreMenu } from "./dialogs.js";
import { avatar, el, icon, spoken } from "./dom.js";
import { shortTimeOf, t } from "./texts.js";

/**
 * @typedef {object} InboxActions
 * @property {(chat: Chat) => void} open
 * @property {() => void} begin
 * @property {() => void} eraseAll
 * @property {() => ReturnType<import("./push.js").PushOffer["menuItems"]>} more items of the menu, when it opens
 */

/** @param {Chat[]} chats the latest one first */
export const fingerprint = ([chat]) => `${chat?.id} ${chat?.updated_at}`;

/**
 * @param {About} about
 * @param {InboxActions} actions
 */
export function makeInbox(about, actions) {
  const list = el("ul", { class: "chats" });
  const title = el("h1", { tabindex: "-1" }, about.title);
  const menu = makeMoreMenu(t("more"), () => [
    ...actions.more(),
    { icon: "trash", label: t("erase_all"), act: actions.eraseAll },
  ]);
  const begin = el(
    "button",
    { type: "button", class: "button primary begin", onclick: actions.begin },
    icon("plus"),
    t("new_chat"),
  );
  const head = el(
    "header",
    { class: "head" },
    el("div", { class: "names" }, title, el("p", {}, t("your_chats"))),
    menu,
  );
  const foot = el("div", { class: "foot-bar" }, begin);
  const node = el("nav", { class: "pane inbox", "aria-label": t("your_chats") }, head, list, foot);
  /** @type {Map<string, ReturnType<typeof makeRow>>} */
  const rows = new Map();

  const show = (/** @type {Chat[]} */ chats, /** @type {string | undefined} */ open) => {
    const ids = new Set(chats.map(({ id }) => id));
    for (const [id, row] of rows) {
      if (ids.has(id)) continue;
      rows.delete(id);
      row.item.remove();
    }
    for (const [index, chat] of chats.entries()) {
      const row = rows.get(chat.id) ?? makeRow(chat, actions.open);
      rows.set(chat.id, row);
      row.show(chat, chat.id === open);
      if (list.children[index] !== row.item) list.insertBefore(row.item, list.children[index] ?? null);
    }
  };
  const focus = (/** @type {string} */ id) => (rows.get(id)?.button ?? title).focus();
  return { node, show, focus };
}

/**
 * @param {Chat} chat
 * @param {(chat: Chat) => void} open
 */
function makeRow(chat, open) {
  const name = el("b", { dir: "auto" });
  const time = el("time");
  const preview = el("span", { class: "preview", dir: "auto" });
  const badge = el("span", { class: "badge" });
  let current = chat;
  let face = avatar(chat.name);
  const facts = el("span", { class: "entry-text" }, name, time, preview, badge);
  const button = el("button", { type: "button", class: "entry", onclick: () => open(current) }, face, facts);
  const show = (/** @type {Chat} */ next, /** @type {boolean} */ isOpen) => {
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

/**
 * @param {HTMLElement} badge
 * @param {number} unread
 */
function showUnread(badge, unread) {
  badge.hidden = !unread;
  const count = el("span", { "aria-hidden": "true" }, unread > 99 ? "99+" : unread);
  badge.replaceChildren(...(unread ? [count, spoken(t("unread", { count: unread }))] : []));
}
