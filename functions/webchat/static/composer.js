// Where a message is written. Enter sends, Shift+Enter starts a new line.

/** @import { About, StagedFile } from "../types.js" */
/** @import { StoredValue } from "./storage.js" */

import { makeChooser, makeTray } from "./attachments.js";
import { el, hasMouse, icon, iconButton } from "./dom.js";
import { loadLater } from "./loading.js";
import { t } from "./texts.js";

const TALLEST = 136; // pixels
const COUNT_FROM = 200; // characters left

export class Composer {
  /**
   * `typing` is called with each change: whether there is text. `draft` stores what is not sent yet.
   * @param {About} about
   * @param {{ send: (text: string, files: StagedFile[], replyTo: string) => void,
   *   typing: (hasText: boolean) => void }} actions
   * @param {StoredValue<string>} draft
   */
  constructor(about, actions, draft) {
    this.limit = about.text_limit;
    this.actions = actions;
    this.draft = draft;
    this.box = el("textarea", {
      rows: "1",
      dir: "auto",
      "aria-label": t("message"),
      placeholder: t("write"),
      enterkeyhint: "send",
      autocomplete: "off",
    });
    this.count = el("span", { class: "count", role: "status", hidden: true });
    this.problems = makeProblemBox();
    /** @type {import("./answer-bar.js").AnswerBar | null} what is answered, once something was */
    this.answer = null;
    this.tray = makeTray(about.upload, this.problems.add, () => this.#fit());
    this.submit = iconButton("send", t("send"), null, { type: "submit", class: "icon-button send" });
    this.form = this.#build(about);
    this.#listen();
    this.box.value = draft.get() ?? "";
    requestAnimationFrame(() => this.#fit());
  }

  focus() {
    this.box.focus();
  }

  /** @param {string} text What did not work. */
  showProblem(text) {
    this.problems.clear();
    this.problems.add(text);
  }

  /** @param {FileList} files Each is staged, or the reason why not is shown. */
  add(files) {
    this.problems.clear();
    this.tray.add(files);
    this.box.focus();
  }

  /** @param {About} about */
  #build(about) {
    const chooser = makeChooser(about.upload, (files) => this.add(files));
    const emoji = iconButton("smile", t("emoji"), null, { "aria-expanded": "false" });
    emoji.addEventListener("click", () => this.#openEmoji(emoji), { once: true });
    const field = el("div", { class: "field" }, this.box, emoji);
    const row = el("div", { class: "row" }, chooser.button, chooser.input, field, this.submit);
    return el("form", { class: "composer" }, this.problems.box, this.tray.list, this.count, row);
  }

  /** @param {HTMLElement} button pressed for the first time: from then on it opens the choice itself */
  async #openEmoji(button) {
    const later = await loadLater().catch(() => this.showProblem(t("did_not_work")));
    if (!later) return button.addEventListener("click", () => this.#openEmoji(button), { once: true });
    const { panel, open } = later.makeEmojiPicker(button, (sign) => insert(this.box, sign));
    this.form.append(panel);
    open();
  }

  #listen() {
    this.box.addEventListener("input", () => {
      this.#fit();
      this.draft.set(this.box.value);
      this.actions.typing(Boolean(this.box.value.trim()));
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
    if ((!text && !this.tray.count()) || this.#excess() > 0) return;
    this.box.value = "";
    this.draft.remove();
    this.problems.clear();
    this.actions.send(text, this.tray.take(), this.answer?.take() ?? "");
    this.#fit();
    if (document.activeElement === this.submit && hasMouse()) this.box.focus();
  }

  /** How many characters there are too many; below zero when there is room. */
  #excess() {
    return this.box.value.trim().length - this.limit;
  }

  #fit() {
    const excess = this.#excess();
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(this.box.scrollHeight, TALLEST)}px`;
    this.form.classList.toggle("ready", Boolean(this.box.value.trim() || this.tray.count()) && excess <= 0);
    this.count.hidden = excess < -COUNT_FROM;
    this.count.classList.toggle("over", excess > 0);
    this.count.textContent = excess > 0 ? t("too_long", { count: excess }) : String(-excess);
  }
}

/** What is wrong with chosen files. It stays until it is dismissed or the visitor chooses again. */
function makeProblemBox() {
  const texts = el("div", { class: "complaint-text", role: "alert" });
  const clear = () => {
    texts.replaceChildren();
    box.hidden = true;
  };
  const close = iconButton("close", t("dismiss"), clear);
  const box = el("div", { class: "complaint", hidden: true }, icon("warn"), texts, close);
  const add = (/** @type {string} */ problem) => {
    box.hidden = false;
    texts.append(el("p", { dir: "auto" }, problem));
  };
  return { box, add, clear };
}

/**
 * Puts `text` where the caret is. setRangeText fires no input event of its own.
 * @param {HTMLTextAreaElement} box
 * @param {string} text
 */
function insert(box, text) {
  box.setRangeText(text, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input"));
  box.focus();
}
