// The customer's side: one phone for the chosen messenger, with one customer.

/** @import { Arguments, FileArguments, Group, MenuItem, Message, Person } from "./types.js" */

import { attachItems } from "./attach-menu.js";
import { Chats } from "./chats.js";
import { makeComposer } from "./composer.js";
import { acceptFiles, avatar, clear, el, iconButton, menu } from "./dom.js";
import { Draft } from "./draft.js";
import { emptyPhone } from "./empty-phone.js";
import { readFiles, samplePhoto } from "./files.js";
import { ownReaction } from "./message-changes.js";
import { MessageMenu } from "./message-menu.js";
import { showMessages } from "./messages.js";
import { newName, People } from "./people.js";
import { describeNumber, messageItems, personItems } from "./phone-menus.js";
import { countMembers, describeDoing, STOPPING } from "./phone-words.js";
import { WindowLine } from "./reply-window.js";
import { act, phoneView } from "./server.js";
import { TemplatePanel } from "./template-panel.js";
import { TypingLine } from "./typing-line.js";

const READ_AFTER = 900; // milliseconds

export class Phone {
  /** @param {string} service */
  constructor(service) {
    this.service = service;
    this.chosen = "";
    this.shown = "";
    /** @type {Map<string, string>} the newest message that was reported as read, by person */
    this.read = new Map();
    this.people = new People(
      (person) => this.choose(person),
      () => this.addPerson(),
    );
    this.chats = new Chats(
      (action, details) => act(this.service, action, { person: this.person?.id, ...details }),
      () => this.turnTo(),
    );
    this.title = el("b", { dir: "auto" });
    this.subtitle = el("small", { dir: "auto" });
    this.face = el("span", { class: "face" });
    const label = "Conversation on the phone";
    this.messages = el("div", { class: "messages", role: "log", "aria-label": label, tabindex: "0" });
    this.typing = new TypingLine(this.messages);
    this.notice = el("span", {});
    this.resume = el("button", { type: "button", class: "link", onclick: () => this.do("subscribe") });
    this.banner = el("div", { class: "banner", hidden: true }, this.notice, this.resume);
    this.window = new WindowLine(() => this.do("close_window"));
    this.templates = new TemplatePanel((action, details) => act(this.service, action, details));
    this.plus = iconButton("plus", "Attach");
    this.more = iconButton("dots", "More actions");
    this.draft = new Draft(this.messages, () => this.composer.setText(""));
    this.messageMenu = new MessageMenu({
      emojis: () => (this.can("react") ? (this.view.reactions ?? []) : []),
      current: ownReaction,
      react: (message, emoji) => this.do("react", { message: message.id, emoji }),
      items: (message) => this.messageItems(message),
    });
    this.composer = makeComposer({
      label: "Message as the customer",
      placeholder: "Message",
      send: (text) => this.send(text),
      before: this.plus,
      cancel: () => this.draft.cancel(),
    });
    this.screen = this.buildScreen();
    const phone = el("div", { class: "phone" }, this.screen);
    this.node = el("div", { class: "phone-wrap", "data-service": service }, this.people.node, phone);
    acceptFiles(this.screen, (files) => readFiles(files, (file) => this.sendFile(file)));
  }

  buildScreen() {
    const names = el("div", { class: "names" }, this.title, this.subtitle);
    const moreMenu = menu(this.more, "More actions", () => this.moreItems());
    return el(
      "div",
      { class: "screen" },
      el("header", { class: "phone-head" }, this.face, names, this.more, moreMenu),
      this.window.node,
      this.chats.node,
      this.messages,
      this.typing.node,
      this.banner,
      this.draft.node,
      this.composer.form,
      menu(this.plus, "Attach", () => this.attachItems()),
      this.messageMenu.node,
      this.templates.node,
    );
  }

  get view() {
    return phoneView(this.service);
  }

  /** @returns {Person | undefined} */
  get person() {
    const { people } = this.view;
    return people.find((person) => person.id === this.chosen) ?? people[0];
  }

  /** The group that is on the screen; undefined in the chat with the business. */
  get group() {
    return this.chats.find(this.view, this.person);
  }

  get account() {
    return this.view.account ?? this.view.title;
  }

  /** @param {string} tool Whether the messenger has it. */
  can(tool) {
    return this.view.tools?.includes(tool) ?? false;
  }

  get stopping() {
    return this.can("block") ? STOPPING.block : STOPPING.usual;
  }

  /**
   * @param {string} action
   * @param {Arguments} [details]
   */
  do(action, details = {}) {
    return act(this.service, action, { person: this.person?.id, ...this.chats.placeIn(this.group), ...details });
  }

  /** @returns {Arguments} What goes along with a new message. */
  get place() {
    const { answered } = this.draft;
    return answered ? { reply_to: answered } : {};
  }

  /** @param {string} text A new message, or the correction of one. */
  async send(text) {
    const { purpose, message } = this.draft;
    const isEdit = purpose === "edit";
    const result = await (isEdit ? this.do("edit", { message, text }) : this.do("write", { text, ...this.place }));
    if (result) this.draft.end();
    return result;
  }

  /**
   * Something other than words. An answer stays one; a correction is given up.
   * @param {string} action
   * @param {Arguments} [details]
   */
  attach(action, details = {}) {
    const { place } = this;
    if (this.draft.purpose === "edit") this.draft.cancel();
    else this.draft.end();
    return this.do(action, { ...details, ...place });
  }

