// Whether the service can be reached, as far as the calls show, and the bar that says when it cannot.

import { el, icon } from "./dom.js";
import { t } from "./texts.js";

const TOLERATED_FAILURES = 1; // one lost response, on a train for example, is not worth a warning

/** @param {() => void} onRecovery called when a call succeeds after failures */
export function makeConnectionBar(onRecovery) {
  const text = el("span");
  const bar = el("div", { class: "bar", role: "status", hidden: true }, icon("offline"), text);
  let failures = 0;
  const show = () => {
    bar.hidden = navigator.onLine && failures <= TOLERATED_FAILURES;
    text.textContent = bar.hidden ? "" : t(navigator.onLine ? "unreachable" : "offline");
  };
  const succeeded = () => {
    const before = failures;
    failures = 0;
    show();
    if (before) onRecovery();
  };
  const failed = () => {
    failures += 1;
    show();
  };
  addEventListener("offline", show);
  addEventListener("online", show);
  show();
  return { bar, succeeded, failed };
}
