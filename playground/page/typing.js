// Telling a service that somebody types: at most now and then, and that they have stopped after a silence.

const SILENCE = 3000; // milliseconds without a key after which nobody types any more
const REPEAT = 4000; // milliseconds after which it is told again: services forget it by themselves

export class Typist {
  /** `tell(place, typing)` is called with the place (a conversation) that is typed in. */
  constructor(tell) {
    this.tell = tell;
    this.place = "";
    this.told = 0;
  }

  type(place) {
    if (place !== this.place) this.stop();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.stop(), SILENCE);
    const now = performance.now();
    if (this.place && now - this.told < REPEAT) return;
    this.place = place;
    this.told = now;
    this.tell(place, true);
  }

  stop() {
    clearTimeout(this.timer);
    if (!this.place) return;
    const { place } = this;
    this.place = "";
    this.tell(place, false);
  }
}
