// The page as a whole: which part is shown, what is polled meanwhile, and where the focus goes.

/** @import { About, Chat, LiveUpdate, TextName } from "../types.js" */

import { ApiError, api } from "./api.js";
import { makeConnectionBar } from "./connection.js";
import { Conversation } from "./conversation.js";
import { askForText, confirmErasing } from "./dialogs.js";
import { el, hasMouse, iconButton } from "./dom.js";
import { inFrame, onFrameToggle, reportUnread, requestClose, wantedPlace } from "./frame.js";
import { fingerprint, makeInbox } from "./inbox.js";
import { News, turn } from "./news.js";
import { Outbox } from "./outbox.js";
import { PushOffer } from "./push.js";
import { LONGEST_NAME, makeStart } from "./start.js";
import { stored } from "./storage.js";
import { t } from "./texts.js";
import { visitor } from "./visitor.js";

const NOT_FOUND = 404;
const UNAUTHORIZED = 401;

export class App {
  /** @param {About} about */
  constructor(about) {
    this.about = about;
    /** @type {Chat[]} */
    this.chats = [];
    /** @type {Conversation | null} */
    this.open = null;
    this.screen = "list";
    this.isVisible = !inFrame;
    /** @type {import("./storage.js").StoredValue<string>} */
    this.lastOpen = stored("open");
    this.wide = matchMedia("(min-width: 860px)");
    this.connection = makeConnectionBar(() => this.outbox.flush());
    this.outbox = new Outbox(this.#outboxHooks());
    this.news = new News({
      load: () => this.#loadChats(),
      failed: (error) => this.#handleError(error),
      update: (update) => this.#receive(update),
      missed: () => this.open?.poller.pollNow(),
    });
    this.push = new PushOffer(about);
    this.inbox = makeInbox(about, {
      open: (chat) => this.#goTo(chat.id),
      begin: () => this.#goTo("new"),
      eraseAll: () => this.#eraseAll(),
      more: () => this.push.menuItems(),
    });
    this.start = makeStart(about, { begin: (id, name) => this.#begin(id, name), back: () => this.#goTo("") });
    this.notice = el("div", { class: "notice", role: "status" });
    this.closed = el("div", { class: "notice closed", role: "status" });
    if (about.open === false) this.#showClosed();
    const bars = [this.connection.bar, this.closed, this.notice, this.push.bar];
    this.main = el("main", {}, ...bars, this.inbox.node, this.start.node);
    if (inFrame) this.main.append(iconButton("close", t("close"), requestClose, { class: "icon-button close-frame" }));
  }

  async run() {
    document.body.append(this.main);
    document.body.toggleAttribute("data-frame", inFrame);
    visitor.restore(() => (visitor.isKnown ? this.#updatePolling() : location.reload()));
    addEventListener("popstate", () => this.#route(wantedPlace()));
    this.wide.addEventListener("change", () => this.#updatePolling());
    if (visitor.isKnown) await this.#loadChats().catch((error) => this.#handleError(error));
    const place = wantedPlace() || this.lastOpen.get() || (this.chats.length ? "" : "new");
    this.#writeAddress(place, "replaceState");
    this.#route(place, false);
    if (inFrame) onFrameToggle((open) => this.#onFrameToggle(open));
    document.body.dataset.ready = "";
    this.outbox.flush();
    if (visitor.isKnown) await this.push.refresh();
  }

  // --- which part is shown ---

  /** @param {string} place a chat's id, "new", or "" for the list */
  #goTo(place) {
    this.#writeAddress(place, "pushState");
    this.notice.textContent = "";
    this.#route(place);
  }

  /**
   * Puts the place into the address, for the browser's back button. A frame's history is that of its site.
   * @param {string} place
   * @param {"pushState" | "replaceState"} method
   */
  #writeAddress(place, method) {
    if (inFrame || place === wantedPlace()) return;
    history[method](null, "", `${location.pathname}${location.search}${place ? `#${place}` : ""}`);
  }

  /**
   * @param {string} place
   * @param {boolean} [focus]
   */
  #route(place, focus = true) {
    const chat = this.chats.find(({ id }) => id === place);
    const before = this.open?.chat.id ?? "";
    if (before !== chat?.id) this.#leaveChat();
    if (chat) this.#enterChat(chat);
    this.screen = chat ? "chat" : place === "new" || !this.chats.length ? "start" : "list";
    if (!chat) this.start.open();
    document.body.dataset.screen = this.screen;
    this.#show();
    this.#updatePolling();
    if (focus || this.screen === "start") this.#focus(before);
  }

  /** @param {Chat} chat */
  #enterChat(chat) {
    this.lastOpen.set(chat.id);
    if (this.open) return;
    this.open = new Conversation(chat, this.about, this.outbox, this.news.live, {
      back: () => this.#goTo(""),
      rename: (one) => this.#rename(one),
      erase: (one) => this.#erase(one),
      changed: () => this.#loadChats().catch((error) => this.#handleError(error)),
      failed: (error, id) => this.#handleError(error, id),
      succeeded: () => this.connection.succeeded(),
    });
    this.main.append(this.open.node);
    this.open.show();
  }

  #leaveChat() {
    this.open?.close();
    this.open = null;
    this.lastOpen.remove();
  }

  /** @param {string} [before] the chat that was open */
  #focus(before = "") {
    if (!this.isVisible) return;
    if (this.screen === "start") this.start.focus();
    else if (this.screen === "list") this.inbox.focus(before);
    else if (hasMouse()) this.open?.focus();
    else this.open?.title.focus();
  }

  /** @param {boolean} open Whether the site's frame around this page is open now. */
  #onFrameToggle(open) {
    this.isVisible = open;
    if (!open) this.news.unread.stop(); // when it starts again, it polls at once
    this.#updatePolling();
    reportUnread(this.#countUnread());
    if (open) this.#focus();
  }

  /** Polls for what is on the screen, and for unread messages: in any chat, also one that an agent starts. */
  #updatePolling() {
    const known = visitor.isKnown;
    if (this.open) turn(this.open.poller, this.isVisible);
    this.news.update({
      list: known && this.isVisible && (this.wide.matches || this.screen === "list"),
      unread: known && (!this.isVisible || (!this.wide.matches && this.screen === "chat")),
      live: known && this.isVisible && this.about.live,
    });
  }

  #show() {
    this.inbox.show(this.chats, this.open?.chat.id);
    document.body.toggleAttribute("data-chats", this.chats.length > 0);
    const unread = this.#countUnread();
    document.title = unread ? `(${unread}) ${this.about.title}` : this.about.title;
    reportUnread(unread);
  }

  /** The owner has closed the chat: the messages can still be read. */
  #showClosed() {
    this.closed.textContent = t("closed");
    document.body.dataset.closed = "";
  }

