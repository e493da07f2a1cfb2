// The messages of a chat, as far as this browser has them, and how the page shows them.

/** @import { Attachment, KnownMessage, LiveUpdate, Message, MessagePage } from "../types.js" */
/** @import { OutboxEntry, ShownAttachment, ShownMessage, TextName } from "../types.js" */
/** @import { Outbox } from "./outbox.js" */

import { kindOf } from "./attachments.js";
import { withoutWords } from "./changes.js";
import { t } from "./texts.js";

/** @type {Record<number, TextName>} Why a message was refused, by status. */
const REASONS = { 410: "file_lost", 423: "closed", 429: "busy" };
/** @type {TextName[]} Codes of a file's problems that the visitor can solve. */
const FILE_PROBLEMS = ["wrong_type", "unsafe_file", "unsafe_name"];

export class Transcript {
  /** @param {(before: KnownMessage, now: KnownMessage) => void} changed is called with a message that was there already */
  constructor(changed) {
    this.changed = changed;
    /** @type {Map<string, KnownMessage>} */
    this.messages = new Map();
    /** @type {string | null} */
    this.cursor = null;
    /** @type {string | null} where the page before begins */
    this.earlier = null;
    this.isLoaded = false; // whether the first response has come
  }

  /** @param {MessagePage} page what is new */
  addNew({ messages, cursor, reset, earlier }) {
    const before = this.messages;
    if (reset || !this.isLoaded) {
      this.messages = new Map();
      this.earlier = earlier ?? null;
    }
    this.isLoaded = true;
    this.cursor = cursor;
    for (const message of messages) this.put(message, before.get(message.id));
    if (reset) this.#keepPlaces(before, messages);
  }

  /**
   * What was deleted leaves its place, unless everything was.
   * @param {Map<string, KnownMessage>} before
   * @param {Message[]} now
   */
  #keepPlaces(before, now) {
    if (!now.length && before.size > 1) return;
    const first = this.earlier === null ? 0 : (now[0]?.position ?? 0);
    for (const message of before.values()) {
      if (message.position >= first && !this.messages.has(message.id)) this.put(withoutWords(message), message);
    }
  }

  /**
   * Returns whether the update follows what is here, or is here already; else something is missing.
   * @param {LiveUpdate} update
   */
  apply({ after, messages, cursor }) {
    if (cursor === this.cursor && after !== null) return true;
    if (after === null || after !== this.cursor) return false;
    this.cursor = cursor;
    for (const message of messages) this.put(message);
    return true;
  }

  /** @param {MessagePage} page what was before */
  addEarlier({ messages, earlier }) {
    this.earlier = earlier ?? null;
    for (const message of messages) if (!this.messages.has(message.id)) this.put(message);
  }

  /** @param {KnownMessage} message */
  put(message, before = this.messages.get(message.id)) {
    this.messages.set(message.id, message);
    if (before) this.changed(before, message);
  }

  list() {
    return [...this.messages.values()].sort((one, other) => one.position - other.position);
  }

  /** The newest message from the other side, or undefined. */
  lastReceived() {
    return this.list().findLast(({ mine, deleted }) => !mine && !deleted);
  }
}

/** @typedef {(id: string) => string} Preview The address of an image that was chosen here, by message, or "". */

/**
 * A message without a sender's name is from the chat with this `title`.
 * @param {KnownMessage} message
 * @param {string} title
 * @param {Preview} preview
 * @returns {ShownMessage}
 */
export function fromService(message, title, preview) {
  const reactions = message.reactions.map((one) => ({ ...one, name: one.mine ? t("you") : one.name || title }));
  if (message.mine) {
    const resendable = Boolean(message.text) && !message.attachment;
    return { ...message, reactions, attachment: withPreview(message.attachment, preview(message.id)), resendable };
  }
  return { ...message, reactions, sender: message.sender?.name ? message.sender : { name: title, bot: false } };
}

/**
 * An entry of the outbox as a message that is on its way.
 * @param {OutboxEntry} entry
 * @param {Outbox} outbox
 * @param {Preview} preview
 * @returns {ShownMessage}
 */
export function fromOutbox({ id, at, text, file, refused, why, reply_to }, outbox, preview) {
  const isSending = outbox.sending === id && navigator.onLine;
  const problem = file ? (FILE_PROBLEMS.find((code) => code === why) ?? "file_refused") : "refused";
  const reason = REASONS[refused] ?? problem;
  const attachment = file && { kind: kindOf(file.type), url: null, ...file };
  return {
    id,
    at,
    text,
    mine: true,
    unsent: true,
    state: refused ? "failed" : isSending ? "sending" : "waiting",
    explanation: refused ? t(reason, { name: file?.name ?? "" }) : undefined,
    attachment: withPreview(attachment, preview(id)),
    progress: outbox.progress.get(id),
    resendable: refused !== 410 && refused !== 415,
    cards: [],
    location: null,
    buttons: [],
    sender: null,
    tapped: null,
    edited: false,
    reply_to: reply_to || null,
    reactions: [],
    reason: "",
  };
}

/**
 * An image that was chosen here is shown from here, before and after it is sent.
 * @param {Attachment | null} attachment
 * @param {string} local
 * @returns {ShownAttachment | null}
 */
const withPreview = (attachment, local) => attachment && { ...attachment, local };
