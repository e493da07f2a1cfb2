// Asking for what is new, again and again: only while somebody looks, and ever more slowly while nobody answers.

const SLOWEST = 30_000;
const QUIET_AFTER = 60_000;

/** An interval that grows from `lively` to `quiet` milliseconds once nothing has happened for a minute. */
export class Rhythm {
  constructor(lively, quiet) {
    Object.assign(this, { lively, quiet, at: Date.now() });
  }

  get isQuiet() {
    return Date.now() - this.at >= QUIET_AFTER;
  }

  /** Something has happened; the answer is whether it had been quiet. */
  stir() {
    const before = this.isQuiet;
    this.at = Date.now();
    return before;
  }

  interval() {
    return this.isQuiet ? this.quiet : this.lively;
  }
}

/** Milliseconds to wait after `failures` in a row; `retryAfter` is the server's own word, in seconds. */
export function patience(interval, failures, retryAfter = 0) {
  if (!failures) return interval;
  const spread = 0.8 + Math.random() * 0.4; // so that all who were cut off do not come back at once
  return Math.max(retryAfter * 1000, Math.min(SLOWEST, interval * 2 ** failures) * spread);
}

/**
 * `ask()` is called at once and then every `interval()` milliseconds while the page is visible.
 * `trouble(error)` hears of each failure; after one that waiting does not help, `ask` is left to stop the pulse.
 */
export class Pulse {
  constructor(ask, interval, trouble) {
    Object.assign(this, { ask, interval, trouble, running: false, failures: 0, timer: 0, busy: false, again: false });
    document.addEventListener("visibilitychange", () => this.#turn());
    addEventListener("online", () => this.soon());
  }

  start() {
    if (this.running) return;
    this.running = true;
    this.failures = 0;
    this.soon();
  }

  stop() {
    this.running = false;
    clearTimeout(this.timer);
  }

  /** Asks now, or right after the answer that is under way. */
  soon() {
    clearTimeout(this.timer);
    if (!this.running || document.hidden) return;
    if (this.busy) this.again = true;
    else this.#beat();
  }

  #turn() {
    if (document.hidden) clearTimeout(this.timer);
    else this.soon();
  }

  async #beat() {
    this.busy = true;
    let retryAfter = 0;
    try {
      await this.ask();
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      retryAfter = error.retryAfter ?? 0;
      this.trouble(error);
    } finally {
      this.busy = false;
      const wait = this.again && !this.failures ? 0 : patience(this.interval(), this.failures, retryAfter);
      this.again = false;
      if (this.running && !document.hidden) this.timer = setTimeout(() => this.soon(), wait);
    }
  }
}
