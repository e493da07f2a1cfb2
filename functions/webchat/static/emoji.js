// A small choice of emoji. They have no labels of ours: screen readers name them in their own language.

import { el, t } from "./page.js";

const COLUMNS = 8;
const CHOICE = [
  ..."😀😄😅😂🙂😉😊😍",
  ..."😘😎🤔😐🙄😴😢😭",
  ..."😡😱🥳🤗🤩😇🤝🙏",
  ..."👍👎👌👏🙌💪👋🤞",
  ..."❤💛💚💙💜🔥⭐✨",
  ..."🎉🎁🌷☀🌈☕🍕🎂",
  ..."✅❌❓❗⚠⏰📅📍",
  ..."📦🚚🏠🚗💳📷📞💡",
].map((emoji) => (/\p{Emoji_Presentation}/u.test(emoji) ? emoji : `${emoji}\uFE0F`));

/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS };

/**
 * The panel of emoji of a `button`, and what opens it now. Arrow keys, Home and End move the focus.
 * @param {HTMLElement} button
 * @param {(emoji: string) => void} use
 */
export function makeEmojiPicker(button, use) {
  const choices = CHOICE.map((emoji, index) => el("button", { type: "button", tabindex: index ? "-1" : "0" }, emoji));
  const panel = el("div", { class: "emoji", popover: "auto", role: "group", "aria-label": t("emoji") }, choices);
  const focus = (/** @type {HTMLElement} */ chosen) => {
    for (const choice of choices) choice.setAttribute("tabindex", choice === chosen ? "0" : "-1");
    chosen.focus();
  };
  // A click on the button while the panel is open closes the panel first. It must not open it again.
  let closedAt = 0;
  const open = () => {
    panel.showPopover();
    placeAbove(panel, button);
    focus(choices.find((choice) => choice.getAttribute("tabindex") === "0") ?? choices[0]);
  };
  button.addEventListener("click", (event) => {
    if (event.detail && event.timeStamp - closedAt < 250) return; // a click from the keyboard has no detail
    open();
  });
  panel.addEventListener("toggle", ({ newState }) => {
    button.setAttribute("aria-expanded", String(newState === "open"));
    if (newState === "closed") closedAt = performance.now();
  });
  for (const choice of choices) {
    choice.addEventListener("click", () => {
      panel.hidePopover();
      use(choice.textContent);
    });
  }
  panel.addEventListener("keydown", (event) => {
    const current = choices.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    const next = nextIndex(current, event.key);
    if (current < 0 || next === null) return;
    event.preventDefault();
    if (choices[next]) focus(choices[next]);
  });
  return { panel, open };
}

/**
 * Where a key leads, which may be outside of the panel; null for other keys.
 * @param {number} current
 * @param {string} key
 */
function nextIndex(current, key) {
  if (key === "Home") return 0;
  if (key === "End") return CHOICE.length - 1;
  return key in STEPS ? current + STEPS[key] : null;
}

/**
 * @param {HTMLElement} panel
 * @param {HTMLElement} button
 */
function placeAbove(panel, button) {
  const anchor = button.getBoundingClientRect();
  const { width, height } = panel.getBoundingClientRect();
  panel.style.left = `${Math.max(8, Math.min(anchor.right - width, innerWidth - width - 8))}px`;
  panel.style.top = `${Math.max(8, anchor.top - height - 10)}px`;
}
