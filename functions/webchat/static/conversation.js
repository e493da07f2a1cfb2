// An open chat: what is shown of it, and what keeps it up to date.

/** @import { About, Chat, LiveUpdate, Message, MessagePage, StagedFile } from "../types.js" */
/** @import { LiveConnection } from "./live.js" */
/** @import { MessageActions } from "./message-actions.js" */
/** @import { Outbox } from "./outbox.js" */

import { ApiError, api } from "./api.js";
import { describeChange } from "./changes.js";
import { Composer } from "./composer.js";
import { makeMoreMenu } from "./dialogs.js";
import { acceptFiles, avatar, el, iconButton } from "./dom.js";
import { loadLater } from "./loading.js";
import { MessageList } from "./message-list.js";
import { AdaptiveInterval, Poller } from "./polling.js";
import { withQuotes } from "./quotes.js";
import { newId, stored } from "./storage.js";
import { t } from "./texts.js";
import { fromOutbox, fromService, Transcript } from "./transcript.js";
import { TypingReporter } from "./typing.js";

const ACTIVE_INTERVAL = 1200; // milliseconds between polls: a reply is shown within two seconds
const QUIET_INTERVAL = 4000; // after a minute without messages: each open chat costs its owner money
const LIVE_INTERVAL = 60_000; // while updates come by themselves: in case that one gets lost
const QUIET_LIVE_INTERVAL = 180_000;
const TYPING_LASTS = 10_000; // milliseconds after an update that says so
const TYPING = { repeat: 6000, silence: 8000 }; // milliseconds
const LONGEST_CAPTION = 1000; // characters; a longer text becomes a message of its own

/**
 * What a conversation reports. `changed`: the list of chats may be different now.
 * @typedef {object} ConversationHooks
 * @property {() => void} back
 * @property {(chat: Chat) => void} rename
 * @property {(chat: Chat) => void} erase
 * @property {() => void} changed
 * @property {(error: Error, chat: string) => void} failed
 * @property {() => void} succeeded
 */

