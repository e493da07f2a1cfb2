// Reports typing as rarely as possible. The playground's page uses this module, too.

export class TypingReporter {
  /**
   * @param {(typing: boolean, place: string) => void} report
   * @param {{ repeat: number, silence: number }} times in milliseconds: until typing is reported again, because
   *   services forget it, and without a key until typing has ended
   */
  constructor(report, { repeat, silence }) {
    this.report = report;
    this.repeat = repeat;
    this.silence = silence;
    this.typing = false;
    this.place = "";
    this.reportedAt = 0;
    this.timer = 0;
  }

  /** A key was pressed at `place`, for example in a conversation. */
  type(place = "") {
    if (place !== this.place) this.stop();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stop(), this.silence);
    if (this.typing && Date.now() - this.reportedAt < this.repeat) return;
    this.typing = true;
    this.place = place;
    this.reportedAt = Date.now();
    this.report(true, place);
  }

  /** Typing has ended. Without `report` when the message itself shows it. */
  stop({ report = true } = {}) {
    clearTimeout(this.timer);
    if (this.typing && report) this.report(false, this.place);
    this.typing = false;
  }
}
