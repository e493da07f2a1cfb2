// The messages of a chat, as far as this browser has them.

/** @import { Message, MessagePage } from "../types.js" */

export class Transcript {
  constructor() {
    /** @type {Map<string, Message>} */
    this.messages = new Map();
    /** @type {string | null} */
    this.cursor = null;
    /** @type {string | null} where the page before begins */
    this.earlier = null;
    this.isLoaded = false; // whether the first response has come
  }

  /** @param {MessagePage} page what is new */
  addNew({ messages, cursor, reset, earlier }) {
    if (reset || !this.isLoaded) {
      this.messages = new Map();
      this.earlier = earlier ?? null;
    }
    this.isLoaded = true;
    this.cursor = cursor;
    for (const message of messages) this.put(message);
  }

  /** @param {MessagePage} page what was before */
  addEarlier({ messages, earlier }) {
    this.earlier = earlier ?? null;
    for (const message of messages) if (!this.messages.has(message.id)) this.put(message);
  }

  /** @param {Message} message */
  put(message) {
    this.messages.set(message.id, message);
  }

  list() {
    return [...this.messages.values()].sort((one, other) => one.position - other.position);
  }

  /** The newest message from the other side, or undefined. */
  lastReceived() {
    return this.list().findLast(({ mine }) => !mine);
  }
}
