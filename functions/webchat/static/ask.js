// Questions and menus.

import { Refused } from "./api.js";
import { el, icon, iconButton } from "./dom.js";
import { say } from "./texts.js";

const PROBLEMS = {
  closed: "closed",
  too_many: "busy",
  unchangeable: "unchangeable",
  erased: "message_gone",
  unknown_message: "message_gone",
};

/** Asks before something is erased; the answer is whether to do it. The focus goes back to where it was. */
export function confirmErasing(title, words, act = say("erase")) {
  const cancel = el("button", { value: "", class: "button", autofocus: true }, say("cancel"));
  const erase = el("button", { value: "erase", class: "button danger" }, act);
  const form = el(
    "form",
    { method: "dialog" },
    el("h2", { id: "question" }, title),
    el("p", {}, words),
    el("div", { class: "answers" }, cancel, erase),
  );
  const dialog = el("dialog", { "aria-labelledby": "question", class: "question" }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "erase");
    });
  });
}

/**
 * Asks for words in place of `value`; the answer is whether they were taken. `save(words)` is waited for; what it refuses
 * is said below the field. Enter saves; in a field of several lines Shift+Enter starts a new one.
 */
export function askWords({ title, label, missing, value, most, lines = false, save }) {
  const field = el(lines ? "textarea" : "input", {
    id: "words",
    rows: lines ? "4" : null,
    type: lines ? null : "text",
    maxlength: most,
    dir: "auto",
    autocomplete: "off",
    "aria-describedby": "words-problem",
    autofocus: true,
  });
  const problem = el("p", { id: "words-problem", class: "problem", role: "alert" });
  const cancel = el("button", { type: "button", class: "button", onclick: () => dialog.close() }, say("cancel"));
  const submit = el("button", { type: "submit", class: "button primary" }, say("save"));
  const form = el(
    "form",
    { method: "dialog", novalidate: true },
    el("h2", { id: "question" }, title),
    el("label", { for: "words" }, label),
    field,
    problem,
    el("div", { class: "answers" }, cancel, submit),
  );
  const dialog = el("dialog", { "aria-labelledby": "question", class: "question asks" }, form);
  field.value = value;
  field.addEventListener("keydown", (event) => {
    if (!lines || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = field.value.trim();
    problem.textContent = words ? "" : missing;
    field.setAttribute("aria-invalid", String(!words));
    if (!words) return field.focus();
    submit.disabled = true;
    try {
      await save(words);
      dialog.close("saved");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      problem.textContent = say(PROBLEMS[error.code] ?? "did_not_work");
    } finally {
      submit.disabled = false;
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "saved");
    });
  });
}

/** A button with a menu below it, or above it where there is no room; `items` are {icon, label, act, writes}. Escape and a press elsewhere close it. What `writes` is not offered while the chat is closed. */
export function makeMenu(label, items) {
  const entries = items.map((item) =>
    el(
      "button",
      { type: "button", role: "menuitem", class: item.writes ? "writes" : null, onclick: item.act },
      icon(item.icon),
      item.label,
    ),
  );
  const list = el("div", { class: "menu", role: "menu", "aria-label": label, popover: "auto" }, entries);
  const button = iconButton("more", label, () => open(), { "aria-haspopup": "menu" });
  const offered = () => entries.filter((entry) => entry.getClientRects().length);
  const open = () => {
    list.showPopover();
    const anchor = button.getBoundingClientRect();
    const below = anchor.bottom + 4;
    const fits = below + list.offsetHeight <= innerHeight;
    list.style.top = `${fits ? below : Math.max(8, anchor.top - list.offsetHeight - 4)}px`;
    list.style.left = `${Math.max(8, anchor.right - list.offsetWidth)}px`;
    offered()[0].focus();
  };
  list.addEventListener("click", () => list.hidePopover(), { capture: true });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const there = offered();
    there[(there.indexOf(document.activeElement) + step + there.length) % there.length].focus();
  });
  return [button, list];
}
