// Where a chat begins: with a name.

import { Refused } from "./api.js";
import { el, hasKeys, iconButton } from "./dom.js";
import { kept, newId } from "./storage.js";
import { say } from "./texts.js";

export const LONGEST_NAME = 256;
// Something that is drawn: not only blanks, marks, and letters that look like a blank.
const SEEN = /[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{M}\p{Z}\u115F\u1160\u2800\u3164\uFFA0\uFFFC\uFFFD]/u;
const PROBLEMS = { closed: "closed", too_many: "busy", too_many_chats: "too_many_chats" };

/** `begin(id, name)` starts the chat and is waited for; `back` leads to the chats there are. */
export function makeStart(about, { begin, back }) {
  const lastName = kept("name");
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
  const submit = el("button", { type: "submit", class: "button primary" }, say("start"));
  const title = el("h1", { tabindex: "-1", dir: "auto" }, about.title);
  const welcome = about.welcome_message ? el("p", { dir: "auto" }, about.welcome_message) : null;
  const form = el(
    "form",
    { class: "start-form", novalidate: true },
    el("label", { for: "name" }, say("your_name")),
    name,
    el("p", { id: "name-hint", class: "hint" }, say("name_hint")),
    problem,
    submit,
  );
  const toList = iconButton("back", say("back"), back, { class: "icon-button to-list" });
  const node = el(
    "section",
    { class: "pane start", "aria-label": say("new_chat") },
    el("div", { class: "hero" }, toList, title, welcome),
    form,
  );
  let id = newId(); // kept when an answer is lost, so that trying again makes no second chat

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = SEEN.test(name.value) ? name.value.trim() : "";
    problem.textContent = given ? "" : say("name_missing");
    name.setAttribute("aria-invalid", String(!given));
    if (!given) return name.focus();
    submit.disabled = true;
    try {
      lastName.set(given);
      await begin(id, given);
      id = newId();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status === 409) id = newId();
      problem.textContent = say(PROBLEMS[error.code] ?? "did_not_work");
    } finally {
      submit.disabled = false;
    }
  });
  const open = () => {
    problem.textContent = "";
    name.value = lastName.get() ?? "";
  };
  return { node, open, focus: () => (hasKeys() ? name : title).focus() };
}