export class Conversation {
  /**
   * @param {Chat} chat
   * @param {About} about
   * @param {Outbox} outbox
   * @param {LiveConnection} live
   * @param {ConversationHooks} hooks
   */
  constructor(chat, about, outbox, live, hooks) {
    this.chat = chat;
    this.live = live;
    this.about = about;
    this.outbox = outbox;
    this.hooks = hooks;
    this.transcript = new Transcript((before, now) => this.announce(describeChange(before, now, about.title)));
    /** @type {Map<string, string>} addresses of images that were chosen here, by message */
    this.previews = new Map();
    this.lastRead = "";
    this.interval = new AdaptiveInterval(ACTIVE_INTERVAL, QUIET_INTERVAL);
    this.typingTimer = 0;
    /** @type {WebSocket | null} the connection that was open at the last poll: since then it should miss nothing */
    this.polledBeside = null;
    // A late report of typing is worth nothing: one that fails is not repeated.
    this.typingReporter = new TypingReporter((on) => api.reportTyping(chat.id, on).catch(() => {}), TYPING);
    /** @type {MessageActions | null} */
    this.actions = null;
    this.list = new MessageList(this.#makeActions());
    this.composer = new Composer(
      about,
      {
        send: (text, staged, replyTo) => this.#write(text, staged, replyTo),
        typing: (hasText) => this.#onTyping(hasText),
      },
      stored(`draft:${chat.id}`),
    );
    this.poller = new Poller(
      () => this.#poll(),
      () => this.#pause(),
      (error) => hooks.failed(error, chat.id),
    );
    this.face = el("span", { class: "face" }, avatar(about.title));
    this.title = el("h1", { tabindex: "-1" }, about.title);
    this.typing = el("p", { class: "spoken", role: "status" });
    this.news = el("p", { class: "spoken", role: "status" });
    this.writer = el("p", { dir: "auto" }, t("chatting_as", { name: chat.name }));
    this.node = this.#build();
    acceptFiles(this.node, (files) => this.composer.add(files));
  }

  close() {
    this.poller.stop();
    this.typingReporter.stop();
    clearTimeout(this.typingTimer);
    this.list.close();
    for (const url of this.previews.values()) URL.revokeObjectURL(url);
    this.node.remove();
  }

  focus() {
    this.composer.focus();
  }

  /** @param {Message} message One of this chat that the service has accepted. */
  add(message) {
    if (!this.transcript.messages.has(message.id)) this.live.expectEcho();
    this.transcript.put(message);
    this.show();
  }

  /** @param {string} sentence what has happened to a message, for screen readers */
  announce(sentence) {
    if (sentence) this.news.textContent = sentence;
  }

  /** @param {Chat} chat with its new name */
  rename(chat) {
    this.chat = chat;
    this.writer.textContent = t("chatting_as", { name: chat.name });
  }

  show() {
    const waiting = this.outbox.entries(this.chat.id).filter(({ id }) => !this.transcript.messages.has(id));
    const preview = (/** @type {string} */ id) => this.previews.get(id) ?? "";
    const sent = this.transcript.list().map((message) => fromService(message, this.about.title, preview));
    const messages = [...sent, ...waiting.map((entry) => fromOutbox(entry, this.outbox, preview))];
    const { earlier, isLoaded } = this.transcript;
    this.list.show(withQuotes(messages, Boolean(earlier)), { hasEarlier: Boolean(earlier), isLoaded });
    this.#showAgent();
  }

  #build() {
    const menu = makeMoreMenu(t("more"), [
      { icon: "pen", label: t("rename"), act: () => this.hooks.rename(this.chat), writes: true },
      { icon: "trash", label: t("erase_chat"), act: () => this.hooks.erase(this.chat) },
    ]);
    const back = iconButton("back", t("back"), this.hooks.back, { class: "icon-button to-list" });
    const names = el("div", { class: "names" }, this.title, this.writer);
    return el(
      "section",
      { class: "pane chat", "aria-label": this.about.title },
      el("header", { class: "head" }, back, this.face, names, menu),
      el("div", { class: "stage" }, this.list.box, this.list.down),
      this.typing,
      this.news,
      this.composer.form,
      el("div", { class: "drop", "aria-hidden": "true" }, t("drop")),
    );
  }

