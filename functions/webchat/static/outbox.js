// What the visitor has written and the service has not yet confirmed: kept in this browser, sent in order, taken once.
// Every entry has the id that its message will have, so sending it again after a lost answer makes no second message.

import { api, CLOSED, Refused, upload } from "./api.js";
import { patience } from "./pulse.js";
import { alone, files, kept, onChangeElsewhere } from "./storage.js";

const FIRST_WAIT = 2000;
const GONE = 404;
const REVOKED = 401;
const UNSUITABLE = 415; // the file itself is refused: another upload of it would be, too

/**
 * An entry is {id, chat, at, text, file: {name, size, type} | null, tap: {message, button} | null, upload, refused}.
 * `refused` is the status with which the service turned it down for good, 0 while it waits; `why` its code for the reason.
 * `hooks` are changed(), sent(chat, message), gone(chat), ended(), closed(), trouble(error).
 */
export class Outbox {
  constructor(hooks) {
    this.hooks = hooks;
    this.stored = kept("outbox");
    this.progress = new Map();
    this.failures = 0;
    this.timer = 0;
    this.sending = null; // the id of the entry that is on its way
    this.busy = false;
    onChangeElsewhere(this.stored, () => this.hooks.changed());
    addEventListener("online", () => this.flush());
  }

  entries(chat = null) {
    const all = this.stored.get() ?? [];
    return chat === null ? all : all.filter((entry) => entry.chat === chat);
  }

  add(entry, file = null) {
    const { id, chat, text = "", tap = null } = entry;
    const about = file && { name: file.name, size: file.size, type: file.type };
    if (file) files.put(id, file);
    this.#keep([
      ...this.entries(),
      { id, chat, at: new Date().toISOString(), text, tap, file: about, upload: "", refused: 0 },
    ]);
    this.flush();
  }

  retry(id) {
    this.#change(id, { refused: 0, why: "", upload: "", renewed: false });
    this.flush();
  }

  discard(id) {
    this.#keep(this.entries().filter((entry) => entry.id !== id));
    this.progress.delete(id);
    files.remove(id);
  }

  dropChat(chat) {
    this.entries(chat).forEach(({ id }) => this.discard(id));
  }

  /** Sends what waits, unless that is being done already. */
  async flush() {
    if (this.busy || !this.#next()) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      await alone("outbox", () => this.#sendAll());
    } finally {
      this.busy = false;
      this.sending = null;
    }
    if (this.#next())
      this.timer = setTimeout(
        () => this.flush(),
        patience(this.failures ? FIRST_WAIT / 2 : 0, this.failures, this.retryAfter),
      );
  }

  async #sendAll() {
    for (let entry = this.#next(); entry; entry = this.#next()) {
      this.sending = entry.id;
      try {
        const message = await this.#send(entry);
        this.failures = 0;
        this.hooks.sent(entry.chat, message);
        this.discard(entry.id);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (!this.#cope(entry, error)) return;
      }
    }
  }

  /** Whether the next entry may go out. */
  #cope(entry, error) {
    if (error.passing) {
      this.failures += 1;
      this.retryAfter = error.retryAfter;
      this.hooks.trouble(error);
    } else if (error.status === REVOKED) {
      this.hooks.ended();
    } else if (error.status === CLOSED) {
      this.#change(entry.id, { refused: CLOSED });
      this.hooks.closed();
      return true;
    } else if (entry.upload && !entry.renewed && error.status !== UNSUITABLE) {
      this.#change(entry.id, { upload: "", renewed: true }); // a reserved place does not wait for ever
      return true;
    } else if (error.status === GONE) {
      this.hooks.gone(entry.chat);
      return true;
    } else {
      this.#change(entry.id, { refused: error.status, why: error.code });
      return true;
    }
    return false;
  }

  async #send(entry) {
    if (entry.tap) return api.send(entry.chat, { id: entry.id, tap: entry.tap });
    if (!entry.file) return api.send(entry.chat, { id: entry.id, text: entry.text });
    const place = entry.upload || (await this.#upload(entry));
    const caption = entry.text ? { text: entry.text } : {};
    return api.send(entry.chat, { id: entry.id, upload: place, ...caption });
  }

  async #upload(entry) {
    const file = await files.get(entry.id);
    if (!file) throw new Refused(410, "the file is no longer on this device");
    const place = await api.reserve(entry.chat, entry.file);
    const note = (share) => {
      this.progress.set(entry.id, share);
      this.hooks.changed();
    };
    note(0);
    await upload(place, file, note);
    this.#change(entry.id, { upload: place.upload });
    return place.upload;
  }

  #next() {
    return this.entries().find(({ refused }) => !refused);
  }

  #change(id, what) {
    this.#keep(this.entries().map((entry) => (entry.id === id ? { ...entry, ...what } : entry)));
  }

  #keep(entries) {
    this.stored.set(entries);
    this.hooks.changed();
  }
}
