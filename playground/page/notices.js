// What is amiss with a platform, as it says itself: channels that are off, nobody online, answers it found wrong.

import { el, icon, iconButton, reconcile } from "./dom.js";

const OFF = {
  UNVERIFIED: "Our address has not passed its check. Nothing that is written here is sent.",
  INACTIVE: "It was switched off by hand, and nothing is sent through it.",
  INACTIVE_UNAVAILABLE: "Our answers failed too often. Nothing is sent through it until it is active again.",
};

export class Notices {
  constructor() {
    this.lines = el("div", { role: "status" });
    this.summary = el("span", { class: "notice-words" });
    this.list = el("ol", {});
    this.dismissed = 0;
    this.complaints = el(
      "details",
      { class: "notice complaints", hidden: true },
      el("summary", {}, icon("warn"), this.summary, icon("chevron")),
      this.list,
    );
    this.dismiss = iconButton("close", "Dismiss what was found wrong", () => this.forget());
    this.wrong = el("div", { class: "wrong", hidden: true }, this.complaints, this.dismiss);
    this.node = el("div", { class: "notices" }, this.lines, this.wrong);
  }

  update({
    title,
    agents,
    when_alone: words,
    channels = [],
    complaints = [],
    complaint_count: count = complaints.length,
  }) {
    const off = channels
      .filter(({ status }) => OFF[status])
      .map(({ id, title: name, status }) => ({ id, name, status, words: OFF[status] }));
    const alone =
      words && agents.every(({ online }) => online === false)
        ? [{ id: "alone", name: "Nobody is online.", words }]
        : [];
    reconcile(
      this.lines,
      [...off, ...alone],
      ({ id }) => id,
      (line) => this.line(line),
    );
    this.showComplaints(title, complaints, count);
  }

  line({ name, status, words }) {
    return el(
      "p",
      { class: status === "INACTIVE_UNAVAILABLE" ? "notice bad" : "notice" },
      icon("warn"),
      el(
        "span",
        { class: "notice-words" },
        el("b", { dir: "auto" }, name),
        status ? [" ", el("code", {}, status)] : null,
        ` ${words}`,
      ),
    );
  }

  /** `count` is how often something was found wrong at all; `complaints` are the latest, the last one the newest. */
  showComplaints(title, complaints, count) {
    this.count = count;
    if (count < this.dismissed) this.dismissed = 0; // the platform has begun anew
    const hide = count <= this.dismissed;
    this.wrong.hidden = hide;
    this.complaints.hidden = hide;
    const signature = JSON.stringify([complaints, count]);
    if (hide || this.signature === signature) return;
    this.signature = signature;
    const times = count === 1 ? "an answer of ours" : `${count} answers of ours`;
    this.summary.replaceChildren(
      el("b", {}, `${title} found ${times} wrong`),
      " ",
      el("span", { class: "newest", dir: "auto" }, complaints.at(-1) ?? ""),
    );
    this.list.replaceChildren(...complaints.toReversed().map((text) => el("li", { dir: "auto" }, text)));
  }

  forget() {
    this.dismissed = this.count;
    this.wrong.hidden = true;
  }
}
