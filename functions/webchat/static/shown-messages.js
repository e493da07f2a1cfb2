// Messages as the page shows them: those that the service has, and those that wait in the outbox.

/** @import { Attachment, Message, OutboxEntry, ShownAttachment, ShownMessage, TextName } from "../types.js" */
/** @import { Outbox } from "./outbox.js" */

import { kindOf } from "./attachments.js";
import { t } from "./texts.js";

/** @type {Record<number, TextName>} Why a message was refused, by status. */
const REASONS = { 410: "file_lost", 423: "closed", 429: "busy" };
/** @type {TextName[]} Codes of a file's problems that the visitor can solve. */
const FILE_PROBLEMS = ["wrong_type", "unsafe_file", "unsafe_name"];

/** @typedef {(id: string) => string} Preview The address of an image that was chosen here, by message, or "". */

/**
 * A message without a sender's name is from the chat with this `title`.
 * @param {Message} message
 * @param {string} title
 * @param {Preview} preview
 * @returns {ShownMessage}
 */
export function fromService(message, title, preview) {
  if (message.mine) {
    const resendable = Boolean(message.text) && !message.attachment;
    return { ...message, attachment: withPreview(message.attachment, preview(message.id)), resendable };
  }
  return { ...message, sender: message.sender?.name ? message.sender : { name: title, bot: false } };
}

/**
 * An entry of the outbox as a message that is on its way.
 * @param {OutboxEntry} entry
 * @param {Outbox} outbox
 * @param {Preview} preview
 * @returns {ShownMessage}
 */
export function fromOutbox({ id, at, text, file, refused, why }, outbox, preview) {
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
