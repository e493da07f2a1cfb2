// The agent's side: the conversations of one platform, one of them open, and what an agent can do in it.

import { showMessages, timeOf } from "./bubbles.js";
import { makeComposer } from "./composer.js";
import { avatar, el, icon, iconButton, menu, reconcile, stepThrough } from "./dom.js";
import { acceptFiles, chooseFile, sampleDocument, samplePhoto } from "./files.js";
import { act, view } from "./world.js";

const MODES = {
  reply: { icon: "reply", label: "Reply", placeholder: "Reply to the customer", name: "Reply" },
  quick_replies: { icon: "buttons", label: "Quick replies", placeholder: "Ask, and offer buttons below", name: "Question with quick replies" },
  private_note: { icon: "note", label: "Note", placeholder: "Only colleagues see this", name: "Private note" },
};
const MOST_LISTED = 300;

const isResolved = (conversation) => /resolv|closed|ended/iu.test(conversation.status);

export class Desk {
  constructor(service) {
    this.service = service;
    this.chosen = "";
    this.agent = "";
    this.mode = "reply";
    this.seen = new Map();
    this.labels = [];
    this.build();
  }

  build() {
    this.node = el("div", { class: "desk", "data-service": this.service }, this.buildList(), this.buildThread());
    acceptFiles(this.thread, (file) => this.sendFile(file));
  }

  buildList() {
    this.search = el("input", { type: "search", placeholder: "Search", "aria-label": "Search conversations", oninput: () => this.update() });
    this.agents = el("select", { "aria-label": "You are this agent", onchange: () => { this.agent = this.agents.value; } });
    this.list = el("div", { class: "conversations", role: "listbox", "aria-label": "Conversations", onkeydown: (event) => stepThrough(event, this.list.querySelectorAll("button")) });
    this.count = el("p", { class: "list-foot", "aria-live": "polite" });
    return el(
      "aside",
      { class: "inbox" },
      el("label", { class: "you" }, el("span", {}, "You are"), this.agents),
      el("div", { class: "search" }, icon("search"), this.search),
      this.list,
      this.count,
    );
  }

  buildThread() {
    const clip = iconButton("clip", "Attach a file", null);
    this.messages = el("div", { class: "messages", role: "log", "aria-label": "The conversation at the desk", tabindex: "0" });
    this.composer = makeComposer({ label: "Reply", placeholder: "Reply", send: (text) => this.send(text), before: clip });
    this.who = el("div", { class: "who" });
    this.resolve = el("button", { type: "button", class: "button small", onclick: () => this.toggleResolved() });
    this.take = el("button", { type: "button", class: "button small quiet", title: "Assign to me", onclick: () => this.do("assign") }, icon("person"), el("span", {}, "Assign to me"));
    const back = iconButton("back", "All conversations", () => this.node.classList.remove("open"), { class: "icon-button back" });
    this.foot = el(
      "div",
      { class: "desk-foot" },
      this.buildModes(),
      this.buildLabels(),
      this.composer.form,
      menu(clip, () => this.attachItems(), "Attach"),
    );
    this.head = el("header", { class: "thread-head" }, back, this.who, el("div", { class: "thread-tools" }, this.take, this.resolve));
    this.thread = el("div", { class: "thread" }, this.head, this.messages, this.foot);
    this.setMode("reply");
    return this.thread;
  }

  buildModes() {
    this.modes = el(
      "div",
      { class: "modes", role: "radiogroup", "aria-label": "What you write" },
      Object.entries(MODES).map(([mode, { icon: name, label }]) =>
        el("button", { type: "button", role: "radio", "data-mode": mode, onclick: () => this.setMode(mode, true) }, icon(name), label),
      ),
    );
    return this.modes;
  }

