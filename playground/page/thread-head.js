// The line above a conversation: its customer and its agents, and what can be done with it as a whole.

/** @import { Agent, Arguments, Conversation, DeskView, MenuItem } from "./types.js" */

import { avatar, el, icon, iconButton, menu } from "./dom.js";
import { isResolved } from "./inbox.js";

const DEFAULT_TOOLS = ["resolve", "assign"];
/** @type {Record<string, Omit<MenuItem, "act">>} by the status that a chat is moved to */
const MOVES = {
  open: { icon: "again", label: "Move to open" },
  pending: { icon: "clock", label: "Move to pending" },
  done: { icon: "check", label: "Move to done" },
};
/** @type {Record<string, Omit<MenuItem, "act">>} by action */
const PURGES = {
  purge: { icon: "trash", label: "Purge the chat" },
  gdpr_purge: { icon: "note", label: "Purge the contents" },
};
const listFormat = new Intl.ListFormat("en");

/**
 * Whether a view allows something to be done with a conversation.
 * @param {DeskView} view
 * @param {string} tool
 */
export const allows = ({ tools = DEFAULT_TOOLS }, tool) => tools.includes(tool);

/**
 * Ended permanently: nothing more can be written there.
 * @param {DeskView} view
 * @param {Conversation | undefined} conversation
 */
export const isOver = ({ reopens = true }, conversation) =>
  !reopens && conversation !== undefined && isResolved(conversation);

/**
 * Whether an agent is in a conversation; where agents do not join conversations, everybody is.
 * @param {Conversation} conversation
 * @param {Agent | undefined} agent
 */
export const takesPart = ({ members }, agent) => !members || (agent !== undefined && members.includes(agent.name));

/** @typedef {{ action: string, label: string }} Taking */

export class ThreadHead {
  /**
   * `act` does something with the conversation that is shown; `back` leads to the list.
   * @param {{ act: (action: string, details?: Arguments) => Promise<unknown>, back: () => void }} actions
   */
  constructor({ act, back }) {
    this.act = act;
    this.isResolved = false;
    this.isOver = false;
    this.hasBot = false;
    this.signature = "";
    /** @type {Taking | null} */
    this.taking = null;
    /** @type {MenuItem[]} */
    this.items = [];
    this.who = el("div", { class: "who" });
    const botName = "The bot handles this conversation";
    const flip = () => this.flipBot();
    this.bot = el("input", { type: "checkbox", role: "switch", "aria-label": botName, onchange: flip });
    this.botLabel = el("label", { class: "bot-switch" }, icon("bot"), el("span", {}, "Bot"), this.bot);
    this.takeLabel = el("span", {});
    const take = () => this.taking && this.act(this.taking.action);
    this.take = el(
      "button",
      { type: "button", class: "button small quiet", onclick: take },
      icon("person"),
      this.takeLabel,
    );
    const resolve = () => this.act(this.isResolved ? "reopen" : "resolve");
    this.resolve = el("button", { type: "button", class: "button small", onclick: resolve });
    this.more = iconButton("dots", "More actions");
    const list = menu(this.more, "More actions", () => this.items);
    const tools = el("div", { class: "thread-tools" }, this.botLabel, this.take, this.resolve, this.more, list);
    const toList = iconButton("back", "All conversations", back, { class: "icon-button back" });
    this.node = el("header", { class: "thread-head" }, toList, this.who, tools);
  }

  /**
   * @param {DeskView} view
   * @param {Conversation} conversation
   * @param {Agent | undefined} agent at the desk
   */
  update(view, conversation, agent) {
    this.isResolved = isResolved(conversation);
    this.isOver = isOver(view, conversation);
    this.showWho(conversation, holderOf(view, conversation));
    this.showBot(view, conversation);
    this.showTaking(view, conversation, agent);
    this.showResolving(view);
    this.items = [...this.moves(view, conversation), ...this.purges(view)];
    this.more.hidden = !this.items.length;
  }

