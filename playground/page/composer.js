// A text box that grows with its text. Enter sends, Shift+Enter starts a new line.

import { el, iconButton } from "./dom.js";

/** `typing(on)` hears of each key, and that the text was sent or given up. */
export function makeComposer({ label, placeholder, send, before = null, typing = () => {} }) {
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
    // Refused: give the text back, unless the next one has been begun.
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
    focus: () => matchMedia("(pointer: fine)").matches && box.focus(),
    disable: (off) => {
      box.disabled = off;
      button.disabled = off;
    },
    hint: (text, name) => {
      box.placeholder = text;
      box.setAttribute("aria-label", name);
    },
  };
}
