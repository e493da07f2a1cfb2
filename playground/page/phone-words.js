// What a phone says about the business: that it was stopped, what it does, and who else is in a group with it.

/** @import { Group } from "./types.js" */

/** How a messenger calls it that a business may not write any more. */
export const STOPPING = {
  usual: {
    stop: "Unsubscribe",
    resume: "Subscribe",
    again: "Subscribe again",
    banner: "Unsubscribed: the business cannot write here.",
  },
  block: {
    stop: "Block the business",
    resume: "Unblock",
    again: "Unblock",
    banner: "Blocked: the business cannot write here.",
  },
};

/** @type {Record<string, string>} by what the business says that it does */
const DOING = {
  typing: "is typing",
  upload_photo: "is sending a photo",
  upload_video: "is sending a video",
  upload_document: "is sending a file",
  record_voice: "is recording a voice note",
  upload_voice: "is sending a voice note",
};

/**
 * @param {string} account
 * @param {string | undefined} action
 */
export const describeDoing = (account, action) => (action ? `${account} ${DOING[action] ?? DOING.typing}` : "");

/** @param {Group} group The people in it, and the bot. */
export function countMembers({ members, bot }) {
  const people = members.length === 1 ? "1 person" : `${members.length} people`;
  return ["member", "administrator"].includes(bot) ? `${people} and the bot` : people;
}