  /**
   * @param {Conversation} conversation
   * @param {string} holder
   */
  showWho({ contact, status, business, team }, holder) {
    const facts = [status, holder, business, team].filter(Boolean).join(" · ");
    const signature = JSON.stringify([contact, facts]);
    if (this.signature === signature) return;
    this.signature = signature;
    const name = el("b", { dir: "auto" }, contact.name);
    const names = el("div", { class: "names" }, name, el("small", { title: facts }, facts));
    this.who.replaceChildren(avatar(contact.name, contact.avatar), names);
  }

  /**
   * While the desk's bot is off, it cannot handle any conversation.
   * @param {DeskView} view
   * @param {Conversation} conversation
   */
  showBot(view, { bot }) {
    const isOff = view.switch?.value === "off";
    this.botLabel.hidden = !allows(view, "bot");
    this.botLabel.title = isOff
      ? "The bot is switched off for all conversations"
      : "While this is on, the bot replies here";
    this.bot.disabled = isOff;
    this.hasBot = bot ?? false;
    this.bot.checked = this.hasBot;
  }

  /** After a refusal the switch shows the value of before. */
  async flipBot() {
    if ((await this.act("bot", { value: this.bot.checked ? "on" : "off" })) === null) this.bot.checked = this.hasBot;
  }

  /**
   * @param {DeskView} view
   * @param {Conversation} conversation
   * @param {Agent | undefined} agent
   */
  showTaking(view, conversation, agent) {
    this.taking = this.isOver || !agent ? null : takingOf(view, conversation, agent);
    this.take.hidden = !this.taking;
    if (!this.taking) return;
    this.take.title = this.taking.label;
    this.takeLabel.textContent = this.taking.label;
  }

  /** @param {DeskView} view */
  showResolving(view) {
    const end = (view.reopens ?? true) ? "Resolve" : "End";
    this.resolve.replaceChildren(icon(this.isResolved ? "again" : "check"), this.isResolved ? "Reopen" : end);
    this.resolve.classList.toggle("quiet", this.isResolved);
    this.resolve.hidden = !allows(view, "resolve") || this.isOver;
  }

  /**
   * @param {DeskView} view
   * @param {Conversation} conversation
   */
  moves(view, conversation) {
    if (!allows(view, "move_chat")) return [];
    const others = Object.entries(MOVES).filter(([status]) => status !== conversation.status);
    return others.map(([status, item]) => ({ ...item, act: () => this.act("move_chat", { status }) }));
  }

  /** @param {DeskView} view */
  purges(view) {
    const allowed = Object.entries(PURGES).filter(([action]) => allows(view, action));
    return allowed.map(([action, item]) => ({ ...item, act: () => this.act(action) }));
  }
}

/**
 * @param {DeskView} view
 * @param {string} assigned an agent's id or name
 */
const assigneeOf = ({ agents }, assigned) => agents.find(({ id, name }) => id === assigned || name === assigned);

/**
 * @param {DeskView} view
 * @param {Conversation} conversation
 */
function holderOf(view, { members, bot, assigned_to: assigned }) {
  const agent = assigneeOf(view, assigned);
  const names = members ?? (agent ? [agent.name] : []);
  if (names.length) return `with ${listFormat.format(names)}${bot ? " and the bot" : ""}`;
  return bot ? "with the bot" : "unassigned";
}

/**
 * How the agent can take or leave the conversation; null when it is theirs, or nothing can be done.
 * @param {DeskView} view
 * @param {Conversation} conversation
 * @param {Agent} agent
 * @returns {Taking | null}
 */
function takingOf(view, conversation, agent) {
  if (allows(view, "join")) {
    return takesPart(conversation, agent) ? { action: "leave", label: "Leave" } : { action: "join", label: "Join" };
  }
  const isTheirs = assigneeOf(view, conversation.assigned_to)?.id === agent.id;
  return allows(view, "assign") && !isTheirs ? { action: "assign", label: "Assign to me" } : null;
}
