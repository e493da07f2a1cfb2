// The visitor's chats.

import { makeMenu } from "./ask.js";
import { avatar, el, icon, spoken } from "./dom.js";
import { say, whenOf } from "./texts.js";

/** `acts` are open(chat), begin() and eraseAll(). */
export function makeInbox(about, acts) {
  const list = el("ul", { class: "chats" });
  const title = el("h1", { tabindex: "-1" }, about.title);
  const menu = makeMenu(say("more"), [{ icon: "trash", label: say("erase_all"), act: acts.eraseAll }]);
  const begin = el(
    "button",
    { type: "button", class: "button primary begin", onclick: acts.begin },
    icon("plus"),
    say("new_chat"),
  );
  const head = el(
    "header",
    { class: "head" },
    el("div", { class: "names" }, title, el("p", {}, say("your_chats"))),
    menu,
  );
  const node = el(
    "nav",
    { class: "pane inbox", "aria-label": say("your_chats") },
    head,
    list,
    el("div", { class: "foot-bar" }, begin),
  );
  const rows = new Map();

  const show = (chats, open) => {
    const keys = new Set(chats.map(({ id }) => id));
    for (const [id, row] of rows) if (!keys.has(id)) rows.delete(id) && row.item.remove();
    chats.forEach((chat, index) => {
      const row = rows.get(chat.id) ?? makeRow(chat, acts.open);
      rows.set(chat.id, row);
      row.show(chat, chat.id === open);
      if (list.children[index] !== row.item) list.insertBefore(row.item, list.children[index] ?? null);
    });
  };
  const focus = (id) => (rows.get(id)?.button ?? title).focus();
  return { node, show, focus };
}

function makeRow(chat, open) {
  const name = el("b", { dir: "auto" });
  const time = el("time");
  const preview = el("span", { class: "preview", dir: "auto" });
  const badge = el("span", { class: "badge" });
  let now = chat;
  let face = avatar(chat.name);
  const button = el(
    "button",
    { type: "button", class: "entry", onclick: () => open(now) },
    face,
    el("span", { class: "entry-words" }, name, time, preview, badge),
  );
  const show = (next, isOpen) => {
    if (next.name !== now.name) {
      const other = avatar(next.name);
      face.replaceWith(other);
      face = other;
    }
    now = next;
    name.textContent = next.name;
    time.dateTime = next.updated_at;
    time.textContent = whenOf(next.updated_at);
    preview.textContent = next.preview || say("nothing_yet");
    const unread = isOpen ? 0 : next.unread;
    badge.hidden = !unread;
    badge.replaceChildren(
      ...(unread
        ? [
            el("span", { "aria-hidden": "true" }, unread > 99 ? "99+" : String(unread)),
            spoken(say("unread", { count: unread })),
          ]
        : []),
    );
    if (isOpen) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  };
  return { item: el("li", {}, button), button, show };
}
