// The connection over which the service sends what is new. Nothing depends on it: while it is not open, the page asks.

/** @import { LiveUpdate } from "../types.js" */

import { ApiError, api } from "./api.js";
import { backoff } from "./polling.js";

const FIRST_WAIT = 1000; // milliseconds before the second attempt; each later one waits longer
const LONGEST_WAIT = 300_000; // some networks let no such connection through
const PING_INTERVAL = 480_000; // API Gateway closes a connection on which nothing is said for ten minutes
const STABLE_AFTER = 60_000; // one that was open for as long failed by accident
const ECHO_TIMEOUT = 5000; // what the visitor sends comes back by then, or the connection is dead
const NOT_FOUND = 404;

/**
 * What a connection reports. `changed`: it has opened or closed, so ask now for what may have been missed.
 * @typedef {object} LiveHooks
 * @property {(update: LiveUpdate) => void} update
 * @property {() => void} changed
 */

export class LiveConnection {
  /** @param {LiveHooks} hooks */
  constructor(hooks) {
    this.hooks = hooks;
    this.wanted = false;
    this.isOffered = true; // until the service says that it has none
    this.isOpen = false;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.attempt = 0; // counts attempts: an answer to an earlier one is ignored
    this.failures = 0;
    this.openedAt = 0;
    this.timers = { retry: 0, ping: 0, echo: 0 };
    document.addEventListener("visibilitychange", () => this.#onVisibilityChange());
    addEventListener("online", () => this.#retryNow());
  }

  start() {
    if (this.wanted || !this.isOffered) return;
    this.wanted = true;
    if (!document.hidden) this.#connect();
  }

  stop() {
    this.wanted = false;
    this.failures = 0;
    this.#close();
  }

  /** Something was sent that comes back as an update. When it does not, the connection is dead without a sign. */
  expectEcho() {
    if (!this.isOpen || this.timers.echo) return;
    this.timers.echo = setTimeout(() => this.distrust(), ECHO_TIMEOUT);
  }

  /** An update did not come: the page asks again, and tries another connection later. */
  distrust() {
    if (!this.isOpen) return;
    this.#close();
    this.#retryLater();
  }

  async #connect() {
    clearTimeout(this.timers.retry);
    this.attempt += 1;
    const { attempt } = this;
    try {
      const { url } = await api.goLive();
      if (attempt === this.attempt && this.wanted) this.#open(url);
    } catch (error) {
      if (!(error instanceof ApiError || error instanceof DOMException)) throw error;
      if (!(error instanceof ApiError))
        this.isOffered = false; // the browser forbids it here
      else if (error.status === NOT_FOUND) this.isOffered = false;
      else if (attempt === this.attempt) this.#retryLater(error.retryAfter);
    }
  }

  /** @param {string} url */
  #open(url) {
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.addEventListener("open", () => {
      if (socket === this.socket) this.#onOpen();
    });
    socket.addEventListener("message", ({ data }) => {
      if (socket === this.socket) this.#onMessage(data);
    });
    socket.addEventListener("close", () => {
      if (socket !== this.socket) return;
      this.#close();
      this.#retryLater();
    });
  }

  #onOpen() {
    this.isOpen = true;
    this.openedAt = Date.now();
    this.timers.ping = setInterval(() => this.socket?.send('{"action":"ping"}'), PING_INTERVAL);
    this.hooks.changed();
  }

  /** @param {unknown} data */
  #onMessage(data) {
    const update = parse(data);
    if (!update?.chat) return; // a word of API Gateway's own
    clearTimeout(this.timers.echo);
    this.timers.echo = 0;
    this.hooks.update(update);
  }

  #close() {
    const { socket, isOpen } = this;
    this.attempt += 1;
    this.socket = null;
    this.isOpen = false;
    clearTimeout(this.timers.retry);
    clearTimeout(this.timers.echo);
    clearInterval(this.timers.ping);
    this.timers.echo = 0;
    socket?.close();
    if (isOpen && Date.now() - this.openedAt >= STABLE_AFTER) this.failures = 0;
    if (isOpen) this.hooks.changed();
  }

  /** @param {number} [retryAfter] seconds */
  #retryLater(retryAfter = 0) {
    if (!this.wanted || document.hidden) return;
    this.failures += 1;
    const wait = backoff(FIRST_WAIT, this.failures, retryAfter, LONGEST_WAIT);
    this.timers.retry = setTimeout(() => this.#connect(), wait);
  }

  #retryNow() {
    if (this.wanted && !this.socket && !document.hidden) this.#connect();
  }

  /** A hidden page may be stopped at any moment: what is sent to it would count as seen, and nobody be notified. */
  #onVisibilityChange() {
    if (document.hidden) this.#close();
    else this.#retryNow();
  }
}

/**
 * @param {unknown} data
 * @returns {LiveUpdate | null}
 */
function parse(data) {
  try {
    return typeof data === "string" ? JSON.parse(data) : null;
  } catch {
    return null;
  }
}