  #countUnread() {
    const isOnScreen = (/** @type {Chat} */ chat) =>
      this.isVisible && !document.hidden && chat.id === this.open?.chat.id;
    return this.chats.reduce((sum, chat) => sum + (isOnScreen(chat) ? 0 : chat.unread), 0);
  }

  // --- chats come and go ---

  async #loadChats() {
    const before = fingerprint(this.chats);
    this.chats = await api.chats();
    if (fingerprint(this.chats) !== before) this.news.noteActivity();
    this.connection.succeeded();
    this.#show();
  }

  /** @param {LiveUpdate} update */
  #receive(update) {
    const chats = [update.chat, ...this.chats.filter(({ id }) => id !== update.chat.id)];
    this.chats = chats.sort((one, other) => other.updated_at.localeCompare(one.updated_at));
    this.#show();
    if (this.open?.chat.id === update.chat.id) this.open.receive(update);
  }

  /**
   * @param {string} id
   * @param {string} name
   */
  async #begin(id, name) {
    await visitor.register();
    const chat = await api.startChat(id, name);
    this.chats = [chat, ...this.chats.filter((one) => one.id !== chat.id)];
    this.#goTo(chat.id);
  }

  /** @param {Chat} chat */
  async #rename({ id, name }) {
    const save = async (/** @type {string} */ changed) => {
      const renamed = await api.renameChat(id, changed);
      this.chats = this.chats.map((chat) => (chat.id === id ? renamed : chat));
      if (this.open?.chat.id === id) this.open.rename(renamed);
      this.#show();
    };
    const texts = { title: t("rename_title"), label: t("your_name"), missing: t("name_missing") };
    await askForText({ ...texts, value: name, limit: LONGEST_NAME, save });
  }

  /** @param {Chat} chat */
  async #erase(chat) {
    if (!(await confirmErasing(t("erase_chat_title"), t("erase_chat_text")))) return;
    if (await this.#isErased(api.eraseChat(chat.id))) this.#forgetChat(chat.id, "chat_erased");
  }

  async #eraseAll() {
    if (!(await confirmErasing(t("erase_all_title"), t("erase_all_text")))) return;
    if (await this.#isErased(api.eraseVisitor())) this.#forgetVisitor("all_erased");
  }

  /**
   * What does not exist any more counts as erased.
   * @param {Promise<null>} call
   */
  async #isErased(call) {
    try {
      await call;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== NOT_FOUND && error.status !== UNAUTHORIZED) {
        this.notice.textContent = t("did_not_work");
        return false;
      }
    }
    return true;
  }

  /**
   * @param {string} id
   * @param {TextName} [notice]
   */
  #forgetChat(id, notice = "chat_gone") {
    this.outbox.discardChat(id);
    stored(`draft:${id}`).remove();
    this.chats = this.chats.filter((chat) => chat.id !== id);
    if (this.open?.chat.id === id) this.#goTo("");
    else this.#show();
    this.notice.textContent = t(notice);
  }

  /** @param {TextName} [notice] */
  #forgetVisitor(notice = "access_ended") {
    this.push.forget();
    visitor.forget();
    this.chats = [];
    this.#goTo("");
    this.notice.textContent = t(notice);
  }

  /** @returns {import("./outbox.js").OutboxHooks} */
  #outboxHooks() {
    return {
      changed: () => this.open?.show(),
      sent: (chat, message) => {
        this.connection.succeeded();
        if (this.open?.chat.id === chat) this.open.add(message);
        this.push.offer();
      },
      chatGone: (chat) => this.#forgetChat(chat),
      accessEnded: () => this.#forgetVisitor(),
      closed: () => this.#showClosed(),
      failed: (error) => this.#handleError(error),
    };
  }

  /**
   * @param {Error} error
   * @param {string} [chat] the chat that the call was about
   */
  #handleError(error, chat = "") {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === UNAUTHORIZED) this.#forgetVisitor();
    else if (error.status === NOT_FOUND && chat) this.#forgetChat(chat);
    else if (error.isTransient && error.status !== 429) this.connection.failed();
  }
}
