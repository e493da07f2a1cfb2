// Polling for what is new: only while the page is visible, and less often while nothing happens.

const LONGEST_WAIT = 30_000;
const QUIET_AFTER = 60_000;

/** An interval that grows from `active` to `quiet` milliseconds after a minute without activity. */
export class AdaptiveInterval {
  /**
   * @param {number} active
   * @param {number} quiet
   */
  constructor(active, quiet) {
    this.active = active;
    this.quiet = quiet;
    this.lastActivity = Date.now();
  }

  get isQuiet() {
    return Date.now() - this.lastActivity >= QUIET_AFTER;
  }

  /** Something happened. Returns whether it had been quiet. */
  noteActivity() {
    const wasQuiet = this.isQuiet;
    this.lastActivity = Date.now();
    return wasQuiet;
  }

  current() {
    return this.isQuiet ? this.quiet : this.active;
  }
}

/**
 * Milliseconds to wait after `failures` in a row.
 * @param {number} interval milliseconds without failures
 * @param {number} failures
 * @param {number} [retryAfter] seconds, as the server asks
 * @param {number} [longest] milliseconds
 */
export function backoff(interval, failures, retryAfter = 0, longest = LONGEST_WAIT) {
  if (!failures) return interval;
  const jitter = 0.8 + Math.random() * 0.4; // so that not everybody comes back at once
  return Math.max(retryAfter * 1000, Math.min(longest, interval * 2 ** failures) * jitter);
}

/**
 * Calls `poll` at once and then every `interval()` milliseconds while the page is visible. `onFailure` gets each error;
 * it stops the poller when waiting does not help.
 */
export class Poller {
  /**
   * @param {() => Promise<void>} poll
   * @param {() => number} interval
   * @param {(error: Error) => void} onFailure
   */
  constructor(poll, interval, onFailure) {
    this.poll = poll;
    this.interval = interval;
    this.onFailure = onFailure;
    this.running = false;
    this.failures = 0;
    this.timer = 0;
    this.busy = false;
    this.again = false;
    document.addEventListener("visibilitychange", () => this.#onVisibilityChange());
    addEventListener("online", () => this.pollNow());
  }

  start() {
    if (this.running) return;
    this.running = true;
    this.failures = 0;
    this.pollNow();
  }

  stop() {
    this.running = false;
    clearTimeout(this.timer);
  }

  /** Polls now, or right after the poll that is under way. */
  pollNow() {
    clearTimeout(this.timer);
    if (!this.running || document.hidden) return;
    if (this.busy) this.again = true;
    else this.#run();
  }

  #onVisibilityChange() {
    if (document.hidden) clearTimeout(this.timer);
    else this.pollNow();
  }

  async #run() {
    this.busy = true;
    let retryAfter = 0;
    try {
      await this.poll();
      this.failures = 0;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.failures += 1;
      retryAfter = "retryAfter" in error ? Number(error.retryAfter) : 0;
      this.onFailure(error);
    } finally {
      this.busy = false;
      const wait = this.again && !this.failures ? 0 : backoff(this.interval(), this.failures, retryAfter);
      this.again = false;
      if (this.running && !document.hidden) this.timer = setTimeout(() => this.pollNow(), wait);
    }
  }
}
