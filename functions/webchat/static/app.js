// The page as a whole: which part is shown, what is asked for meanwhile, and where the focus goes.

import { api, Refused } from "./api.js";
import { askWords, confirmErasing } from "./ask.js";
import { makeConnection } from "./connection.js";
import { Conversation } from "./conversation.js";
import { el, hasKeys, iconButton } from "./dom.js";
import { askToClose, inFrame, listen, tellUnread } from "./frame.js";
import { makeInbox } from "./inbox.js";
import { Outbox } from "./outbox.js";
import { Pulse, Rhythm } from "./pulse.js";
import { LONGEST_NAME, makeStart } from "./start.js";
import { kept } from "./storage.js";
import { say } from "./texts.js";
import { visitor } from "./visitor.js";

const LIST_EVERY = 5000; // milliseconds
const UNREAD_EVERY = 20_000;
const QUIET = 4; // times as long, once the list has not changed for a minute
const GONE = 404;
const REVOKED = 401;

export class App {
  constructor(about) {
    Object.assign(this, {
      about,
      chats: [],
      open: null,
      screen: "list",
      inSight: !inFrame,
      lastOpen: kept("open"),
      wide: matchMedia("(min-width: 860px)"),
    });
    this.connection = makeConnection(() => this.outbox.flush());
    this.outbox = new Outbox(this.#outboxHooks());
    const trouble = (error) => this.#cope(error);
    this.rhythm = new Rhythm(1, QUIET);
    this.listPulse = new Pulse(
      () => this.#loadChats(),
      () => LIST_EVERY * this.rhythm.interval(),
      trouble,
    );
    this.unreadPulse = new Pulse(
      () => this.#loadChats(),
      () => UNREAD_EVERY * this.rhythm.interval(),
      trouble,
    );
    this.inbox = makeInbox(about, {
      open: (chat) => this.#goTo(chat.id),
      begin: () => this.#goTo("new"),
      eraseAll: () => this.#eraseAll(),
    });
    this.start = makeStart(about, { begin: (...what) => this.#begin(...what), back: () => this.#goTo("") });
    this.notice = el("div", { class: "notice", role: "status" });
    this.closed = el("div", { class: "notice closed", role: "status" });
    if (about.open === false) this.#shut();
    this.main = el("main", {}, this.connection.bar, this.closed, this.notice, this.inbox.node, this.start.node);
    if (inFrame) this.main.append(iconButton("close", say("close"), askToClose, { class: "icon-button close-frame" }));
  }

  async run() {
    document.body.append(this.main);
    document.body.toggleAttribute("data-frame", inFrame);
    visitor.remember(() => (visitor.known ? this.#beat() : location.reload()));
    addEventListener("popstate", () => this.#route(wanted()));
    this.wide.addEventListener("change", () => this.#beat());
    if (visitor.known) await this.#loadChats().catch((error) => this.#cope(error));
    const place = wanted() || this.lastOpen.get() || (this.chats.length ? "" : "new");
    this.#write(place, "replaceState");
    this.#route(place, false);
    if (inFrame) listen((open) => this.#appear(open));
    document.body.dataset.ready = "";
    this.outbox.flush();
  }

  // --- which part is shown ---

  #goTo(place) {
    this.#write(place, "pushState");
    this.notice.textContent = "";
    this.#route(place);
  }

  /** Puts the place into the address, for the browser's way back; a frame's history is that of its site. */
  #write(place, way) {
    if (inFrame || place === wanted()) return;
    history[way](null, "", `${location.pathname}${location.search}${place ? `#${place}` : ""}`);
  }

  #route(place, focus = true) {
    const chat = this.chats.find(({ id }) => id === place);
    const before = this.open?.chat.id;
    if (before !== chat?.id) this.#leave();
    if (chat) this.#enter(chat);
    this.screen = chat ? "chat" : place === "new" || !this.chats.length ? "start" : "list";
    if (!chat) this.start.open();
    document.body.dataset.screen = this.screen;
    this.#show();
    this.#beat();
    if (focus || this.screen === "start") this.#focus(before);
  }

  #enter(chat) {
    this.lastOpen.set(chat.id);
    if (this.open) return;
    const hooks = {
      back: () => this.#goTo(""),
      rename: (one) => this.#rename(one),
      erase: (one) => this.#erase(one),
      news: () => this.#loadChats().catch((error) => this.#cope(error)),
      trouble: (error, id) => this.#cope(error, id),
      fine: () => this.connection.fine(),
    };
    this.open = new Conversation(chat, this.about, this.outbox, hooks);
    this.main.append(this.open.node);
    this.open.show();
  }

  #leave() {
    this.open?.close();
    this.open = null;
    this.lastOpen.remove();
  }

  #focus(before) {
    if (!this.inSight) return;
    if (this.screen === "start") this.start.focus();
    else if (this.screen === "list") this.inbox.focus(before);
    else if (hasKeys()) this.open.focus();
    else this.open.title.focus();
  }

  /** The frame that this page is shown in was opened or closed. */
  #appear(open) {
    this.inSight = open;
    if (!open) this.unreadPulse.stop(); // it begins anew, and asks at once
    this.#beat();
    tellUnread(this.#unread());
    if (open) this.#focus();
  }

  /** Nothing is asked for that nobody sees. */
  #beat() {
    const turn = (pulse, on) => (on ? pulse?.start() : pulse?.stop());
    turn(this.listPulse, visitor.known && this.inSight && (this.wide.matches || this.screen === "list"));
    // A chat that the other side begins shows in the title and on the widget's button, whatever is on the screen.
    turn(this.unreadPulse, visitor.known && (!this.inSight || (!this.wide.matches && this.screen === "chat")));
    turn(this.open?.pulse, this.inSight);
  }

  #show() {
    this.inbox.show(this.chats, this.open?.chat.id);
    document.body.toggleAttribute("data-chats", this.chats.length > 0);
    const unread = this.#unread();
    document.title = unread ? `(${unread}) ${this.about.title}` : this.about.title;
    tellUnread(unread);
  }

  /** The owner has closed the chat: what was written stays to be read. */
  #shut() {
    this.closed.textContent = say("closed");
    document.body.dataset.closed = "";
  }

