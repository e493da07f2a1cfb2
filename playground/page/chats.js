// The chats on a person's phone: the one with the business, and groups of several people with the business among them.

/** @import { Arguments, ActionResult, Group, MenuItem, Message, Person, PhoneView } from "./types.js" */

import { el, icon, moveFocus, reconcile } from "./dom.js";

const GROUPS = ["Neighbours", "Book club", "Friday football"];
const FORUMS = ["Residents", "Shop owners", "Team Lind"];
const TOPICS = ["Deliveries", "Returns", "Invoices", "Ideas"];
const GENERAL = { id: 0, name: "General" };

/**
 * @param {string[]} names
 * @param {{ name: string }[]} taken
 */
const newName = (names, taken) =>
  names.find((one) => !taken.some(({ name }) => name === one)) ?? `${names[0]} ${taken.length + 1}`;

export class Chats {
  /**
   * @param {(action: string, details: Arguments) => Promise<ActionResult | null>} act as the person on the phone
   * @param {() => void} changed Called when another chat or topic is chosen.
   */
  constructor(act, changed) {
    this.act = act;
    this.changed = changed;
    this.chosen = ""; // a group's id
    this.topic = GENERAL.id;
    this.chats = makeTabs("Chats");
    this.topics = makeTabs("Topics");
    this.node = el("div", { class: "chats", hidden: true }, this.chats, this.topics);
  }

  /**
   * The chosen group; undefined in the chat with the business.
   * @param {PhoneView} view
   * @param {Person | undefined} person
   */
  find(view, person) {
    return groupsOf(view, person).find(({ id }) => id === this.chosen);
  }

  /** @param {Group | undefined} group Where a new message goes, as actions take it. */
  placeIn(group) {
    return group ? { chat: group.id, thread: this.topic || "" } : {};
  }

  /**
   * @param {PhoneView} view
   * @param {Person} person
   * @param {string} account
   */
  update(view, person, account) {
    const group = this.find(view, person);
    const groups = groupsOf(view, person);
    this.node.hidden = !groups.length;
    const chats = [{ id: "", name: account }, ...groups];
    showTabs(this.chats, chats, group?.id ?? "", "chat", (id) => this.choose(id));
    const topics = group?.kind === "forum" ? [GENERAL, ...group.topics] : [];
    this.topics.hidden = !topics.length;
    showTabs(this.topics, topics, this.topic, "list", (id) => this.choose(this.chosen, id));
  }

  /**
   * @param {string} chat
   * @param {number} [topic]
   */
  choose(chat, topic = GENERAL.id) {
    this.chosen = chat;
    this.topic = topic;
    this.changed();
  }

  /**
   * The messages of the group's topic, as `person` sees them: whatever others write is on the left.
   * @param {Group} group
   * @param {Person} person
   * @returns {Message[]}
   */
  messagesOf(group, person) {
    const senders = new Map(group.messages.map(({ id, sender }) => [id, sender]));
    /** @returns {import("./types.js").Author} */
    const side = (/** @type {string | undefined} */ sender) => (sender === person.id ? "customer" : "agent");
    const shown = group.messages.filter(({ topic }) => group.kind !== "forum" || topic === this.topic);
    return shown.map((message) => ({
      ...message,
      author: message.author === "system" ? "system" : side(message.sender),
      reactions: message.reactions?.map((one) => ({ ...one, author: side(one.person) })),
      reply_to: message.reply_to && { ...message.reply_to, author: side(senders.get(message.reply_to.id)) },
    }));
  }

  /** @param {Group} group What the business does in this topic. */
  doingIn(group) {
    return group.actions.find(({ topic }) => topic === this.topic)?.action;
  }

  /**
   * @param {PhoneView} view
   * @returns {MenuItem[]}
   */
  newItems(view) {
    const taken = view.groups ?? [];
    const begin = async (/** @type {string} */ title, kind = "") => {
      const made = await this.act("new_group", { title, kind });
      if (made?.id) this.choose(made.id);
    };
    return [
      { icon: "plus", label: "New group", act: () => begin(newName(GROUPS, taken)) },
      { icon: "list", label: "New group with topics", act: () => begin(newName(FORUMS, taken), "forum") },
    ];
  }

