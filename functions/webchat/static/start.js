// Where a chat begins: the visitor enters a name.

/** @import { About, TextName } from "../types.js" */

import { ApiError } from "./api.js";
import { el, hasMouse, iconButton } from "./dom.js";
import { newId, stored } from "./storage.js";
import { t } from "./texts.js";

export const LONGEST_NAME = 256;
// A visible character: a name of blanks, marks, and letters that look like a blank is no name.
const VISIBLE = /[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{M}\p{Z}\u115F\u1160\u2800\u3164\uFFA0\uFFFC\uFFFD]/u;
/** @type {Record<string, TextName>} The text for an error by its code. */
const PROBLEMS = { closed: "closed", too_many: "busy", too_many_chats: "too_many_chats" };

/**
 * `begin` is awaited; `back` leads to the visitor's chats.
 * @param {About} about
 * @param {{ begin: (id: string, name: string) => Promise<void>, back: () => void }} actions
 */
export function makeStart(about, { begin, back }) {
  /** @type {import("./storage.js").StoredValue<string>} */
  const lastName = stored("name");
  const name = el("input", {
    id: "name",
    type: "text",
    name: "name",
    autocomplete: "name",
    maxlength: LONGEST_NAME,
    dir: "auto",
    "aria-describedby": "name-hint name-problem",
    enterkeyhint: "go",
  });
  const problem = el("p", { id: "name-problem", class: "problem", role: "alert" });
  const submit = el("button", { type: "submit", class: "button primary" }, t("start"));
  const title = el("h1", { tabindex: "-1", dir: "auto" }, about.title);
  const welcome = about.welcome_message ? el("p", { dir: "auto" }, about.welcome_message) : null;
  const form = el(
    "form",
    { class: "start-form", novalidate: true },
    el("label", { for: "name" }, t("your_name")),
    name,
    el("p", { id: "name-hint", class: "hint" }, t("name_hint")),
    problem,
    submit,
  );
  const toList = iconButton("back", t("back"), back, { class: "icon-button to-list" });
  const hero = el("div", { class: "hero" }, toList, title, welcome);
  const node = el("section", { class: "pane start", "aria-label": t("new_chat") }, hero, form);
  let id = newId(); // the same one after a lost response, so that trying again creates no second chat

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = VISIBLE.test(name.value) ? name.value.trim() : "";
    problem.textContent = given ? "" : t("name_missing");
    name.setAttribute("aria-invalid", String(!given));
    if (!given) return name.focus();
    submit.disabled = true;
    try {
      lastName.set(given);
      await begin(id, given);
      id = newId();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 409) id = newId();
      problem.textContent = t(PROBLEMS[error.code] ?? "did_not_work");
    } finally {
      submit.disabled = false;
    }
  });
  const open = () => {
    problem.textContent = "";
    name.value = lastName.get() ?? "";
  };
  return { node, open, focus: () => (hasMouse() ? name : title).focus() };
}
