// What is wrong with a platform: channels that are off, no agent online, problems it found in our responses.

/** @import { DeskView } from "./types.js" */

import { el, icon, iconButton, reconcile } from "./dom.js";

/** @type {Record<string, string>} by a channel's status */
const OFF = {
  UNVERIFIED: "Our webhook URL is not verified. Nothing that is written here is sent.",
  INACTIVE: "An administrator has switched it off. Nothing is sent through it.",
  INACTIVE_UNAVAILABLE: "Our responses failed too often. Nothing is sent through it until it is active again.",
};

/** @typedef {{ id: string, name: string, status: string, text: string }} Line */

export class Notices {
  constructor() {
    this.lines = el("div", { role: "status" });
    this.summary = el("span", { class: "notice-text" });
    this.list = el("ol", {});
    this.total = 0;
    this.dismissed = 0;
    this.signature = "";
    const summary = el("summary", {}, icon("warn"), this.summary, icon("chevron"));
    this.complaints = el("details", { class: "notice complaints", hidden: true }, summary, this.list);
    const dismiss = iconButton("close", "Dismiss the problems", () => this.dismiss());
    this.problems = el("div", { class: "wrong", hidden: true }, this.complaints, dismiss);
    this.node = el("div", { class: "notices" }, this.lines, this.problems);
  }

  /** @param {DeskView} view */
  update({ title, agents, offline_notice: text, channels = [], complaints = [], complaint_count: total }) {
    const off = channels
      .filter(({ status }) => OFF[status])
      .map(({ id, title: name, status }) => ({ id, name, status, text: OFF[status] }));
    const isOffline = text && agents.every(({ online }) => online === false);
    const offline = isOffline ? [{ id: "offline", name: "No agent is online.", status: "", text }] : [];
    reconcile(
      this.lines,
      [...off, ...offline],
      ({ id }) => id,
      (line) => this.line(line),
    );
    this.showComplaints(title, complaints, total ?? complaints.length);
  }

  /** @param {Line} line */
  line({ name, status, text }) {
    const parts = [el("b", { dir: "auto" }, name), ...(status ? [" ", el("code", {}, status)] : []), ` ${text}`];
    const classes = status === "INACTIVE_UNAVAILABLE" ? "notice bad" : "notice";
    return el("p", { class: classes }, icon("warn"), el("span", { class: "notice-text" }, parts));
  }

  /**
   * @param {string} title
   * @param {string[]} complaints the latest ones, the newest last
   * @param {number} total how many there were
   */
  showComplaints(title, complaints, total) {
    this.total = total;
    if (total < this.dismissed) this.dismissed = 0; // the platform was restarted
    const hide = total <= this.dismissed;
    this.problems.hidden = hide;
    this.complaints.hidden = hide;
    const signature = JSON.stringify([complaints, total]);
    if (hide || this.signature === signature) return;
    this.signature = signature;
    const problems = total === 1 ? "a problem" : `${total} problems`;
    const newest = el("span", { class: "newest", dir: "auto" }, complaints.at(-1) ?? "");
    this.summary.replaceChildren(el("b", {}, `${title} found ${problems} in our responses`), " ", newest);
    this.list.replaceChildren(...complaints.toReversed().map((text) => el("li", { dir: "auto" }, text)));
  }

  dismiss() {
    this.dismissed = this.total;
    this.problems.hidden = true;
  }
}
