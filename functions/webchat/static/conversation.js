// An open chat: what is shown of it, and what keeps it up to date.

import { api, Refused } from "./api.js";
import { askWords, confirmErasing, makeMenu } from "./ask.js";
import { acceptFiles, kindOf } from "./attach.js";
import { Composer } from "./composer.js";
import { avatar, el, iconButton } from "./dom.js";
import { Log } from "./log.js";
import { Pulse, Rhythm } from "./pulse.js";
import { kept, newId } from "./storage.js";
import { say } from "./texts.js";
import { Transcript } from "./transcript.js";
import { TypingTeller } from "./typing.js";

const EVERY = 1200; // milliseconds between questions: an answer is seen within two seconds
const QUIET_EVERY = 4000; // once nobody has written for a minute: each open chat costs its owner money
const REASONS = { 410: "file_lost", 423: "closed", 429: "busy" }; // why a message was refused, by status
const FLAWS = ["wrong_type", "unsafe_file", "unsafe_name"]; // codes of a file that the visitor can do something about
const MOST_CAPTION = 1000; // characters; a longer text becomes a message of its own

export class Conversation {
  /** `hooks` are back(), rename(chat), erase(chat), news(), trouble(error), fine(). */
  constructor(chat, about, outbox, hooks) {
    Object.assign(this, { chat, about, outbox, hooks, transcript: new Transcript(), previews: new Map(), seen: "" });
    this.rhythm = new Rhythm(EVERY, QUIET_EVERY);
    this.teller = new TypingTeller((on) => api.typing(chat.id, on));
    this.log = new Log(this.#acts());
    const acts = { send: (...what) => this.#write(...what), typing: (on) => this.#hear(on) };
    this.composer = new Composer(about, acts, kept(`draft:${chat.id}`));
    this.pulse = new Pulse(
      () => this.#ask(),
      () => this.rhythm.interval(),
      (error) => hooks.trouble(error, chat.id),
    );
    this.node = this.#build();
    acceptFiles(this.node, (files) => this.composer.add(files));
  }

  open() {
    this.pulse.start();
    this.show();
  }

  close() {
    this.pulse.stop();
    this.teller.stop();
    this.log.close();
    this.previews.forEach((address) => URL.revokeObjectURL(address));
    this.node.remove();
  }

  focus() {
    this.composer.focus();
  }

  /** A message of this chat that the service has just taken. */
  take(message) {
    this.transcript.put(message);
    this.show();
  }

  /** The chat has another name by now. */
  rename(chat) {
    this.chat = chat;
    this.writer.textContent = say("written_as", { name: chat.name });
  }

  show() {
    const waiting = this.outbox.entries(this.chat.id).filter(({ id }) => !this.transcript.messages.has(id));
    const messages = [
      ...this.transcript.list().map((message) => this.#told(message)),
      ...waiting.map((entry) => this.#written(entry)),
    ];
    this.log.show(messages, { more: this.transcript.earlier, whole: this.transcript.whole });
    this.#showAgent();
  }

  #build() {
    this.face = el("span", { class: "face" }, avatar(this.about.title));
    this.title = el("h1", { tabindex: "-1" }, this.about.title);
    this.typing = el("p", { class: "spoken", role: "status" });
    this.writer = el("p", { dir: "auto" }, say("written_as", { name: this.chat.name }));
    const names = el("div", { class: "names" }, this.title, this.writer);
    const rename = { icon: "pen", label: say("rename"), act: () => this.hooks.rename(this.chat), writes: true };
    const menu = makeMenu(say("more"), [
      rename,
      { icon: "trash", label: say("erase_chat"), act: () => this.hooks.erase(this.chat) },
    ]);
    const back = iconButton("back", say("back"), this.hooks.back, { class: "icon-button to-list" });
    const head = el("header", { class: "head" }, back, this.face, names, menu);
    const drop = el("div", { class: "drop", "aria-hidden": "true" }, say("drop"));
    return el(
      "section",
      { class: "pane chat", "aria-label": this.about.title },
      head,
      el("div", { class: "stage" }, this.log.box, this.log.down),
      this.typing,
      this.composer.form,
      drop,
    );
  }

  #acts() {
    return {
      tap: (message, button) => {
        this.outbox.add({
          id: newId(),
          chat: this.chat.id,
          text: button.label,
          tap: { message: message.id, button: button.id },
        });
        this.log.box.focus();
      },
      retry: (message) => (message.unsent ? this.outbox.retry(message.id) : this.#write(message.text, [])),
      discard: (message) => this.outbox.discard(message.id),
      edit: (message) => this.#edit(message),
      remove: (message) => this.#remove(message),
      earlier: () => this.#askEarlier(),
    };
  }

  async #edit({ id, text }) {
    const save = async (words) => this.take(await api.changeMessage(this.chat.id, id, words));
    const asked = {
      title: say("edit_title"),
      label: say("message"),
      missing: say("text_missing"),
      value: text,
      most: this.about.text_limit,
      lines: true,
      save,
    };
    if (await askWords(asked)) this.log.box.focus(); // the button that was pressed is another one by now
  }

  async #remove({ id }) {
    if (!(await confirmErasing(say("delete_title"), say("delete_text"), say("delete")))) return;
    try {
      await api.deleteMessage(this.chat.id, id);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.composer.complain(say(error.code === "too_many" ? "busy" : "did_not_work"));
      return;
    }
    this.transcript.messages.delete(id);
    this.show();
    this.log.box.focus();
  }

  // --- what comes in ---

  async #ask() {
    const { cursor } = this.transcript;
    const answer = await api.messages(this.chat.id, cursor ? { after: cursor } : {});
    if (!this.pulse.running) return;
    if (answer.reset) this.log.quietly();
    this.transcript.take(answer);
    if (answer.messages.length || answer.typing) this.rhythm.stir();
    if (answer.messages.length || answer.reset || !cursor) this.show();
    this.#showTyping(answer.typing);
    this.hooks.fine();
    await this.#noteRead();
  }

