// A small choice of emoji. They have no labels of ours: screen readers name them in their own language.

import { el, iconButton } from "./dom.js";
import { say } from "./texts.js";

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
].map((sign) => (/\p{Emoji_Presentation}/u.test(sign) ? sign : `${sign}\uFE0F`));

const STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS };

/** A button with a panel of emoji; `use(emoji)` is called with the chosen one. Arrow keys, Home and End move. */
export function makeEmoji(use) {
  const signs = CHOICE.map((sign, index) => el("button", { type: "button", tabindex: index ? "-1" : "0" }, sign));
  const panel = el("div", { class: "emoji", popover: "auto", role: "group", "aria-label": say("emoji") }, signs);
  const button = iconButton("smile", say("emoji"), null, { "aria-expanded": "false" });
  const focus = (sign) => {
    signs.forEach((one) => one.setAttribute("tabindex", one === sign ? "0" : "-1"));
    sign.focus();
  };
  // A press on the button while the panel is open closes the panel first, which must not open it again.
  let closedAt = 0;
  button.addEventListener("click", (event) => {
    if (event.detail && event.timeStamp - closedAt < 250) return; // a key's click has no detail
    panel.showPopover();
    placeAbove(panel, button);
    focus(signs.find((sign) => sign.getAttribute("tabindex") === "0"));
  });
  panel.addEventListener("toggle", ({ newState }) => {
    button.setAttribute("aria-expanded", String(newState === "open"));
    if (newState === "closed") closedAt = performance.now();
  });
  panel.addEventListener("click", ({ target }) => {
    const sign = target.closest("button");
    if (!sign) return;
    panel.hidePopover();
    use(sign.textContent);
  });
  panel.addEventListener("keydown", (event) => {
    const at = signs.indexOf(event.target);
    const to = { Home: 0, End: signs.length - 1 }[event.key] ?? (STEPS[event.key] ? at + STEPS[event.key] : -1);
    if (at < 0 || !(event.key in STEPS || event.key === "Home" || event.key === "End")) return;
    event.preventDefault();
    if (signs[to]) focus(signs[to]);
  });
  return { button, panel };
}

function placeAbove(panel, button) {
  const anchor = button.getBoundingClientRect();
  const { width, height } = panel.getBoundingClientRect();
  panel.style.left = `${Math.max(8, Math.min(anchor.right - width, innerWidth - width - 8))}px`;
  panel.style.top = `${Math.max(8, anchor.top - height - 10)}px`;
}
