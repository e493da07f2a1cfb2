// The reactions that a visitor can choose. Arrow keys move the focus, Escape closes the choice.

import { el, moveFocus, placeBeside, t } from "./page.js";

/** @param {string[]} emojis */
export function makeReactionPicker(emojis) {
  let use = (/** @type {string} */ _emoji) => {};
  const choices = emojis.map((emoji) => el("button", { type: "button", onclick: () => choose(emoji) }, emoji));
  const panel = el("div", { class: "emoji", popover: "auto", role: "group", "aria-label": t("react") }, choices);
  const choose = (/** @type {string} */ emoji) => {
    panel.hidePopover(); // the focus goes back to where it was
    use(emoji);
  };
  panel.addEventListener("keydown", (event) => moveFocus(event, choices, ["ArrowLeft", "ArrowRight"]));

  /**
   * `current` is the visitor's reaction, "" for none.
   * @param {HTMLElement} anchor
   * @param {string} current
   * @param {(emoji: string) => void} act
   */
  const open = (anchor, current, act) => {
    use = act;
    for (const choice of choices) choice.setAttribute("aria-pressed", String(choice.textContent === current));
    panel.showPopover();
    placeBeside(panel, anchor, anchor.closest(".mine") ? "end" : "start");
    (choices.find((choice) => choice.textContent === current) ?? choices[0]).focus();
  };
  return { panel, open };
}
