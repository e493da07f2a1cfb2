// What few visitors use, or not at once. The page loads it when it is first needed; it imports from the page.

export { makeEmojiPicker } from "./emoji.js";
export { MessageActions } from "./message-actions.js";
