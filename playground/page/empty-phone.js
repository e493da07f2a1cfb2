// What a phone without messages shows: who the customer is, and what to begin with.

import { el, icon } from "./dom.js";

const SUGGESTIONS = [
  "Hi! Where is my order? 📦",
  "Do you deliver on Saturdays?",
  "שלום, אפשר לעזור לי? 🙏",
  "Ich möchte etwas zurückgeben",
];

/**
 * @param {string} name
 * @param {object} actions
 * @param {(text: string) => unknown} actions.write
 * @param {() => unknown} actions.sendPhoto
 * @param {(() => unknown) | null} actions.start null where a chat is not started before the first message
 */
export function emptyPhone(name, { write, sendPhoto, start }) {
  const suggestion = (/** @type {() => unknown} */ act, /** @type {(Node | string)[]} */ ...parts) =>
    el("button", { type: "button", class: "suggestion", dir: "auto", onclick: act }, ...parts);
  const text = "Write a message below, or start with one of these. It goes through the bridge to the agent’s desk.";
  return el(
    "div",
    { class: "empty-state" },
    el("h3", {}, `You are ${name}`),
    el("p", {}, text),
    el(
      "div",
      { class: "suggestions" },
      start && suggestion(start, icon("play"), "Start"),
      SUGGESTIONS.map((words) => suggestion(() => write(words), words)),
      suggestion(sendPhoto, icon("image"), "Send a photo"),
    ),
  );
}
