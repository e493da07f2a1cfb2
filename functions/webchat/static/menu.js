// A menu behind a button. The playground's page uses this module, too.

import { el } from "./dom.js";

/** @import { MenuItem } from "../types.js" */

/**
 * A menu that opens below `button`, or above it where there is no room. It closes after a choice, on Escape, and on a
 * click elsewhere. `items` are asked for each time it opens.
 * @template {string} Icon
 * @param {HTMLElement} button
 * @param {string} label
 * @param {{ icon: (name: Icon) => SVGElement, items: () => MenuItem<Icon>[], align?: "start" | "end" }} options
 */
export function makeMenu(button, label, { icon, items, align = "start" }) {
  const list = el("div", { class: "menu", role: "menu", "aria-label": label, popover: "auto" });
  const offered = () => [...list.querySelectorAll("button")].filter((entry) => entry.getClientRects().length);
  button.setAttribute("aria-haspopup", "menu");
  button.addEventListener("click", () => {
    const entries = items().map((item) =>
      el(
        "button",
        { type: "button", role: "menuitem", class: item.writes ? "writes" : null, onclick: item.act },
        icon(item.icon),
        item.label,
      ),
    );
    list.replaceChildren(...entries);
    list.showPopover();
    placeBeside(list, button, align);
    offered()[0]?.focus();
  });
  // It is closed before the action of its entry, which may open a dialog.
  list.addEventListener("click", () => list.hidePopover(), { capture: true });
  list.addEventListener("keydown", (event) => moveFocus(event, offered()));
  return list;
}

/**
 * Moves the focus through `buttons` with two arrow keys.
 * @param {KeyboardEvent} event
 * @param {Iterable<Element>} buttons
 * @param {[string, string]} [keys] back and forward
 */
export function moveFocus(event, buttons, [back, forward] = ["ArrowUp", "ArrowDown"]) {
  const step = event.key === forward ? 1 : event.key === back ? -1 : 0;
  if (!step) return;
  event.preventDefault();
  const all = [...buttons];
  const current = document.activeElement ? all.indexOf(document.activeElement) : -1;
  const next = all[(current + step + all.length) % all.length];
  if (next instanceof HTMLElement) next.focus();
}

/**
 * Puts a popover next to its button, on the side where there is room.
 * @param {HTMLElement} popover
 * @param {HTMLElement} button
 * @param {"start" | "end"} [align] which edges are in line
 */
export function placeBeside(popover, button, align = "start") {
  const anchor = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = popover;
  const fitsBelow = anchor.bottom + 6 + height < innerHeight;
  const left = align === "start" ? anchor.left : anchor.right - width;
  popover.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  popover.style.top = `${fitsBelow ? anchor.bottom + 6 : Math.max(8, anchor.top - height - 6)}px`;
}
