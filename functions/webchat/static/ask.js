// Questions and menus.

import { el, icon, iconButton } from "./dom.js";
import { say } from "./texts.js";

/** Asks before something is erased; the answer is whether to do it. The focus goes back to where it was. */
export function confirmErasing(title, words) {
  const cancel = el("button", { value: "", class: "button", autofocus: true }, say("cancel"));
  const erase = el("button", { value: "erase", class: "button danger" }, say("erase"));
  const form = el("form", { method: "dialog" }, el("h2", { id: "question" }, title), el("p", {}, words), el("div", { class: "answers" }, cancel, erase));
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

/** A button with a menu below it; `items` are {icon, label, act}. Escape and a press elsewhere close it. */
export function makeMenu(label, items) {
  const entries = items.map((item) => el("button", { type: "button", role: "menuitem", onclick: item.act }, icon(item.icon), item.label));
  const list = el("div", { class: "menu", role: "menu", "aria-label": label, popover: "auto" }, entries);
  const button = iconButton("more", label, () => open(), { "aria-haspopup": "menu" });
  const open = () => {
    list.showPopover();
    const anchor = button.getBoundingClientRect();
    list.style.top = `${anchor.bottom + 4}px`;
    list.style.left = `${Math.max(8, anchor.right - list.offsetWidth)}px`;
    entries[0].focus();
  };
  list.addEventListener("click", () => list.hidePopover(), { capture: true });
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    entries[(entries.indexOf(document.activeElement) + step + entries.length) % entries.length].focus();
  });
  return [button, list];
}