  buildLabels() {
    this.chips = el("span", { class: "chips" });
    this.label = el("input", { type: "text", dir: "auto", placeholder: "Add a button, Enter", "aria-label": "Add a quick reply button", maxlength: "60" });
    this.label.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === ",") {
        event.preventDefault();
        this.addLabel();
      } else if (event.key === "Backspace" && !this.label.value) this.setLabels(this.labels.slice(0, -1));
    });
    this.label.addEventListener("blur", () => this.addLabel());
    this.labelBox = el("div", { class: "label-box" }, this.chips, this.label);
    this.setLabels(["Yes, please", "No, thanks"]);
    return this.labelBox;
  }

  addLabel() {
    const label = this.label.value.trim();
    this.label.value = "";
    if (label) this.setLabels([...this.labels.filter((one) => one !== label), label]);
  }

  setLabels(labels) {
    this.labels = labels;
    const chip = (label) =>
      el("span", { class: "chip" }, el("span", { dir: "auto" }, label), el("button", { type: "button", "aria-label": `Remove the button ${label}`, onclick: () => this.setLabels(labels.filter((one) => one !== label)) }, icon("close")));
    this.chips.replaceChildren(...labels.map(chip));
  }

  setMode(mode, focus = false) {
    this.mode = mode;
    for (const button of this.modes.children) button.setAttribute("aria-checked", String(button.dataset.mode === mode));
    this.foot.dataset.mode = mode;
    this.labelBox.hidden = mode !== "quick_replies";
    this.composer.hint(MODES[mode].placeholder, MODES[mode].name);
    if (focus) this.composer.focus();
  }

  get conversation() {
    const { conversations } = view(this.service);
    return conversations.find((one) => one.id === this.chosen);
  }

  do(action, order = {}) {
    return act(this.service, action, { conversation: this.chosen, agent: this.agent, ...order });
  }

  send(text) {
    this.addLabel();
    return this.do(this.mode, this.mode === "quick_replies" ? { text, labels: this.labels.join("\n") } : { text });
  }

  sendFile(file) {
    return this.do("send_file", { ...file, caption: this.composer.take() });
  }

  attachItems() {
    return [
      { icon: "image", label: "Sample photo", act: async () => this.sendFile(await samplePhoto()) },
      { icon: "file", label: "Sample document", act: () => this.sendFile(sampleDocument()) },
      { icon: "clip", label: "Photo or file…", act: () => chooseFile("", (file) => this.sendFile(file)) },
    ];
  }

  toggleResolved() {
    return this.do(isResolved(this.conversation) ? "reopen" : "resolve");
  }

  choose(conversation) {
    this.chosen = conversation;
    this.node.classList.add("open");
    this.update();
    this.composer.focus();
  }

  update() {
    const { agents, conversations } = view(this.service);
    this.showAgents(agents);
    const newestFirst = conversations.toSorted((one, other) => lastAt(other).localeCompare(lastAt(one)));
    if (!this.conversation && newestFirst.length) this.chosen = newestFirst[0].id;
    this.showList(newestFirst);
    this.showThread();
  }

  showAgents(agents) {
    reconcile(this.agents, agents, (agent) => agent.id, ({ id, name }) => el("option", { value: id }, name));
    this.agent = agents.some(({ id }) => id === this.agent) ? this.agent : (agents[0]?.id ?? "");
    this.agents.value = this.agent;
  }

  showList(conversations) {
    const wanted = this.search.value.trim().toLowerCase();
    const found = wanted ? conversations.filter((one) => searchable(one).includes(wanted)) : conversations;
    const items = found.slice(0, MOST_LISTED).map((conversation) => this.summary(conversation));
    reconcile(this.list, items, (item) => item.id, (item) => this.entry(item));
    const open = conversations.filter((one) => !isResolved(one)).length;
    this.count.textContent = conversations.length ? `${open} open · ${conversations.length - open} resolved` : "";
  }

  summary(conversation) {
    const last = conversation.messages.findLast(({ author }) => author !== "system") ?? conversation.messages.at(-1);
    const chosen = conversation.id === this.chosen;
    const messages = conversation.messages.filter(({ author }) => author === "customer").length;
    if (chosen) this.seen.set(conversation.id, messages);
    return {
      id: conversation.id,
      name: conversation.contact.name,
      picture: conversation.contact.avatar,
      snippet: snippetOf(last),
      at: timeOf(last?.at),
      resolved: isResolved(conversation),
      unread: messages - (this.seen.get(conversation.id) ?? 0),
      chosen,
    };
  }

  entry({ id, name, picture, snippet, at, resolved, unread, chosen }) {
    return el(
      "button",
      { type: "button", role: "option", class: resolved ? "entry resolved" : "entry", "aria-selected": String(chosen), onclick: () => this.choose(id) },
      avatar(name, picture),
      el("span", { class: "entry-words" }, el("b", { dir: "auto" }, name), el("span", { class: "snippet", dir: "auto" }, snippet)),
      el("span", { class: "entry-side" }, el("time", {}, at), unread > 0 ? el("span", { class: "unread", "aria-label": `${unread} new` }, unread) : resolved ? icon("check") : null),
    );
  }

  showThread() {
    const { conversation } = this;
    this.thread.classList.toggle("nothing", !conversation);
    this.composer.disable(!conversation);
    if (this.shown !== this.chosen || !conversation) this.clear();
    if (!conversation) {
      this.messages.replaceChildren(this.emptyState());
      return;
    }
    this.shown = this.chosen;
    this.showHead(conversation);
    showMessages(this.messages, conversation.messages, { mine: (author) => author === "agent" || author === "note" || author === "bot" });
  }

  clear() {
    this.shown = "";
    this.messages.made = undefined;
    this.messages.replaceChildren();
  }

  showHead({ contact, status, assigned_to: assigned, ...conversation }) {
    const agent = view(this.service).agents.find(({ id, name }) => id === assigned || name === assigned);
    const facts = [status, agent ? `with ${agent.name}` : "nobody’s yet"].filter(Boolean).join(" · ");
    const resolved = isResolved({ ...conversation, status });
    const signature = JSON.stringify([contact, facts]);
    if (this.who.signature !== signature) {
      this.who.replaceChildren(avatar(contact.name, contact.avatar), el("div", { class: "names" }, el("b", { dir: "auto" }, contact.name), el("small", {}, facts)));
      this.who.signature = signature;
    }
    this.resolve.replaceChildren(icon(resolved ? "reopen" : "check"), resolved ? "Reopen" : "Resolve");
    this.resolve.classList.toggle("quiet", resolved);
    this.take.hidden = agent?.id === this.agent;
  }

  emptyState() {
    return el(
      "div",
      { class: "empty-state" },
      el("span", { class: "empty-icon" }, icon("chat")),
      el("h3", {}, "No conversations yet"),
      el("p", {}, "Write a message on the customer’s phone. It opens a conversation here, and you answer it."),
    );
  }
}

const lastAt = (conversation) => conversation.messages.at(-1)?.at ?? "";
const searchable = ({ contact, messages }) => `${contact.name} ${messages.at(-1)?.text ?? ""}`.toLowerCase();

function snippetOf(message) {
  if (!message) return "";
  const words = message.text || (message.attachment && `📎 ${message.attachment.name || message.attachment.kind}`) || (message.location && "📍 Location") || (message.cards?.length && "Cards") || "";
  return `${message.author === "customer" ? "" : message.author === "note" ? "Note: " : "You: "}${words}`.slice(0, 90);
}
