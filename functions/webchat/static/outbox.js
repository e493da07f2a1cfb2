// What the visitor has written and the service has not confirmed yet: stored in this browser, sent in order, delivered
// once. Every entry has the id of its future message, so sending it again after a lost response creates no duplicate.

/** @import { FileFacts, Message, NewEntry, OutboxEntry } from "../types.js" */
/** @import { StoredValue } from "./storage.js" */

import { ApiError, api, CLOSED, upload } from "./api.js";
import { backoff } from "./polling.js";
import { files, onChangeInOtherTab, stored, withLock } from "./storage.js";

const FIRST_WAIT = 2000;
const NOT_FOUND = 404;
const UNAUTHORIZED = 401;
const UNSUITABLE = 415; // the file itself is refused: another upload of it would be, too

/**
 * What the outbox reports.
 * @typedef {object} OutboxHooks
 * @property {() => void} changed
 * @property {(chat: string, message: Message) => void} sent
 * @property {(chat: string) => void} chatGone
 * @property {() => void} accessEnded
 * @property {() => void} closed the owner keeps the chat closed
 * @property {(error: ApiError) => void} failed
 */

export class Outbox {
  /** @param {OutboxHooks} hooks */
  constructor(hooks) {
    this.hooks = hooks;
    /** @type {StoredValue<OutboxEntry[]>} */
    this.stored = stored("outbox");
    /** @type {Map<string, number>} the share of a file that is sent, by entry */
    this.progress = new Map();
    this.failures = 0;
    this.retryAfter = 0;
    this.timer = 0;
    /** @type {string | null} the id of the entry that is being sent */
    this.sending = null;
    this.busy = false;
    onChangeInOtherTab(this.stored, () => this.hooks.changed());
    addEventListener("online", () => this.flush());
  }

  /** @param {string | null} [chat] */
  entries(chat = null) {
    const all = this.stored.get() ?? [];
    return chat === null ? all : all.filter((entry) => entry.chat === chat);
  }

  /**
   * @param {NewEntry} entry
   * @param {File | null} [file]
   */
  add({ id, chat, text = "", tap = null, reply_to = "" }, file = null) {
    const facts = file && { name: file.name, size: file.size, type: file.type };
    if (file) files.put(id, file);
    const at = new Date().toISOString();
    this.#store([...this.entries(), { id, chat, at, text, tap, reply_to, file: facts, upload: "", refused: 0 }]);
    this.flush();
  }

  /** @param {string} id */
  retry(id) {
    this.#change(id, { refused: 0, why: "", upload: "", renewed: false });
    this.flush();
  }

  /** @param {string} id */
  discard(id) {
    this.#store(this.entries().filter((entry) => entry.id !== id));
    this.progress.delete(id);
    files.remove(id);
  }

  /** @param {string} chat */
  discardChat(chat) {
    for (const { id } of this.entries(chat)) this.discard(id);
  }

  /** Sends what waits, unless that is under way. */
  async flush() {
    if (this.busy || !this.#next()) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      await withLock("outbox", () => this.#sendAll());
    } finally {
      this.busy = false;
      this.sending = null;
    }
    if (!this.#next()) return;
    const wait = backoff(this.failures ? FIRST_WAIT / 2 : 0, this.failures, this.retryAfter);
    this.timer = setTimeout(() => this.flush(), wait);
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
        if (!(error instanceof ApiError)) throw error;
        if (!this.#handleError(entry, error)) return;
      }
    }
  }

  /**
   * Returns whether the next entry may go out.
   * @param {OutboxEntry} entry
   * @param {ApiError} error
   */
  #handleError(entry, error) {
    if (error.isTransient) {
      this.failures += 1;
      this.retryAfter = error.retryAfter;
      this.hooks.failed(error);
    } else if (error.status === UNAUTHORIZED) {
      this.hooks.accessEnded();
    } else if (error.status === CLOSED) {
      this.#change(entry.id, { refused: CLOSED });
      this.hooks.closed();
      return true;
    } else if (entry.upload && !entry.renewed && error.status !== UNSUITABLE) {
      this.#change(entry.id, { upload: "", renewed: true }); // a reserved upload expires
      return true;
    } else if (error.status === NOT_FOUND) {
      this.hooks.chatGone(entry.chat);
      return true;
    } else {
      this.#change(entry.id, { refused: error.status, why: error.code });
      return true;
    }
    return false;
  }

  /** @param {OutboxEntry} entry */
  async #send({ id, chat, text, tap, reply_to, file, upload: uploaded }) {
    if (tap) return api.send(chat, { id, tap });
    const said = { id, ...(text && { text }), ...(reply_to && { reply_to }) };
    if (!file) return api.send(chat, said);
    const reference = uploaded || (await this.#upload(id, chat, file));
    return api.send(chat, { ...said, upload: reference });
  }

  /**
   * @param {string} id
   * @param {string} chat
   * @param {FileFacts} facts
   */
  async #upload(id, chat, facts) {
    const file = await files.get(id);
    if (!file) throw new ApiError(410, "the file is no longer on this device");
    const place = await api.reserveUpload(chat, facts);
    const noteProgress = (/** @type {number} */ share) => {
      this.progress.set(id, share);
      this.hooks.changed();
    };
    noteProgress(0);
    await upload(place, file, noteProgress);
    this.#change(id, { upload: place.upload });
    return place.upload;
  }

  #next() {
    return this.entries().find(({ refused }) => !refused);
  }

  /**
   * @param {string} id
   * @param {Partial<OutboxEntry>} changes
   */
  #change(id, changes) {
    this.#store(this.entries().map((entry) => (entry.id === id ? { ...entry, ...changes } : entry)));
  }

  /** @param {OutboxEntry[]} entries */
  #store(entries) {
    this.stored.set(entries);
    this.hooks.changed();
  }
}