  #unread() {
    const seen = (chat) => this.inSight && !document.hidden && chat.id === this.open?.chat.id;
    return this.chats.reduce((sum, chat) => sum + (seen(chat) ? 0 : chat.unread), 0);
  }

  // --- chats come and go ---

  async #loadChats() {
    const before = newest(this.chats);
    this.chats = await api.chats();
    if (newest(this.chats) !== before) this.rhythm.stir();
    this.connection.fine();
    this.#show();
  }

  async #begin(id, name) {
    await visitor.introduce();
    const chat = await api.startChat(id, name);
    this.chats = [chat, ...this.chats.filter((one) => one.id !== chat.id)];
    this.#goTo(chat.id);
  }

  async #rename({ id, name }) {
    const save = async (words) => {
      const renamed = await api.renameChat(id, words);
      this.chats = this.chats.map((chat) => (chat.id === id ? renamed : chat));
      if (this.open?.chat.id === id) this.open.rename(renamed);
      this.#show();
    };
    await askWords({
      title: say("rename_title"),
      label: say("your_name"),
      missing: say("name_missing"),
      value: name,
      most: LONGEST_NAME,
      save,
    });
  }

  async #erase(chat) {
    if (!(await confirmErasing(say("erase_chat_title"), say("erase_chat_text")))) return;
    if (await this.#erased(api.eraseChat(chat.id))) this.#gone(chat.id, "chat_erased");
  }

  async #eraseAll() {
    if (!(await confirmErasing(say("erase_all_title"), say("erase_all_text")))) return;
    if (await this.#erased(api.forgetMe())) this.#ended("all_erased");
  }

  /** What is gone already counts as erased. */
  async #erased(call) {
    try {
      await call;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status !== GONE && error.status !== REVOKED) {
        this.notice.textContent = say("did_not_work");
        return false;
      }
    }
    return true;
  }

  #gone(id, words = "chat_gone") {
    this.outbox.dropChat(id);
    kept(`draft:${id}`).remove();
    this.chats = this.chats.filter((chat) => chat.id !== id);
    if (this.open?.chat.id === id) this.#goTo("");
    else this.#show();
    this.notice.textContent = say(words);
  }

  #ended(words = "access_ended") {
    visitor.forget();
    this.chats = [];
    this.#goTo("");
    this.notice.textContent = say(words);
  }

  #outboxHooks() {
    return {
      changed: () => this.open?.show(),
      sent: (chat, message) => {
        this.connection.fine();
        if (this.open?.chat.id === chat) this.open.take(message);
      },
      gone: (chat) => this.#gone(chat),
      ended: () => this.#ended(),
      closed: () => this.#shut(),
      trouble: (error) => this.#cope(error),
    };
  }

  #cope(error, chat = "") {
    if (!(error instanceof Refused)) throw error;
    if (error.status === REVOKED) this.#ended();
    else if (error.status === GONE && chat) this.#gone(chat);
    else if (error.passing && error.status !== 429) this.connection.trouble();
  }
}

const newest = ([chat]) => `${chat?.id} ${chat?.updated_at}`; // the list begins with the latest

const wanted = () => (inFrame ? "" : decodeURIComponent(location.hash.slice(1)));
