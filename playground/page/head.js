// The line above a conversation: with whom it is, who has it, and what can be done with it as a whole.

import { avatar, el, icon, iconButton, menu } from "./dom.js";
import { isResolved } from "./inbox.js";

const TOOLS = ["resolve", "assign"]; // of a view that does not list its own
const MOVES = {
  open: { icon: "reopen", label: "Move to open" },
  pending: { icon: "clock", label: "Move to pending" },
  done: { icon: "check", label: "Move to done" },
};
const PURGES = {
  purge: { icon: "trash", label: "Purge the chat" },
  gdpr_purge: { icon: "note", label: "Purge what was said" },
};
const listed = new Intl.ListFormat("en");

/** Whether a view lets this be done with a conversation. */
export const allows = ({ tools = TOOLS }, tool) => tools.includes(tool);

/** Ended for good: nothing can be written there any more. */
export const isOver = ({ reopens = true }, conversation) =>
  !reopens && Boolean(conversation) && isResolved(conversation);

/** Whether an agent is in a conversation; where nobody has to join one, everybody is. */
export const takesPart = ({ members }, agent) => !members || members.includes(agent?.name);

export class ThreadHead {
  /** `act(action, order)` does something with the conversation that is shown; `back()` leads to the list. */
  constructor({ act, back }) {
    this.act = act;
    this.who = el("div", { class: "who" });
    this.bot = el("input", {
      type: "checkbox",
      role: "switch",
      "aria-label": "The bot has this conversation",
      onchange: () => this.flipBot(),
    });
    this.botLabel = el("label", { class: "bot-switch" }, icon("bot"), el("span", {}, "Bot"), this.bot);
    this.takeWords = el("span", {});
    this.take = el(
      "button",
      { type: "button", class: "button small quiet", onclick: () => this.act(this.taking.action) },
      icon("person"),
      this.takeWords,
    );
    this.resolve = el("button", {
      type: "button",
      class: "button small",
      onclick: () => this.act(this.resolved ? "reopen" : "resolve"),
    });
    this.more = iconButton("dots", "More for this conversation", null);
    const tools = el(
      "div",
      { class: "thread-tools" },
      this.botLabel,
      this.take,
      this.resolve,
      this.more,
      menu(this.more, () => this.items, "More for this conversation"),
    );
    this.node = el(
      "header",
      { class: "thread-head" },
      iconButton("back", "All conversations", back, { class: "icon-button back" }),
      this.who,
      tools,
    );
  }

  /** `agent` is who sits at the desk. */
  update(view, conversation, agent) {
    this.resolved = isResolved(conversation);
    this.over = isOver(view, conversation);
    this.showWho(conversation, holderOf(view, conversation));
    this.showBot(view, conversation);
    this.showTaking(view, conversation, agent);
    this.showResolving(view);
    this.items = [...this.moves(view, conversation), ...this.purges(view)];
    this.more.hidden = !this.items.length;
  }

  showWho({ contact, status, business, team }, holder) {
    const facts = [status, holder, business, team].filter(Boolean).join(" · ");
    const signature = JSON.stringify([contact, facts]);
    if (this.who.signature === signature) return;
    this.who.replaceChildren(
      avatar(contact.name, contact.avatar),
      el("div", { class: "names" }, el("b", { dir: "auto" }, contact.name), el("small", { title: facts }, facts)),
    );
    this.who.signature = signature;
  }

  /** While the desk's bot is off altogether, no conversation can be given to it. */
  showBot(view, { bot }) {
    const isOff = view.switch?.value === "off";
    this.botLabel.hidden = !allows(view, "bot");
    this.botLabel.title = isOff
      ? "The bot is switched off for all conversations"
      : "The bot answers here while it is on";
    this.bot.disabled = isOff;
    this.hasBot = bot ?? false;
    this.bot.checked = this.hasBot;
  }

  /** After a refusal the switch shows what is so, whatever was pressed. */
  async flipBot() {
    if ((await this.act("bot", { value: this.bot.checked ? "on" : "off" })) === null) this.bot.checked = this.hasBot;
  }

  showTaking(view, conversation, agent) {
    this.taking = this.over || !agent ? null : takingOf(view, conversation, agent);
    this.take.hidden = !this.taking;
    if (!this.taking) return;
    this.take.title = this.taking.words;
    this.takeWords.textContent = this.taking.words;
  }

  showResolving(view) {
    const end = (view.reopens ?? true) ? "Resolve" : "End";
    this.resolve.replaceChildren(icon(this.resolved ? "reopen" : "check"), this.resolved ? "Reopen" : end);
    this.resolve.classList.toggle("quiet", this.resolved);
    this.resolve.hidden = !allows(view, "resolve") || this.over;
  }

  moves(view, { status }) {
    if (!allows(view, "move_chat")) return [];
    return Object.entries(MOVES)
      .filter(([name]) => name !== status)
      .map(([name, item]) => ({ ...item, act: () => this.act("move_chat", { status: name }) }));
  }

  purges(view) {
    return Object.entries(PURGES)
      .filter(([tool]) => allows(view, tool))
      .map(([tool, item]) => ({ ...item, act: () => this.act(tool) }));
  }
}

const assigneeOf = ({ agents }, assigned) => agents.find(({ id, name }) => id === assigned || name === assigned);

function holderOf(view, { members, bot, assigned_to: assigned }) {
  const agent = assigneeOf(view, assigned);
  const names = members ?? (agent ? [agent.name] : []);
  if (names.length) return `with ${listed.format(names)}${bot ? " and the bot" : ""}`;
  return bot ? "with the bot" : "nobody’s yet";
}

/** What the agent can do about whose conversation it is; null when it is theirs, or nothing can be done. */
function takingOf(view, conversation, agent) {
  if (allows(view, "join"))
    return takesPart(conversation, agent) ? { action: "leave", words: "Leave" } : { action: "join", words: "Join" };
  const isTheirs = assigneeOf(view, conversation.assigned_to)?.id === agent.id;
  return allows(view, "assign") && !isTheirs ? { action: "assign", words: "Assign to me" } : null;
}