  /**
   * People's own accounts, in which the business may answer: this person's, and those that they can write to.
   * @param {PhoneView} view
   * @param {Person} person
   * @returns {MenuItem[]}
   */
  accountItems(view, person) {
    const write = async (/** @type {string} */ owner) => {
      const made = await this.act("new_business_chat", { owner });
      if (made?.id) this.choose(made.id);
    };
    const others = view.people.filter(({ id, business }) => id !== person.id && business);
    return [
      ownAccount(person, (action) => this.act(action, {})),
      ...others.map(
        ({ id, name }) =>
          /** @type {MenuItem} */ ({ icon: "person", label: `Write to ${name}’s account`, act: () => write(id) }),
      ),
    ];
  }

  /**
   * @param {Group} group
   * @param {PhoneView} view
   * @returns {MenuItem[]}
   */
  itemsOf(group, view) {
    const { id: chat, members, bot, kind } = group;
    const isIn = ["member", "administrator"].includes(bot);
    const others = view.people.filter(({ id }) => !members.includes(id));
    const go = async (/** @type {string} */ action, /** @type {Arguments} */ details = {}) => {
      const made = await this.act(action, { chat, ...details });
      if (action === "migrate" && made?.id) this.choose(made.id);
      if (action === "new_topic" && made?.id) this.choose(chat, Number(made.id));
    };
    const join = (/** @type {string} */ person) => go("join", { person });
    const newTopic = () => go("new_topic", { name: newName(TOPICS, group.topics) });
    /** @type {(MenuItem | false)[]} */
    const all = [
      kind === "forum" && { icon: "plus", label: "New topic", act: newTopic },
      ...others.map(
        ({ id, name }) => /** @type {MenuItem} */ ({ icon: "person", label: `Add ${name}`, act: () => join(id) }),
      ),
      bot === "member" && { icon: "star", label: "Make the bot an administrator", act: () => go("promote_bot") },
      isIn
        ? { icon: "close", label: "Remove the bot", act: () => go("remove_bot") }
        : { icon: "bot", label: "Add the bot", act: () => go("add_bot") },
      kind === "group" && { icon: "again", label: "Make it a supergroup", act: () => go("migrate") },
    ];
    return all.flatMap((item) => (item ? [item] : []));
  }
}

/**
 * @param {PhoneView} view
 * @param {Person | undefined} person
 */
const groupsOf = ({ groups = [] }, person) => groups.filter(({ members }) => person && members.includes(person.id));

/**
 * @param {Person} person
 * @param {(action: string) => unknown} act
 * @returns {MenuItem}
 */
const ownAccount = ({ business }, act) =>
  business === "connected"
    ? { icon: "close", label: "Remove the bot from my account", act: () => act("disconnect_business") }
    : { icon: "bot", label: "Let the bot answer in my account", act: () => act("connect_business") };

/** @param {string} label */
function makeTabs(label) {
  const node = el("div", { class: "chat-tabs", role: "tablist", "aria-label": label });
  node.addEventListener("keydown", (event) => moveFocus(event, node.children, ["ArrowLeft", "ArrowRight"]));
  return node;
}

/**
 * @template {string | number} Id
 * @param {HTMLElement} node
 * @param {{ id: Id, name: string }[]} items
 * @param {Id} chosen
 * @param {import("./types.js").IconName} sign
 * @param {(id: Id) => void} choose
 */
function showTabs(node, items, chosen, sign, choose) {
  reconcile(
    node,
    items.map(({ id, name }) => ({ id, name, isChosen: id === chosen })),
    ({ id }) => String(id),
    ({ id, name, isChosen }) =>
      el(
        "button",
        { type: "button", role: "tab", "aria-selected": String(isChosen), onclick: () => choose(id) },
        icon(sign),
        el("span", { dir: "auto" }, name),
      ),
  );
}
