// A text box that grows with its text. Enter sends, Shift+Enter starts a new line.

import { el, hasMouse, iconButton } from "./dom.js";

/**
 * `send` resolves to null when the text was refused. `typing` is called with each key, and when the text was sent or
 * deleted: whether there is text. `cancel` is called with Escape.
 * @param {object} options
 * @param {string} options.label
 * @param {string} options.placeholder
 * @param {(text: string) => Promise<unknown>} options.send
 * @param {HTMLElement} options.before the button beside the box
 * @param {(hasText: boolean) => void} [options.typing]
 * @param {() => void} [options.cancel]
 */
export function makeComposer({ label, placeholder, send, before, typing = () => {}, cancel = () => {} }) {
  const box = el("textarea", {
    rows: "1",
    dir: "auto",
    "aria-label": label,
    placeholder,
    enterkeyhint: "send",
    autocomplete: "off",
  });
  const button = iconButton("send", "Send", null, { type: "submit" });
  const form = el("form", { class: "composer" }, before, box, button);

  const fit = () => {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 132)}px`;
    form.classList.toggle("ready", Boolean(box.value.trim()));
  };
  const take = () => {
    const text = box.value.trim();
    box.value = "";
    fit();
    typing(false);
    return text;
  };
  const submit = async () => {
    const text = take();
    // After a refusal the text comes back, unless the next one has been started.
    if (text && (await send(text)) === null && !box.value) {
      box.value = text;
      fit();
    }
  };
  box.addEventListener("input", () => {
    fit();
    typing(Boolean(box.value.trim()));
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Escape") cancel();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  return {
    form,
    box,
    take,
    setText: (/** @type {string} */ text) => {
      box.value = text;
      fit();
    },
    focus: () => hasMouse() && box.focus(),
    disable: (/** @type {boolean} */ off) => {
      box.disabled = off;
      button.disabled = off;
    },
    setHint: (/** @type {string} */ text, /** @type {string} */ name) => {
      box.placeholder = text;
      box.setAttribute("aria-label", name);
    },
  };
}
