// Whether the service can be reached, as far as the calls tell, and the bar that says so when it cannot.

import { el, icon } from "./dom.js";
import { say } from "./texts.js";

const TOLERATED = 1; // one lost answer on a train is nothing to speak of

export function makeConnection(back) {
  const words = el("span");
  const bar = el("div", { class: "bar", role: "status", hidden: true }, icon("cloud"), words);
  let failures = 0;
  const show = () => {
    bar.hidden = navigator.onLine && failures <= TOLERATED;
    words.textContent = bar.hidden ? "" : say(navigator.onLine ? "unreachable" : "offline");
  };
  const fine = () => {
    const before = failures;
    failures = 0;
    show();
    if (before) back();
  };
  const trouble = () => {
    failures += 1;
    show();
  };
  addEventListener("offline", show);
  addEventListener("online", show);
  show();
  return { bar, fine, trouble };
}
