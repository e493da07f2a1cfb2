// The agent's side: the conversations of one platform, one of them open, and what an agent can do in it.

import { AppPanel, installLink } from "./apps.js";
import { DeskBar } from "./bar.js";
import { showMessages } from "./bubbles.js";
import { ChannelChoice } from "./channel.js";
import { makeComposer } from "./composer.js";
import { el, icon, iconButton, menu, reconcile } from "./dom.js";
import { Extras } from "./extras.js";
import { acceptFiles, chooseFile, sampleDocument, samplePhoto } from "./files.js";
import { allows, isOver, ThreadHead, takesPart } from "./head.js";
import { Inbox, lastAt } from "./inbox.js";
import { canBeLinked, goesElsewhere } from "./links.js";
import { WebhookLog } from "./log.js";
import { ModeChoice, offers } from "./modes.js";
import { Notices } from "./notices.js";
import { OnlineSwitch } from "./online.js";
import { Typist } from "./typing.js";
import { act, mention, view } from "./world.js";

const FILES = "send_file"; // the mode that no button stands for: it lets files be attached
const MINE = new Set(["agent", "note", "bot"]); // who writes on the desk's side

export class Desk {
  constructor(service) {
    this.service = service;
    this.chosen = "";
    this.agent = "";
    this.wanted = "";
    this.read = new Map();
    this.build();
  }

  build() {
    this.apps = new AppPanel(this.service);
    this.bar = new DeskBar(this.service, { agent: () => this.agent, started: (id) => this.choose(id) });
    this.notices = new Notices();
    this.log = new WebhookLog();
    this.online = new OnlineSwitch(this.service);
    this.agents = el("select", { "aria-label": "You are this agent", onchange: () => this.become(this.agents.value) });
    const you = el(
      "div",
      { class: "you-box" },
      el("label", { class: "you" }, el("span", {}, "You are"), this.agents),
      this.online.node,
    );
    this.inbox = new Inbox(you, { choose: (id) => this.choose(id), search: () => this.update() });
    this.typist = new Typist((conversation, typing) =>
      mention(this.service, "typing", { conversation, agent: this.agent, typing: String(typing) }),
    );
    this.node = el(
      "div",
      { class: "desk", "data-service": this.service },
      el("div", { class: "desk-top" }, this.bar.node, this.notices.node, this.apps.node, this.log.node),
      this.inbox.node,
      this.buildThread(),
    );
    acceptFiles(
      this.thread,
      (file) => this.sendFile(file),
      () => offers(view(this.service), FILES) && !this.isOver,
    );
  }

  buildThread() {
    this.extras = new Extras();
    this.modes = new ModeChoice((mode, details, byHand) => this.setMode(mode, details, byHand));
    this.clip = iconButton("clip", "Attach a file", null);
    this.messages = el("div", {
      class: "messages",
      role: "log",
      "aria-label": "The conversation at the desk",
      tabindex: "0",
    });
    this.typing = el("div", { class: "typing", "aria-live": "polite" });
    this.composer = makeComposer({
      label: "Reply",
      placeholder: "Reply",
      send: (text) => this.send(text),
      before: this.clip,
      typing: (on) => this.tellTyping(on),
    });
    this.composer.box.addEventListener("blur", () => this.typist.stop());
    this.channel = new ChannelChoice((channel) => this.do("switch_channel", { channel }));
    this.head = new ThreadHead({
      act: (action, order) => this.do(action, order),
      back: () => this.node.classList.remove("open"),
    });
    this.foot = el(
      "div",
      { class: "desk-foot" },
      el("div", { class: "foot-choices" }, this.modes.node, this.channel.node),
      this.extras.node,
      this.composer.form,
      menu(this.clip, () => this.attachItems(), "Attach"),
    );
    const over = el(
      "p",
      { class: "over-note" },
      icon("check"),
      "This conversation has ended. The customer’s next message opens a new one.",
    );
    this.thread = el("div", { class: "thread" }, this.head.node, this.messages, this.typing, this.foot, over);
    this.modes.choose("reply");
    return this.thread;
  }

  setMode(mode, { placeholder, name }, byHand) {
    this.mode = mode;
    this.keepingEnd(() => {
      this.foot.dataset.mode = mode;
      this.extras.show(mode);
    });
    this.composer.hint(placeholder, name);
    if (mode === "private_note") this.typist.stop();
    if (byHand) this.composer.focus();
  }

  can(tool) {
    return allows(view(this.service), tool);
  }

  get conversation() {
    const { conversations } = view(this.service);
    return conversations.find((one) => one.id === this.chosen);
  }

  get present() {
    return view(this.service).agents.find(({ id }) => id === this.agent);
  }

  get isOver() {
    return isOver(view(this.service), this.conversation);
  }

  become(agent) {
    this.agent = agent;
    this.update();
  }

  tellTyping(on) {
    const tells = view(this.service).tells_typing && takesPart(this.conversation, this.present);
    if (on && tells && this.mode !== "private_note") this.typist.type(this.chosen);
    else this.typist.stop();
  }

  do(action, order = {}) {
    return act(this.service, action, { conversation: this.chosen, agent: this.agent, ...order });
  }