  /** @returns {ConstructorParameters<typeof MessageList>[0]} */
  #makeActions() {
    return {
      tap: (message, button) => {
        const tap = { message: message.id, button: button.id };
        this.outbox.add({ id: newId(), chat: this.chat.id, text: button.label, tap });
        this.list.box.focus();
      },
      retry: (message) =>
        message.unsent ? this.outbox.retry(message.id) : this.#write(message.text, [], message.reply_to ?? ""),
      discard: (message) => this.outbox.discard(message.id),
      edit: (message) => this.#act((actions) => actions.edit(message)),
      remove: (message) => this.#act((actions) => actions.remove(message)),
      react: (message, anchor) => this.#act((actions) => actions.react(message, anchor)),
      answer: (message) => this.#act((actions) => actions.answer(message)),
      jump: (id) => this.#act((actions) => actions.jump(id)),
      earlier: () => this.#showEarlier(),
    };
  }

  /** @param {(actions: MessageActions) => unknown} use with what is loaded when it is first needed */
  async #act(use) {
    // It fails without a network, and where the service has a new version of the page.
    const later = await loadLater().catch(() => this.composer.showProblem(t("did_not_work")));
    if (!later) return;
    this.actions ??= new later.MessageActions(this);
    await use(this.actions);
  }

  // --- incoming ---

  /** Milliseconds until the next poll. */
  #pause() {
    if (!this.live.isOpen) return this.interval.current();
    return this.interval.isQuiet ? QUIET_LIVE_INTERVAL : LIVE_INTERVAL;
  }

  /** @param {LiveUpdate} update of this chat */
  receive(update) {
    if (!this.poller.running) return;
    if (!this.transcript.isLoaded || !this.transcript.apply(update)) return this.poller.pollNow();
    if (update.messages.length || update.typing) this.interval.noteActivity();
    if (update.messages.length) this.show();
    this.#showTyping(update.typing);
    if (update.typing) this.typingTimer = setTimeout(() => this.#showTyping(null), TYPING_LASTS);
    this.#reportRead().catch((error) => this.hooks.failed(error, this.chat.id));
  }

  async #poll() {
    const { cursor } = this.transcript;
    const page = await api.messages(this.chat.id, cursor ? { after: cursor } : {});
    if (!this.poller.running) return;
    if (cursor !== this.transcript.cursor) return this.poller.pollNow(); // an update was faster: ask from there
    const { socket } = this.live;
    if (page.messages.length && socket && socket === this.polledBeside) this.live.expectEcho();
    this.polledBeside = this.live.isOpen ? socket : null;
    if (page.reset) this.list.mute();
    this.transcript.addNew(page);
    if (page.messages.length || page.typing) this.interval.noteActivity();
    if (page.messages.length || page.reset || !cursor) this.show();
    this.#showTyping(page.typing);
    this.hooks.succeeded();
    await this.#reportRead();
  }

  async #showEarlier() {
    await this.loadEarlier();
    this.list.box.focus();
  }

  async loadEarlier() {
    const { earlier } = this.transcript;
    if (!earlier) return;
    this.list.mute();
    try {
      this.transcript.addEarlier(await api.messages(this.chat.id, { before: earlier }));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.hooks.failed(error, this.chat.id);
    }
    this.show();
  }

  async #reportRead() {
    const last = this.transcript.lastReceived();
    if (!last || last.id === this.lastRead || document.hidden) return;
    try {
      await api.reportRead(this.chat.id, last.id);
    } catch (error) {
      if (error instanceof ApiError && error.isTransient) return; // it is reported again after the next poll
      throw error;
    }
    this.lastRead = last.id;
    if (!this.live.isOpen) this.hooks.changed();
  }

  /** @param {MessagePage["typing"]} typing */
  #showTyping(typing) {
    clearTimeout(this.typingTimer);
    this.list.showTyping(Boolean(typing));
    const known = typing?.name ? t("is_typing", { name: typing.name }) : t("someone_typing");
    const text = typing ? known : "";
    if (this.typing.textContent !== text) this.typing.textContent = text;
  }

  /** Puts the name and face of the person who replied last into the head. */
  #showAgent() {
    const sender = this.transcript.list().findLast(({ mine, sender: one }) => !mine && one?.name && !one.bot)?.sender;
    if (!sender || this.face.dataset.of === sender.name) return;
    this.face.dataset.of = sender.name;
    this.face.replaceChildren(avatar(sender.name));
    this.title.textContent = sender.name;
  }

  // --- outgoing ---

  /** A visitor who writes waits for a reply: polls often from now on. */
  #noteActivity() {
    if (this.interval.noteActivity()) this.poller.pollNow();
  }

  /** @param {boolean} hasText */
  #onTyping(hasText) {
    this.#noteActivity();
    if (hasText) this.typingReporter.type();
    else this.typingReporter.stop();
  }

  /**
   * @param {string} text
   * @param {StagedFile[]} staged
   * @param {string} replyTo the message that it answers, "" for none
   */
  #write(text, staged, replyTo) {
    this.#noteActivity();
    this.typingReporter.stop({ report: false });
    const chat = this.chat.id;
    const caption = staged.length === 1 && text.length <= LONGEST_CAPTION ? text : "";
    for (const [index, { file, preview }] of staged.entries()) {
      const id = newId();
      if (preview) this.previews.set(id, preview);
      this.outbox.add({ id, chat, text: caption, reply_to: index ? "" : replyTo }, file);
    }
    if (text && !caption) this.outbox.add({ id: newId(), chat, text, reply_to: staged.length ? "" : replyTo });
  }
}
