// The list of a desk's conversations: the newest first, with what is unread, and a search.

import { timeOf } from "./bubbles.js";
import { avatar, el, icon, reconcile, stepThrough } from "./dom.js";

const MOST_LISTED = 300;

const SAID_BY = { note: "Note: ", agent: "You: ", bot: "Bot: " };

const isQueued = ({ status }) => status === "queued";
export const isResolved = (conversation) => /resolv|closed|ended|^done$/iu.test(conversation.status);
export const lastAt = (conversation) => conversation.messages.at(-1)?.at ?? "";
const searchable = ({ contact, messages }) => `${contact.name} ${messages.at(-1)?.text ?? ""}`.toLowerCase();

export class Inbox {
  /** `head` stands above the list; `choose(id)` and `search()` are told of what the reader does. */
  constructor(head, { choose, search }) {
    this.choose = choose;
    this.seen = new Map();
    this.search = el("input", {
      type: "search",
      placeholder: "Search",
      "aria-label": "Search conversations",
      oninput: search,
    });
    this.list = el("div", {
      class: "conversations",
      role: "listbox",
      "aria-label": "Conversations",
      onkeydown: (event) => stepThrough(event, this.list.querySelectorAll("button")),
    });
    this.count = el("p", { class: "list-foot", "aria-live": "polite" });
    this.node = el(
      "aside",
      { class: "inbox" },
      head,
      el("div", { class: "search" }, icon("search"), this.search),
      this.list,
      this.count,
    );
  }

  /** `resolves` is the word for a conversation that is over, "" where they cannot be brought to an end. */
  update(conversations, chosen, resolves) {
    const wanted = this.search.value.trim().toLowerCase();
    const found = wanted ? conversations.filter((one) => searchable(one).includes(wanted)) : conversations;
    const items = found
      .slice(0, MOST_LISTED)
      .map((conversation) => this.summary(conversation, conversation.id === chosen));
    reconcile(
      this.list,
      items,
      (item) => item.id,
      (item) => this.entry(item),
    );
    this.count.textContent = conversations.length ? tally(conversations, resolves) : "";
  }

  summary(conversation, chosen) {
    const last = conversation.messages.findLast(({ author }) => author !== "system") ?? conversation.messages.at(-1);
    const messages = conversation.messages.filter(({ author }) => author === "customer").length;
    if (chosen) this.seen.set(conversation.id, messages);
    return {
      id: conversation.id,
      name: conversation.contact.name,
      picture: conversation.contact.avatar,
      snippet: snippetOf(last),
      at: timeOf(last?.at),
      resolved: isResolved(conversation),
      queued: isQueued(conversation),
      unread: messages - (this.seen.get(conversation.id) ?? 0),
      chosen,
    };
  }

  entry({ id, name, picture, snippet, at, resolved, queued, unread, chosen }) {
    return el(
      "button",
      {
        type: "button",
        role: "option",
        class: resolved ? "entry resolved" : "entry",
        "aria-selected": String(chosen),
        onclick: () => this.choose(id),
      },
      avatar(name, picture),
      el(
        "span",
        { class: "entry-words" },
        el("b", { dir: "auto" }, name),
        el("span", { class: "snippet", dir: "auto" }, snippet),
        queued ? el("span", { class: "queued" }, icon("clock"), "Queued") : null,
      ),
      el(
        "span",
        { class: "entry-side" },
        el("time", {}, at),
        unread > 0
          ? el("span", { class: "unread", "aria-label": `${unread} new` }, unread)
          : resolved
            ? icon("check")
            : null,
      ),
    );
  }
}

function tally(conversations, resolves) {
  const open = conversations.filter((one) => !isResolved(one)).length;
  const queued = conversations.filter(isQueued).length;
  if (resolves)
    return [queued && `${queued} queued`, `${open - queued} open`, `${conversations.length - open} ${resolves}`]
      .filter(Boolean)
      .join(" · ");
  return conversations.length === 1 ? "1 conversation" : `${conversations.length} conversations`;
}

function snippetOf(message) {
  if (!message) return "";
  const words =
    message.text ||
    (message.attachment && `📎 ${message.attachment.name || message.attachment.kind}`) ||
    (message.location && "📍 Location") ||
    (message.cards?.length && "Cards") ||
    "";
  return `${SAID_BY[message.author] ?? ""}${words}`.slice(0, 90);
}
