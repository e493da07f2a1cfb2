// What a chat's messages are, as far as this browser has been told.

export class Transcript {
  constructor() {
    this.clear();
  }

  clear() {
    this.messages = new Map();
    this.cursor = null;
    this.earlier = null;
    this.whole = false; // whether the first answer has come
  }

  /** Takes over an answer to "what is new". */
  take({ messages, cursor, reset, earlier }) {
    if (reset || !this.whole) {
      this.clear();
      this.earlier = earlier ?? null;
    }
    this.whole = true;
    this.cursor = cursor;
    messages.forEach((message) => this.put(message));
  }

  /** Takes over a page of what was before. */
  takeEarlier({ messages, earlier }) {
    this.earlier = earlier ?? null;
    messages.filter(({ id }) => !this.messages.has(id)).forEach((message) => this.put(message));
  }

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
