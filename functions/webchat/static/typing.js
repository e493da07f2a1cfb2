// Tells the other side that the visitor is writing, as rarely as will do.

const AGAIN = 6000; // milliseconds until it is said once more
const QUIET = 8000; // without a key for this long nobody is writing

export class TypingTeller {
  constructor(tell) {
    Object.assign(this, { tell, saidAt: 0, on: false, timer: 0 });
  }

  /** A key was pressed; `on` is whether there is text now. */
  hear(on) {
    clearTimeout(this.timer);
    if (!on) return this.stop();
    this.timer = setTimeout(() => this.stop(), QUIET);
    if (this.on && Date.now() - this.saidAt < AGAIN) return;
    this.on = true;
    this.saidAt = Date.now();
    this.#say(true);
  }

  /** `aloud` false: the message itself says that it is written. */
  stop(aloud = true) {
    clearTimeout(this.timer);
    if (this.on && aloud) this.#say(false);
    this.on = false;
  }

  /** Worth nothing when late: what does not get through is not repeated. */
  #say(on) {
    this.tell(on).catch(() => {});
  }
}
