// Where a message is written. Enter sends, Shift+Enter starts a new line.

import { makeChooser, makeTray } from "./attach.js";
import { el, hasKeys, icon, iconButton } from "./dom.js";
import { makeEmoji } from "./emoji.js";
import { say } from "./texts.js";

const TALLEST = 136;
const WARN_FROM = 200; // characters left

/** `send(text, files)` gets what was written; `typing(on)` hears of each change; `draft` keeps what is not yet sent. */
export function makeComposer({ about, send, typing, draft }) {
  const box = el("textarea", { rows: "1", dir: "auto", "aria-label": say("message"), placeholder: say("write"), enterkeyhint: "send", autocomplete: "off" });
  const submit = iconButton("send", say("send"), null, { type: "submit", class: "icon-button send" });
  const count = el("span", { class: "count", role: "status", hidden: true });
  const complaint = makeComplaint();
  const tray = makeTray(about.upload, complaint.show, () => fit());
  const chooser = makeChooser(about.upload, (files) => add(files));
  const emoji = makeEmoji((sign) => insert(box, sign));
  const row = el("div", { class: "row" }, chooser.button, chooser.input, el("div", { class: "field" }, box, emoji.button), submit);
  const form = el("form", { class: "composer" }, complaint.box, tray.list, count, row, emoji.panel);

  const over = () => box.value.trim().length - about.text_limit;
  const fit = () => {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, TALLEST)}px`;
    form.classList.toggle("ready", Boolean(box.value.trim() || tray.count()) && over() <= 0);
    count.hidden = over() < -WARN_FROM;
    count.classList.toggle("over", over() > 0);
    count.textContent = over() > 0 ? say("too_long", { count: over() }) : count.hidden ? "" : String(-over());
  };
  const add = (files) => {
    complaint.hide();
    tray.add(files);
    box.focus();
  };
  box.addEventListener("input", () => {
    fit();
    draft.set(box.value);
    typing(Boolean(box.value.trim()));
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if ((!text && !tray.count()) || over() > 0) return;
    box.value = "";
    draft.remove();
    complaint.hide();
    send(text, tray.take());
    fit();
    if (document.activeElement === submit && hasKeys()) box.focus();
  });
  box.value = draft.get() ?? "";
  requestAnimationFrame(fit);
  return { form, add, focus: () => box.focus() };
}

/** What is wrong with a file that was chosen: stays until it is dismissed or the next choice. */
function makeComplaint() {
  const list = el("div", { class: "complaint-words", role: "alert" });
  const hide = () => {
    list.replaceChildren();
    box.hidden = true;
  };
  const box = el("div", { class: "complaint", hidden: true }, icon("warn"), list, iconButton("close", say("dismiss"), hide));
  const show = (words) => {
    box.hidden = false;
    list.append(el("p", { dir: "auto" }, words));
  };
  return { box, show, hide };
}

/** Puts `sign` where the caret is; setRangeText alone tells nobody that the text has changed. */
function insert(box, sign) {
  box.setRangeText(sign, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input"));
  box.focus();
}
