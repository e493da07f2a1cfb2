// The list of a desk's conversations: the newest first, with what is unread, and a search.

/** @import { Conversation, Message } from "./types.js" */

import { avatar, el, icon, moveFocus, reconcile } from "./dom.js";
import { timeOf } from "./messages.js";

const MOST_LISTED = 300;

/** @type {Record<string, string>} */
const PREFIXES = { note: "Note: ", agent: "You: ", bot: "Bot: " };

/** @param {Conversation} conversation */
const isQueued = ({ status }) => status === "queued";
/** @param {Conversation} conversation */
export const isResolved = (conversation) => /resolv|closed|ended|^done$/iu.test(conversation.status);
/** @param {Conversation} conversation */
export const lastAt = (conversation) => conversation.messages.at(-1)?.at ?? "";
/** @param {Conversation} conversation */
const searchable = ({ contact, messages }) => `${contact.name} ${messages.at(-1)?.text ?? ""}`.toLowerCase();

export class Inbox {
  /**
   * @param {HTMLElement} head stands above the list
   * @param {{ choose: (id: string) => void, search: () => void }} actions
   */
  constructor(head, { choose, search }) {
    this.choose = choose;
    /** @type {Map<string, number>} how many of a conversation's messages were seen */
    this.seen = new Map();
    const label = "Search conversations";
    this.search = el("input", { type: "search", placeholder: "Search", "aria-label": label, oninput: search });
    this.list = el("div", {
      class: "conversations",
      role: "listbox",
      "aria-label": "Conversations",
    });
    this.list.addEventListener("keydown", (event) => moveFocus(event, this.list.querySelectorAll("button")));
    this.count = el("p", { class: "list-foot", "aria-live": "polite" });
    const searchBox = el("div", { class: "search" }, icon("search"), this.search);
    this.node = el("aside", { class: "inbox" }, head, searchBox, this.list, this.count);
  }

  /**
   * @param {Conversation[]} conversations
   * @param {string} chosen
   * @param {string} over the word for a conversation that is over, "" where conversations cannot be ended
   */
  update(conversations, chosen, over) {
    const wanted = this.search.value.trim().toLowerCase();
    const found = wanted ? conversations.filter((one) => searchable(one).includes(wanted)) : conversations;
    const items = found.slice(0, MOST_LISTED).map((one) => this.summarize(one, one.id === chosen));
    reconcile(
      this.list,
      items,
      (item) => item.id,
      (item) => this.entry(item),
    );
    this.count.textContent = conversations.length ? tally(conversations, over) : "";
  }

  /**
   * @param {Conversation} conversation
   * @param {boolean} chosen
   */
  summarize(conversation, chosen) {
    const last = conversation.messages.findLast(({ author }) => author !== "system") ?? conversation.messages.at(-1);
    const messages = conversation.messages.filter(({ author }) => author === "customer").length;
    if (chosen) this.seen.set(conversation.id, messages);
    return {
      id: conversation.id,
      name: conversation.contact.name,
      image: conversation.contact.avatar,
      snippet: snippetOf(last),
      at: timeOf(last?.at),
      resolved: isResolved(conversation),
      queued: isQueued(conversation),
      unread: messages - (this.seen.get(conversation.id) ?? 0),
      chosen,
    };
  }

  /** @param {ReturnType<Inbox["summarize"]>} item */
  entry({ id, name, image, snippet, at, resolved, queued, unread, chosen }) {
    const facts = el(
      "span",
      { class: "entry-text" },
      el("b", { dir: "auto" }, name),
      el("span", { class: "snippet", dir: "auto" }, snippet),
      queued ? el("span", { class: "queued" }, icon("clock"), "Queued") : null,
    );
    const badge = unread > 0 ? el("span", { class: "unread", "aria-label": `${unread} new` }, unread) : null;
    return el(
      "button",
      {
        type: "button",
        role: "option",
        class: resolved ? "entry resolved" : "entry",
        "aria-selected": String(chosen),
        onclick: () => this.choose(id),
      },
      avatar(name, image),
      facts,
      el("span", { class: "entry-side" }, el("time", {}, at), badge ?? (resolved ? icon("check") : null)),
    );
  }
}

/**
 * @param {Conversation[]} conversations
 * @param {string} over
 */
function tally(conversations, over) {
  const total = conversations.length;
  if (!over) return total === 1 ? "1 conversation" : `${total} conversations`;
  const open = conversations.filter((one) => !isResolved(one)).length;
  const queued = conversations.filter(isQueued).length;
  const parts = [queued && `${queued} queued`, `${open - queued} open`, `${total - open} ${over}`];
  return parts.filter(Boolean).join(" · ");
}

/** @param {Message | undefined} message */
function snippetOf(message) {
  if (!message) return "";
  const file = message.attachment && `📎 ${message.attachment.name || message.attachment.kind}`;
  const content =
    message.text || file || (message.location && "📍 Location") || (message.cards.length && "Cards") || "";
  return `${PREFIXES[message.author] ?? ""}${content}`.slice(0, 90);
}
