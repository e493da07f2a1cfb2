// The agent's side: the conversations of one platform, one of them open, and what an agent can do in it.

/** @import { Arguments, Conversation, FileArguments, MenuItem, Message } from "./types.js" */

import { AgentChoice } from "./agent-choice.js";
import { AppPanel } from "./apps.js";
import { ChannelChoice } from "./channel.js";
import { makeComposer } from "./composer.js";
import { DeskBar } from "./desk-bar.js";
import { acceptFiles, clear, el, icon, iconButton, menu, TypingReporter } from "./dom.js";
import { Draft } from "./draft.js";
import { emptyState, firstStep } from "./empty-desk.js";
import { Extras } from "./extras.js";
import { chooseFile, readFiles, sampleDocument, samplePhoto } from "./files.js";
import { Inbox, lastAt } from "./inbox.js";
import { MessageMenu } from "./message-menu.js";
import { showMessages } from "./messages.js";
import { ModeChoice, offers } from "./modes.js";
import { Notices } from "./notices.js";
import { act, deskView, report } from "./server.js";
import { allows, isOver, ThreadHead, takesPart } from "./thread-head.js";
import { keepEndVisible, TypingLine } from "./typing-line.js";
import { WebhookLog } from "./webhook-log.js";

const FILES = "send_file"; // a mode without a button: it allows files to be attached
const MINE = new Set(["agent", "note", "bot"]); // the authors on the desk's side
const TYPING = { repeat: 4000, silence: 3000 }; // milliseconds
const READ_AFTER = 900; // milliseconds

export class Desk {
  /** @param {string} service */
  constructor(service) {
    this.service = service;
    this.chosen = "";
    this.wanted = "";
    this.shown = "";
    this.mode = "";
    /** @type {Map<string, string>} the newest message that was reported as read, by conversation */
    this.read = new Map();
    this.apps = new AppPanel(service);
    this.bar = new DeskBar(service, { agent: () => this.agent, started: (id) => this.choose(id) });
    this.notices = new Notices();
    this.log = new WebhookLog();
    this.agents = new AgentChoice(service, () => this.update());
    const inboxActions = { choose: (/** @type {string} */ id) => this.choose(id), search: () => this.update() };
    this.inbox = new Inbox(this.agents.node, inboxActions);
    this.typingReporter = new TypingReporter((typing, conversation) => {
      report(service, "typing", { conversation, agent: this.agent, typing: String(typing) });
    }, TYPING);
    this.extras = new Extras();
    this.modes = new ModeChoice((mode, details, byUser) => this.setMode(mode, details, byUser));
    this.clip = iconButton("clip", "Attach a file");
    const label = "Conversation at the desk";
    this.messages = el("div", { class: "messages", role: "log", "aria-label": label, tabindex: "0" });
    this.typing = new TypingLine(this.messages);
    this.draft = new Draft(this.messages, () => {});
    this.messageMenu = new MessageMenu({ items: (message) => this.messageItems(message) });
    this.composer = makeComposer({
      label: "Reply",
      placeholder: "Reply",
      send: (text) => this.send(text),
      before: this.clip,
      cancel: () => this.draft.cancel(),
      typing: (hasText) => this.reportTyping(hasText),
    });
    this.composer.box.addEventListener("blur", () => this.typingReporter.stop());
    this.channel = new ChannelChoice((channel) => this.do("switch_channel", { channel }));
    this.head = new ThreadHead({
      act: (action, details) => this.do(action, details),
      back: () => this.node.classList.remove("open"),
    });
    this.foot = this.buildFoot();
    this.thread = this.buildThread();
    const top = el("div", { class: "desk-top" }, this.bar.node, this.notices.node, this.apps.node, this.log.node);
    this.node = el("div", { class: "desk", "data-service": service }, top, this.inbox.node, this.thread);
    this.modes.choose("reply");
    acceptFiles(
      this.thread,
      (files) => readFiles(files, (file) => this.sendFile(file)),
      () => offers(this.view, FILES) && !this.isOver,
    );
  }

  buildFoot() {
    return el(
      "div",
      { class: "desk-foot" },
      el("div", { class: "foot-choices" }, this.modes.node, this.channel.node),
      this.extras.node,
      this.draft.node,
      this.composer.form,
      menu(this.clip, "Attach", () => this.attachItems()),
      this.messageMenu.node,
    );
  }

  buildThread() {
    const text = "This conversation has ended. The customer’s next message opens a new one.";
    const over = el("p", { class: "over-note" }, icon("check"), text);
    return el("div", { class: "thread" }, this.head.node, this.messages, this.typing.node, this.foot, over);
  }

  /**
   * @param {string} mode
   * @param {{ placeholder: string, name: string }} details
   * @param {boolean} byUser
   */
  setMode(mode, { placeholder, name }, byUser) {
    this.mode = mode;
    keepEndVisible(this.messages, () => {
      this.foot.dataset.mode = mode;
      this.extras.show(mode);
    });
    this.composer.setHint(placeholder, name);
    if (mode === "private_note") this.typingReporter.stop();
    if (byUser) this.composer.focus();
  }

  get view() {
    return deskView(this.service);
  }

  get conversation() {
    return this.view.conversations.find((one) => one.id === this.chosen);
  }

  get agent() {
    return this.agents.chosen;
  }

