// What keeps the list of chats, and the number of unread messages, up to date.

/** @import { LiveUpdate } from "../types.js" */

import { LiveConnection } from "./live.js";
import { AdaptiveInterval, Poller } from "./polling.js";

const LIST_INTERVAL = 5000; // milliseconds
const UNREAD_INTERVAL = 20_000;
const LIVE_INTERVAL = 180_000; // while updates come by themselves
const QUIET_FACTOR = 4; // intervals are this much longer once the list has not changed for a minute

/**
 * `load` loads the list; `missed`: something may have been missed.
 * @typedef {object} NewsHooks
 * @property {() => Promise<void>} load
 * @property {(error: Error) => void} failed
 * @property {(update: LiveUpdate) => void} update
 * @property {() => void} missed
 */

export class News {
  /** @param {NewsHooks} hooks */
  constructor(hooks) {
    this.hooks = hooks;
    this.interval = new AdaptiveInterval(1, QUIET_FACTOR);
    this.live = new LiveConnection({ update: (update) => this.#receive(update), changed: () => this.#pollAll() });
    this.list = this.#makePoller(LIST_INTERVAL);
    this.unread = this.#makePoller(UNREAD_INTERVAL);
  }

  noteActivity() {
    this.interval.noteActivity();
  }

  /**
   * Which of the three are of use now.
   * @param {{ list: boolean, unread: boolean, live: boolean }} wanted
   */
  update({ list, unread, live }) {
    turn(this.list, list);
    turn(this.unread, unread);
    turn(this.live, live);
  }

  /** @param {number} interval milliseconds */
  #makePoller(interval) {
    return new Poller(
      () => this.hooks.load(),
      () => (this.live.isOpen ? LIVE_INTERVAL : interval * this.interval.current()),
      (error) => this.hooks.failed(error),
    );
  }

  /** @param {LiveUpdate} update */
  #receive(update) {
    this.noteActivity();
    this.hooks.update(update);
  }

  #pollAll() {
    this.list.pollNow();
    this.unread.pollNow();
    this.hooks.missed();
  }
}

/**
 * @param {{ start: () => void, stop: () => void }} task
 * @param {boolean} on
 */
export const turn = (task, on) => (on ? task.start() : task.stop());