  /** @param {FileArguments} file */
  sendFile(file) {
    if (this.draft.purpose === "edit") this.draft.cancel();
    return this.attach("send_file", { ...file, caption: this.composer.take() });
  }

  attachItems() {
    const use = (/** @type {string} */ action, /** @type {Arguments} */ details = {}) => this.attach(action, details);
    return attachItems(this.view.tools ?? [], use, (file) => this.sendFile(file));
  }

  /** @returns {MenuItem[]} */
  moreItems() {
    const { group, view } = this;
    if (group?.kind === "business" && this.person) return this.chats.accountItems(view, this.person);
    if (group) return this.chats.itemsOf(group, view);
    const { stop, resume } = this.stopping;
    /** @type {(MenuItem | null)[]} */
    const all = [
      { icon: "chat", label: this.can("start") ? "Press Start" : "Open the chat again", act: () => this.do("open") },
      this.view.tools ? null : { icon: "ticks", label: "Mark as read", act: () => this.do("read") },
      this.can("clear") ? { icon: "trash", label: "Clear the chat", act: () => this.do("clear") } : null,
      this.person?.subscribed
        ? { icon: "close", label: stop, act: () => this.do("unsubscribe") }
        : { icon: "check", label: resume, act: () => this.do("subscribe") },
      ...this.personItems(),
      ...(this.can("groups") ? this.chats.newItems(view) : []),
      ...(this.can("business") && this.person ? this.chats.accountItems(view, this.person) : []),
    ];
    return all.flatMap((item) => (item ? [item] : []));
  }

  personItems() {
    const openTemplates = () => this.templates.open(this.more);
    return this.person ? personItems(this.view, this.person, (...what) => this.do(...what), openTemplates) : [];
  }

  /** @param {Message} message */
  messageItems(message) {
    const { tools = [] } = this.view;
    const begin = (/** @type {"answer" | "edit"} */ purpose) => this.begin(purpose, message);
    return messageItems(tools, message, begin, () => this.do("delete", { message: message.id }));
  }

  /**
   * @param {"answer" | "edit"} purpose
   * @param {Message} message
   */
  begin(purpose, message) {
    if (this.draft.purpose === "edit") this.composer.setText("");
    this.draft.begin(purpose, message);
    if (purpose === "edit") this.composer.setText(message.text);
    this.composer.box.focus();
  }

  async addPerson() {
    const result = await act(this.service, "new_person", { name: newName(this.view.people) });
    if (result) this.choose(result.id ?? result.person ?? this.chosen);
  }

  /** @param {string} person */
  choose(person) {
    this.chosen = person;
    this.turnTo();
  }

  /** Shows another person's phone, or another chat on it. */
  turnTo() {
    this.draft.cancel();
    this.update();
    this.composer.focus();
  }

  update() {
    const { person, account, stopping, group } = this;
    this.people.update(this.view.people, person?.id);
    this.composer.disable(!person);
    if (!person) return;
    this.chats.update(this.view, person, account);
    this.title.textContent = group?.name ?? account;
    const known = group ? countMembers(group) : describeNumber(person);
    this.subtitle.textContent = [`${person.name}’s phone`, known].filter(Boolean).join(", ");
    this.face.replaceChildren(avatar(group?.name ?? account));
    this.window.update(group ? undefined : person.window);
    this.templates.update(this.view.templates ?? []);
    this.notice.textContent = stopping.banner;
    this.resume.textContent = stopping.again;
    this.node.classList.toggle("keyboards", this.can("keyboard"));
    this.banner.hidden = Boolean(group) || person.subscribed || !person.messages.length;
    this.showConversation(person, group);
    const doing = group ? this.chats.doingIn(group) : person.actions?.[0]?.action;
    this.typing.show(describeDoing(account, doing));
  }

  /**
   * @param {Person} person
   * @param {Group | undefined} group
   */
  showConversation(person, group) {
    const messages = group ? this.chats.messagesOf(group, person) : person.messages;
    const shown = [person.id, group?.id, group && this.chats.topic].join(" ");
    if (this.shown !== shown) clear(this.messages);
    this.shown = shown;
    const isEmpty = !messages.length && !group;
    this.messages.classList.toggle("empty", isEmpty);
    if (isEmpty) {
      clear(this.messages);
      this.messages.append(this.emptyState(person));
      return;
    }
    this.messages.querySelector(".empty-state")?.remove();
    showMessages(this.messages, messages, {
      isMine: (author) => author === "customer",
      tap: (message, button, card) => this.do("tap", { message, button, card }),
      react: this.can("react") ? (message, emoji) => this.do("react", { message: message.id, emoji }) : undefined,
      more: (message) => this.messageMenu.opener(message),
    });
    if (!group) this.markRead(person);
  }

  /** @param {Person} person */
  emptyState(person) {
    return emptyPhone(person.name, {
      write: (text) => this.do("write", { text }),
      sendPhoto: async () => this.sendFile(await samplePhoto()),
      start: this.can("start") ? () => this.do("open") : null,
    });
  }

  /** @param {Person} person What is on the screen counts as read: it is reported once per new message. */
  markRead(person) {
    const newest = person.messages.findLast(({ author }) => author === "agent" || author === "bot");
    if (!newest || document.hidden || this.read.get(person.id) === newest.id) return;
    const wasReadBefore = !this.read.has(person.id) && newest.status === "read";
    this.read.set(person.id, newest.id);
    if (!wasReadBefore) setTimeout(() => act(this.service, "read", { person: person.id }), READ_AFTER);
  }
}