  async send(text) {
    const extras = this.extras.take(this.mode);
    const answer = extras && (await this.do(this.mode, { text, ...extras }));
    if (answer) this.extras.sent();
    return answer;
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

  /** A conversation that has just begun is opened as soon as the view has it. */
  choose(conversation) {
    this.wanted = conversation;
    this.node.classList.add("open");
    this.update();
    this.composer.focus();
  }

  update() {
    const current = view(this.service);
    const newestFirst = current.conversations.toSorted((one, other) => lastAt(other).localeCompare(lastAt(one)));
    this.apps.update(current.apps);
    this.log.update(current.webhook_log);
    this.bar.update(current);
    this.notices.update(current);
    this.modes.update(current);
    this.clip.hidden = !offers(current, FILES);
    if (newestFirst.some(({ id }) => id === this.wanted)) [this.chosen, this.wanted] = [this.wanted, ""];
    if (!this.conversation && newestFirst.length) this.chosen = newestFirst[0].id;
    this.showAgents(current.agents);
    const over = (current.reopens ?? true) ? "resolved" : "ended";
    this.inbox.update(newestFirst, this.chosen, this.can("resolve") ? over : "");
    this.showThread();
  }

  /** Where one platform serves several businesses, those are offered who work at the conversation's. */
  showAgents(all) {
    const business = this.conversation?.business;
    const agents = all.filter((agent) => !business || !agent.business || agent.business === business);
    this.agent = agents.some(({ id }) => id === this.agent) ? this.agent : (agents[0]?.id ?? "");
    const options = agents.map(({ id, name, online }) => ({
      id,
      name: online === false && id !== this.agent ? `${name} (offline)` : name,
    }));
    reconcile(
      this.agents,
      options,
      ({ id }) => id,
      ({ id, name }) => el("option", { value: id }, name),
    );
    this.agents.value = this.agent;
    this.online.update(agents.find(({ id }) => id === this.agent));
  }

  showThread() {
    const { conversation } = this;
    this.thread.classList.toggle("nothing", !conversation);
    this.thread.classList.toggle("over", this.isOver);
    this.composer.disable(!conversation);
    if (!conversation) return this.showEmptyState();
    if (this.shown !== this.chosen) this.clear();
    this.shown = this.chosen;
    this.head.update(view(this.service), conversation, this.present);
    this.showMessages(conversation);
    this.showTyping(conversation);
    this.channel.update(conversation.channels);
    this.markRead(conversation);
  }

  showMessages({ messages, bot, members }) {
    const named = bot !== undefined || members !== undefined; // several may speak there, and it matters who does
    const withdraw = this.can("abort_question") ? (message) => this.do("abort_question", { message }) : null;
    const retry = (message) => this.do("resend", { message });
    const purge = this.can("purge_message") ? (message) => this.do("purge_message", { message }) : null;
    showMessages(this.messages, messages, { mine: (author) => MINE.has(author), retry, withdraw, purge, named });
  }

  showTyping({ contact, typing, typing_agents: colleagues = [] }) {
    const colleague = view(this.service).agents.find(({ id }) => id !== this.agent && colleagues.includes(id));
    const words = typing ? `${contact.name} is typing` : colleague ? `${colleague.name} is typing` : "";
    if (this.typing.dataset.words === words) return;
    this.typing.dataset.words = words;
    const dots = () => [
      el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")),
      el("span", { dir: "auto" }, words),
    ];
    this.keepingEnd(() => this.typing.replaceChildren(...(words ? dots() : [])));
  }

  /** What takes room from the messages leaves the newest one in sight. */
  keepingEnd(change) {
    const { scrollHeight, scrollTop, clientHeight } = this.messages;
    change();
    if (scrollHeight - scrollTop - clientHeight < 60) this.messages.scrollTop = this.messages.scrollHeight;
  }

  /** Whoever has a conversation before their eyes has read it; some services tell the customer. */
  markRead({ id, messages }) {
    const newest = messages.findLast(({ author }) => author === "customer");
    if (!view(this.service).tells_reading || !newest || this.read.get(id) === newest.id) return;
    if (document.hidden || !this.messages.checkVisibility({ checkVisibilityCSS: true })) return;
    this.read.set(id, newest.id);
    setTimeout(() => mention(this.service, "open", { conversation: id, agent: this.agent }), 900);
  }

  clear() {
    this.typist.stop();
    this.messages.made = undefined;
    this.messages.replaceChildren();
  }

  showEmptyState() {
    const step = this.firstStep();
    const signature = JSON.stringify(step);
    if (this.shown === signature) return;
    this.clear();
    this.shown = signature;
    this.showTyping({});
    this.messages.append(this.emptyState(step));
  }

  /** What to do before a message can come here: an app is installed, then messages are sent here, then one is written. */
  firstStep() {
    const { apps, title } = view(this.service);
    const elsewhere = goesElsewhere(this.service);
    if (apps?.length && !apps.some(({ installed }) => installed)) {
      return {
        title: "Install the app first",
        words: `Messages come to ${title} by an app. Install it as the staff of a business would, and allow it to connect.`,
        app: apps[0],
      };
    }
    if (elsewhere && canBeLinked(this.service)) {
      return {
        title: "No conversations yet",
        words: `The phone’s messages go to ${elsewhere}. Choose ${title} on top of the phone, then write a message there.`,
      };
    }
    return {
      title: "No conversations yet",
      words: "Write a message on the customer’s phone. It opens a conversation here, and you answer it.",
    };
  }

  emptyState({ title, words, app }) {
    return el(
      "div",
      { class: "empty-state" },
      el("span", { class: "empty-icon" }, icon(app ? "plug" : "chat")),
      el("h3", {}, title),
      el("p", {}, words),
      app ? installLink(app) : null,
    );
  }
}
