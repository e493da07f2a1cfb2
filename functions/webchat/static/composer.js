// Where a message is written. Enter sends, Shift+Enter starts a new line.

import { makeChooser, makeTray } from "./attach.js";
import { el, hasKeys, icon, iconButton } from "./dom.js";
import { makeEmoji } from "./emoji.js";
import { say } from "./texts.js";

const TALLEST = 136;
const WARN_FROM = 200; // characters left

export class Composer {
  /** `acts` are send(text, files) and typing(on), which hears of each change; `draft` keeps what is not yet sent. */
  constructor(about, acts, draft) {
    Object.assign(this, { limit: about.text_limit, acts, draft });
    this.box = el("textarea", {
      rows: "1",
      dir: "auto",
      "aria-label": say("message"),
      placeholder: say("write"),
      enterkeyhint: "send",
      autocomplete: "off",
    });
    this.count = el("span", { class: "count", role: "status", hidden: true });
    this.complaint = makeComplaint();
    this.tray = makeTray(about.upload, this.complaint.show, () => this.#fit());
    this.form = this.#build(about);
    this.#listen();
    this.box.value = draft.get() ?? "";
    requestAnimationFrame(() => this.#fit());
  }

  focus() {
    this.box.focus();
  }

  /** Says what did not work. */
  complain(words) {
    this.complaint.hide();
    this.complaint.show(words);
  }

  /** Takes files in, or says why not. */
  add(files) {
    this.complaint.hide();
    this.tray.add(files);
    this.box.focus();
  }

  #build(about) {
    const chooser = makeChooser(about.upload, (files) => this.add(files));
    const emoji = makeEmoji((sign) => insert(this.box, sign));
    this.submit = iconButton("send", say("send"), null, { type: "submit", class: "icon-button send" });
    const row = el(
      "div",
      { class: "row" },
      chooser.button,
      chooser.input,
      el("div", { class: "field" }, this.box, emoji.button),
      this.submit,
    );
    return el("form", { class: "composer" }, this.complaint.box, this.tray.list, this.count, row, emoji.panel);
  }

  #listen() {
    this.box.addEventListener("input", () => {
      this.#fit();
      this.draft.set(this.box.value);
      this.acts.typing(Boolean(this.box.value.trim()));
    });
    this.box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.form.requestSubmit();
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  #send() {
    const text = this.box.value.trim();
    if ((!text && !this.tray.count()) || this.#over() > 0) return;
    this.box.value = "";
    this.draft.remove();
    this.complaint.hide();
    this.acts.send(text, this.tray.take());
    this.#fit();
    if (document.activeElement === this.submit && hasKeys()) this.box.focus();
  }

  /** How many characters there are too many; below zero there is room. */
  #over() {
    return this.box.value.trim().length - this.limit;
  }

  #fit() {
    const over = this.#over();
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, TALLEST)}px`;
    this.form.classList.toggle("ready", Boolean(this.box.value.trim() || this.tray.count()) && over <= 0);
    this.count.hidden = over < -WARN_FROM;
    this.count.classList.toggle("over", over > 0);
    this.count.textContent = over > 0 ? say("too_long", { count: over }) : String(-over);
  }
}

/** What is wrong with a file that was chosen: stays until it is dismissed or the next choice. */
function makeComplaint() {
  const words = el("div", { class: "complaint-words", role: "alert" });
  const hide = () => {
    words.replaceChildren();
    box.hidden = true;
  };
  const box = el(
    "div",
    { class: "complaint", hidden: true },
    icon("warn"),
    words,
    iconButton("close", say("dismiss"), hide),
  );
  const show = (problem) => {
    box.hidden = false;
    words.append(el("p", { dir: "auto" }, problem));
  };
  return { box, show, hide };
}

/** Puts `sign` where the caret is; setRangeText alone tells nobody that the text has changed. */
function insert(box, sign) {
  box.setRangeText(sign, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input"));
  box.focus();
}
