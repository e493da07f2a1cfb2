// Questions in a dialog, and menus. Closing one puts the focus back to where it was.

/** @import { MenuItem, TextName } from "../types.js" */

import { ApiError } from "./api.js";
import { el, icon, iconButton, makeMenu } from "./dom.js";
import { t } from "./texts.js";

/** @type {Record<string, TextName>} The text for an error by its code. */
const PROBLEMS = {
  closed: "closed",
  too_many: "busy",
  unchangeable: "unchangeable",
  erased: "message_gone",
  unknown_message: "message_gone",
};

/**
 * Asks before something is erased. Resolves to whether to do it.
 * @param {string} title
 * @param {string} text
 * @param {string} [action] the label of the button
 * @returns {Promise<boolean>}
 */
export function confirmErasing(title, text, action = t("erase")) {
  const cancel = el("button", { value: "", class: "button", autofocus: true }, t("cancel"));
  const erase = el("button", { value: "erase", class: "button danger" }, action);
  const form = el(
    "form",
    { method: "dialog" },
    el("h2", { id: "question" }, title),
    el("p", {}, text),
    el("div", { class: "answers" }, cancel, erase),
  );
  const dialog = el("dialog", { "aria-labelledby": "question", class: "question" }, form);
  return openDialog(dialog, "erase");
}

/**
 * Shows the dialog. Resolves, when it is closed, to whether it was closed with this value.
 * @param {HTMLDialogElement} dialog
 * @param {string} value
 * @returns {Promise<boolean>}
 */
function openDialog(dialog, value) {
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === value);
    });
  });
}

/**
 * Asks for a text. `save` is awaited; what it refuses is explained below the field. Enter saves; in a field of several
 * lines, Shift+Enter starts a new one. Resolves to whether the text was saved.
 * @param {object} question
 * @param {string} question.title
 * @param {string} question.label
 * @param {string} question.missing shown when the field is empty
 * @param {string} question.value
 * @param {number} question.limit characters
 * @param {boolean} [question.multiline]
 * @param {(text: string) => Promise<void>} question.save
 */
export function askForText({ title, label, missing, value, limit, multiline = false, save }) {
  const attributes = {
    id: "text",
    maxlength: limit,
    dir: "auto",
    autocomplete: "off",
    "aria-describedby": "text-problem",
    autofocus: true,
  };
  const field = multiline ? el("textarea", { rows: "4", ...attributes }) : el("input", { type: "text", ...attributes });
  const problem = el("p", { id: "text-problem", class: "problem", role: "alert" });
  const dialog = el("dialog", { "aria-labelledby": "question", class: "question asks" });
  const cancel = el("button", { type: "button", class: "button", onclick: () => dialog.close() }, t("cancel"));
  const submit = el("button", { type: "submit", class: "button primary" }, t("save"));
  const form = el(
    "form",
    { method: "dialog", novalidate: true },
    el("h2", { id: "question" }, title),
    el("label", { for: "text" }, label),
    field,
    problem,
    el("div", { class: "answers" }, cancel, submit),
  );
  dialog.append(form);
  field.value = value;
  field.addEventListener("keydown", (event) => {
    if (!(event instanceof KeyboardEvent)) return;
    if (!multiline || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = field.value.trim();
    problem.textContent = text ? "" : missing;
    field.setAttribute("aria-invalid", String(!text));
    if (!text) return field.focus();
    submit.disabled = true;
    try {
      await save(text);
      dialog.close("saved");
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.textContent = t(PROBLEMS[error.code] ?? "did_not_work");
    } finally {
      submit.disabled = false;
    }
  });
  return openDialog(dialog, "saved");
}

/**
 * A button with three dots, and its menu.
 * @param {string} label
 * @param {MenuItem<Parameters<typeof icon>[0]>[] | (() => MenuItem<Parameters<typeof icon>[0]>[])} items asked for
 *   each time it opens, or always the same
 */
export function makeMoreMenu(label, items) {
  const button = iconButton("more", label);
  const offered = typeof items === "function" ? items : () => items;
  return [button, makeMenu(button, label, { icon, items: offered, align: "end" })];
}
