// What happens to a message once it is there: people react to it, answer it and edit it.

/** @import { Answered, Author, Message, MessageActions, Reaction } from "./types.js" */

import { el } from "./dom.js";

/** @type {Record<string, string>} what stands for a message without words, by its form */
const FORMS = {
  photo: "Photo",
  video: "Video",
  animation: "Animation",
  voice: "Voice note",
  video_note: "Video note",
  audio: "Audio",
  sticker: "Sticker",
  document: "File",
};

/** @param {Message} message Its words, or what it is. */
export function excerptOf({ text, form = "", attachment, location }) {
  if (text) return text;
  if (attachment?.emoji) return `${attachment.emoji} Sticker`;
  return FORMS[form] ?? (attachment ? attachment.name || "File" : location ? "Location" : "Message");
}

/**
 * Some services say only the id of the answered message.
 * @param {Message} message
 * @param {Message | undefined} original
 * @returns {Answered | null}
 */
function answered({ reply_to: described, answers }, original) {
  if (described) return described;
  return answers && original ? { id: answers, author: original.author, text: original.text } : null;
}

/**
 * The answered message above an answer. A click shows it.
 * @param {Message} message
 * @param {Message[]} all
 * @param {MessageActions["isMine"]} isMine
 */
export function quoted(message, all, isMine) {
  const wanted = message.reply_to?.id ?? message.answers;
  const original = wanted ? all.find(({ id }) => id === wanted) : undefined;
  const about = answered(message, original);
  if (!about) return null;
  const name = isMine(about.author) ? "You" : (original?.name ?? "");
  const text = about.text || (original ? excerptOf(original) : "Message");
  const words = [el("b", { dir: "auto" }, name), el("span", { dir: "auto" }, text)];
  return el("button", { type: "button", class: "quoted", title: "Show the message", onclick: show }, words);

  /** @param {Event} event */
  function show({ currentTarget: button }) {
    if (!(button instanceof HTMLElement)) return;
    const id = CSS.escape(wanted ?? "");
    const node = button.closest(".messages")?.querySelector(`article[data-id="${id}"]`);
    node?.scrollIntoView({ block: "center" });
    node?.animate([{ backgroundColor: "var(--service-soft)" }, {}], { duration: 1200 });
  }
}

/** @param {Message} message */
export const editedMark = ({ edited }) => (edited ? el("span", { class: "edited" }, "edited") : null);

/**
 * The reactions below a message. A person's own is taken back by a click, another one's is joined.
 * @param {Message} message
 * @param {MessageActions} actions
 */
export function reactions(message, { isMine, react }) {
  const all = message.reactions ?? [];
  if (!all.length) return null;
  const emojis = [...new Set(all.map(({ emoji }) => emoji))];
  const chips = emojis.map((emoji) => chip(emoji, all, isMine, react && ((choice) => react(message, choice))));
  return el("div", { class: "reactions", role: "group", "aria-label": "Reactions" }, chips);
}

/**
 * @param {string} emoji
 * @param {Reaction[]} all
 * @param {(author: Author) => boolean} isMine
 * @param {((emoji: string) => unknown) | undefined} react
 */
function chip(emoji, all, isMine, react) {
  const these = all.filter((one) => one.emoji === emoji);
  const mine = these.some(({ author }) => isMine(author));
  const others = these.filter(({ author }) => !isMine(author)).map(({ name }) => name || "the business");
  const names = [...(mine ? ["you"] : []), ...others].join(" and ");
  const parts = [inColor(emoji), these.length > 1 ? el("small", {}, String(these.length)) : null];
  const label = { class: mine ? "reaction mine" : "reaction", "aria-label": `${emoji} from ${names}` };
  if (!react) return el("span", { role: "img", ...label }, parts);
  const press = () => react(mine ? "" : emoji);
  return el("button", { type: "button", "aria-pressed": String(mine), onclick: press, ...label }, parts);
}

/** @param {string} emoji With the sign that asks for colours where it would be shown as text without it. */
const inColor = (emoji) => emoji.replace(/^(?!\p{Emoji_Presentation})(.)\uFE0F?/u, "$1\uFE0F");

/**
 * Some messengers leave the sign out that asks for colours.
 * @param {string} one
 * @param {string} other
 */
export const isSameEmoji = (one, other) => one.replaceAll("\uFE0F", "") === other.replaceAll("\uFE0F", "");

/** @param {Message} message The reaction that the person on the phone has made. */
export const ownReaction = ({ reactions: all = [] }) => all.find(({ author }) => author === "customer")?.emoji ?? "";
