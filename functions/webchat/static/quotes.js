// What a message answers, and the first words by which another message is named.

/** @import { Message, Quote, ShownMessage } from "../types.js" */

import { t } from "./texts.js";

const LONGEST = 40; // characters

/** @param {Pick<Message, "text" | "attachment" | "cards" | "location">} message */
export function firstWords({ text, attachment, cards, location }) {
  const [card] = cards;
  const words = (text || attachment?.name || card?.title || card?.text || location?.label || "").replace(/\s+/gu, " ");
  const characters = [...words];
  return characters.length > LONGEST ? `${characters.slice(0, LONGEST).join("")}…` : words;
}

/** @param {Pick<ShownMessage, "mine" | "sender">} message */
export const authorOf = ({ mine, sender }) => (mine ? t("you") : (sender?.name ?? ""));

/**
 * The messages, each with the one that it answers. Nothing of that one is stored with the answer: it is looked up here,
 * and is gone when that one is gone.
 * @param {ShownMessage[]} messages
 * @param {boolean} hasEarlier whether there are messages that are not loaded
 * @returns {ShownMessage[]}
 */
export function withQuotes(messages, hasEarlier) {
  const known = new Map(messages.map((message) => [message.id, message]));
  return messages.map((message) => {
    if (!message.reply_to) return message;
    return { ...message, quote: makeQuote(message.reply_to, known.get(message.reply_to), hasEarlier) };
  });
}

/**
 * @param {string} id
 * @param {ShownMessage | undefined} message
 * @param {boolean} hasEarlier
 * @returns {Quote}
 */
export function makeQuote(id, message, hasEarlier = false) {
  if (message && !message.deleted) return { id, author: authorOf(message), text: firstWords(message), leads: true };
  const leads = !message && hasEarlier;
  return { id, author: "", text: t(leads ? "earlier" : "message_deleted"), leads };
}