  get currentAgent() {
    return this.view.agents.find(({ id }) => id === this.agent);
  }

  get isOver() {
    return isOver(this.view, this.conversation);
  }

  /** @param {string} tool */
  can(tool) {
    return allows(this.view, tool);
  }

  /** @param {boolean} hasText */
  reportTyping(hasText) {
    const { conversation } = this;
    const reports = this.view.reports_typing && conversation && takesPart(conversation, this.currentAgent);
    if (hasText && reports && this.mode !== "private_note") this.typingReporter.type(this.chosen);
    else this.typingReporter.stop();
  }

  /**
   * @param {string} action
   * @param {Arguments} [details]
   */
  do(action, details = {}) {
    return act(this.service, action, { conversation: this.chosen, agent: this.agent, ...details });
  }

  /** @param {string} text */
  async send(text) {
    const extras = this.extras.take(this.mode);
    const answers = this.mode === "reply" && this.draft.answered;
    const result = extras && (await this.do(this.mode, { text, ...extras, ...(answers && { answers }) }));
    if (result) this.extras.reset();
    if (result && answers) this.draft.end();
    return result;
  }

  /** @param {FileArguments} file */
  sendFile(file) {
    return this.do("send_file", { ...file, caption: this.composer.take() });
  }

  /** @returns {MenuItem[]} */
  attachItems() {
    return [
      { icon: "image", label: "Sample photo", act: async () => this.sendFile(await samplePhoto()) },
      { icon: "file", label: "Sample document", act: () => this.sendFile(sampleDocument()) },
      { icon: "clip", label: "Photo or file…", act: () => chooseFile((file) => this.sendFile(file)) },
    ];
  }

  /**
   * @param {Message} message
   * @returns {MenuItem[]}
   */
  messageItems(message) {
    if (!this.can("answer") || this.isOver) return [];
    const begin = () => {
      this.modes.choose("reply");
      this.draft.begin("answer", message);
      this.composer.box.focus();
    };
    return [{ icon: "reply", label: "Answer", act: begin }];
  }

  /** @param {string} conversation One that has just begun is opened as soon as the view contains it. */
  choose(conversation) {
    this.wanted = conversation;
    this.node.classList.add("open");
    this.update();
    this.composer.focus();
  }

  update() {
    const { view } = this;
    const newestFirst = view.conversations.toSorted((one, other) => lastAt(other).localeCompare(lastAt(one)));
    this.apps.update(view.apps);
    this.log.update(view.webhook_log);
    this.bar.update(view);
    this.notices.update(view);
    this.modes.update(view);
    this.clip.hidden = !offers(view, FILES);
    if (newestFirst.some(({ id }) => id === this.wanted)) [this.chosen, this.wanted] = [this.wanted, ""];
    if (!this.conversation && newestFirst.length) this.chosen = newestFirst[0].id;
    this.agents.update(view.agents, this.conversation?.business);
    const over = (view.reopens ?? true) ? "resolved" : "ended";
    this.inbox.update(newestFirst, this.chosen, this.can("resolve") ? over : "");
    this.showThread();
  }

  showThread() {
    const { conversation } = this;
    this.thread.classList.toggle("nothing", !conversation);
    this.thread.classList.toggle("over", this.isOver);
    this.composer.disable(!conversation);
    if (!conversation) return this.showEmptyState();
    if (this.shown !== this.chosen) this.clear();
    this.shown = this.chosen;
    this.head.update(this.view, conversation, this.currentAgent);
    this.showMessages(conversation);
    this.showTyping(conversation);
    this.channel.update(conversation.channels);
    this.markRead(conversation);
  }

  /** @param {Conversation} conversation */
  showMessages({ messages, bot, members }) {
    showMessages(this.messages, messages, {
      isMine: (author) => MINE.has(author),
      retry: (message) => this.do("resend", { message }),
      withdraw: this.can("abort_question") ? (message) => this.do("abort_question", { message }) : null,
      purge: this.can("purge_message") ? (message) => this.do("purge_message", { message }) : null,
      more: (message) => this.messageMenu.opener(message),
      named: bot !== undefined || members !== undefined, // several may reply there
    });
  }

  /** @param {Conversation} conversation */
  showTyping({ contact, typing, typing_agents: colleagues = [] }) {
    const colleague = this.view.agents.find(({ id }) => id !== this.agent && colleagues.includes(id));
    const name = typing ? contact.name : colleague?.name;
    this.typing.show(name ? `${name} is typing` : "");
  }

  /** @param {Conversation} conversation The one on the screen counts as read; some services report that. */
  markRead({ id, messages }) {
    const newest = messages.findLast(({ author }) => author === "customer");
    if (!this.view.reports_reading || !newest || this.read.get(id) === newest.id) return;
    if (document.hidden || !this.messages.checkVisibility({ visibilityProperty: true })) return;
    this.read.set(id, newest.id);
    setTimeout(() => report(this.service, "open", { conversation: id, agent: this.agent }), READ_AFTER);
  }

  clear() {
    this.typingReporter.stop();
    this.draft.end();
    clear(this.messages);
  }

  showEmptyState() {
    const step = firstStep(this.view);
    const signature = JSON.stringify(step);
    if (this.shown === signature) return;
    this.clear();
    this.shown = signature;
    this.typing.show("");
    this.messages.append(emptyState(step));
  }
}
