// What has happened to a message since it was shown, as screen readers say it.

/** @import { KnownMessage, Message } from "../types.js" */

import { firstWords } from "./quotes.js";
import { t } from "./texts.js";

/**
 * One sentence, or "" for what is no news. The chat's `title` stands for the agents.
 * @param {KnownMessage} before
 * @param {KnownMessage} now
 * @param {string} title
 */
export function describeChange(before, now, title) {
  if (now.deleted) return before.deleted ? "" : t("message_deleted");
  for (const { mine, name } of [...now.reactions, ...before.reactions]) {
    const [old, emoji] = [emojiOf(before, mine, name), emojiOf(now, mine, name)];
    const values = { name: mine ? t("you") : name || title, emoji: emoji || old, text: firstWords(now) };
    if (old !== emoji) return t(emoji ? "said_reacted" : "said_unreacted", values);
  }
  if (!now.edited || before.text === now.text) return "";
  return `${now.mine ? t("you") : now.sender?.name || title}: ${t("edited")}`;
}

/**
 * The reaction of the visitor, or of the agent with this name; "" when there is none.
 * @param {Pick<Message, "reactions">} message
 * @param {boolean} mine
 */
export const emojiOf = ({ reactions }, mine, name = "") =>
  reactions.find((one) => one.mine === mine && one.name === name)?.emoji ?? "";

/**
 * A message of which nothing is left but its place.
 * @param {Message} message
 * @returns {KnownMessage}
 */
export const withoutWords = (message) => ({
  ...message,
  text: "",
  attachment: null,
  cards: [],
  location: null,
  buttons: [],
  reactions: [],
  reply_to: null,
  deleted: true,
});