  async #askEarlier() {
    this.log.quietly();
    try {
      this.transcript.takeEarlier(await api.messages(this.chat.id, { before: this.transcript.earlier }));
    } catch (error) {
      this.hooks.trouble(error, this.chat.id);
    }
    this.show();
    this.log.box.focus();
  }

  async #noteRead() {
    const last = this.transcript.lastReceived();
    if (!last || last.id === this.seen || document.hidden) return;
    try {
      await api.read(this.chat.id, last.id);
    } catch (error) {
      if (error.passing) return; // it is said again after the next question
      throw error;
    }
    this.seen = last.id;
    this.hooks.news();
  }

  #showTyping(typing) {
    this.log.showTyping(Boolean(typing));
    const words = !typing ? "" : typing.name ? say("is_typing", { name: typing.name }) : say("someone_typing");
    if (this.typing.textContent !== words) this.typing.textContent = words;
  }

  /** The face in the head is that of the person who answered last. */
  #showAgent() {
    const sender = this.transcript.list().findLast(({ mine, sender: one }) => !mine && one?.name && !one.bot)?.sender;
    if (!sender || this.face.dataset.of === sender.name) return;
    this.face.dataset.of = sender.name;
    this.face.replaceChildren(avatar(sender.name));
    this.title.textContent = sender.name;
  }

  // --- what goes out ---

  /** Who writes waits for an answer. */
  #stir() {
    if (this.rhythm.stir()) this.pulse.soon();
  }

  #hear(on) {
    this.#stir();
    this.teller.hear(on);
  }

  #write(text, staged) {
    this.#stir();
    this.teller.stop(false);
    const add = (entry, file) => this.outbox.add({ ...entry, chat: this.chat.id }, file);
    const caption = staged.length === 1 && text.length <= MOST_CAPTION ? text : "";
    for (const { file, preview } of staged) {
      const id = newId();
      if (preview) this.previews.set(id, preview);
      add({ id, text: caption }, file);
    }
    if (text && !caption) add({ id: newId(), text });
  }

  #told(message) {
    if (message.mine)
      return { ...message, attachment: this.#local(message), repeatable: Boolean(message.text) && !message.attachment };
    return { ...message, sender: message.sender?.name ? message.sender : { name: this.about.title, bot: false } };
  }

  /** An entry of the outbox as a message that is on its way. */
  #written({ id, at, text, file, refused, why }) {
    const kind = file && kindOf(file.type);
    const state = refused ? "failed" : this.outbox.sending === id && navigator.onLine ? "sending" : "waiting";
    const reason = REASONS[refused] ?? (file ? (FLAWS.find((code) => code === why) ?? "file_refused") : "refused");
    const explained = refused && say(reason, { name: file?.name ?? "" });
    const attachment = this.#local({
      id,
      attachment: file && { kind, url: null, name: file.name, type: file.type, size: file.size },
    });
    const bare = { cards: [], location: null, buttons: [], sender: null, tapped: null, reason: "" };
    return {
      ...bare,
      id,
      at,
      text,
      mine: true,
      unsent: true,
      state,
      explained,
      attachment,
      progress: this.outbox.progress.get(id),
      repeatable: refused !== 410 && refused !== 415,
    };
  }

  /** A picture that was chosen here is shown from here, before and after it is sent. */
  #local({ id, attachment }) {
    return attachment && { ...attachment, local: this.previews.get(id) ?? "" };
  }
}
