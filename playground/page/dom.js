// Builds elements: the web chat's modules, with the playground's own icons and helpers.

/** @import { MenuItem } from "./types.js" */

import { ICONS, makeIcons, makeMenu } from "../webchat/static/dom.js";

export { acceptFiles, avatar, el, hasMouse, moveFocus, NEW_TAB, placeBeside, webUrl } from "../webchat/static/dom.js";
export { decimalDegrees, paragraph } from "../webchat/static/format.js";
export { TypingReporter } from "../webchat/static/typing.js";

export const { icon, iconButton } = makeIcons({
  ...ICONS,
  image: "M4 5h16v14H4zM4 16l4.5-4.5 4 4L15 13l5 5M15.5 9.5h.01",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c.8-4 3.8-6 7.5-6s6.7 2 7.5 6",
  carousel: "M7.5 5h9v14h-9zM3.5 8v8M20.5 8v8",
  bot: "M5.5 9h13v10h-13zM12 9V5M9.5 13.2v1.2M14.5 13.2v1.2M2.5 12.5v3M21.5 12.5v3M12 4.5h.01",
  card: "M3 6h18v12H3zM7 10.5h4M7 13.5h7",
  dots: "M6 11.5v1M12 11.5v1M18 11.5v1",
  sliders: "M5 7h8m4 0h2M5 17h2m4 0h8M13 7a2 2 0 1 0 4 0 2 2 0 0 0-4 0ZM7 17a2 2 0 1 0 4 0 2 2 0 0 0-4 0Z",
  chevron: "M7 10l5 5 5-5",
  plug: "M9 3v5M15 3v5M6.5 8h11v3.5a5.5 5.5 0 0 1-11 0ZM12 17v4",
  note: "M5 4h14v11l-5 5H5zM14 20v-5h5M8.5 9h7M8.5 12.5h4",
  reply: "M10 7 5 12l5 5M5.5 12H14a5 5 0 0 1 5 5v1",
  buttons: "M4 7h16v4H4zM4 14h7v4H4zM14 14h6v4h-6z",
  sun:
    "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21" +
    "M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M18.4 5.6l-1.1 1.1M6.7 17.3l-1.1 1.1",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z",
  pause: "M9 5.5v13M15 5.5v13",
  play: "M8 5l11 7-11 7V5Z",
  search: "M11 17.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Zm5-1.5 4.5 4.5",
  chat: "M4 5h16v11H11l-4.5 4v-4H4z",
  webhook: "M12 5v9m0 0-4-4m4 4 4-4M5 19h14",
  api: "M5 12h13m0 0-5-5m5 5-5 5",
  queue: "M4 7h16M4 12h16M4 17h10",
  list: "M9.5 7H20M9.5 12H20M9.5 17H20M4.5 7h.01M4.5 12h.01M4.5 17h.01",
  star: "M12 3.8l2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8Z",
  question: "M9 9.2a3 3 0 1 1 4.6 2.6c-1 .6-1.6 1.2-1.6 2.2M12 17.5h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  microphone: "M12 14.5a3 3 0 0 0 3-3v-5a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3ZM6 11.5a6 6 0 0 0 12 0M12 17.5V21",
  shop: "M4.5 10v10h15V10M3.5 10l2-6h13l2 6ZM9.5 20v-6h5v6",
});

/**
 * A menu behind `button`; `items` are asked for each time it opens.
 * @param {HTMLElement} button
 * @param {string} label
 * @param {() => MenuItem[]} items
 */
export const menu = (button, label, items) => makeMenu(button, label, { icon, items });

// What a container shows, by key.
/** @type {WeakMap<HTMLElement, Map<string, { node: HTMLElement, signature: string }>>} */
const contents = new WeakMap();

/**
 * Makes `container` show `items` in order. The nodes of items that did not change stay, so that focus, scroll position
 * and running animations survive. `make` is called for new items and for changed ones, which are not `isNew`. Where the
 * focus is in a changed one, it goes to the same element of the new node.
 * @template Item
 * @param {HTMLElement} container
 * @param {Item[]} items
 * @param {(item: Item) => string} keyOf
 * @param {(item: Item, isNew: boolean) => HTMLElement} make
 */
export function reconcile(container, items, keyOf, make) {
  const before = contents.get(container) ?? new Map();
  const after = new Map();
  let spot = container.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    const signature = JSON.stringify(item);
    let entry = before.get(key);
    if (!entry || entry.signature !== signature) {
      const node = make(item, !entry);
      if (entry) {
        if (spot === entry.node) spot = node;
        const focused = counterpart(document.activeElement, entry.node, node);
        entry.node.replaceWith(node);
        focused?.focus({ preventScroll: true });
      }
      entry = { node, signature };
    }
    if (entry.node === spot) spot = spot?.nextSibling ?? null;
    else container.insertBefore(entry.node, spot);
    after.set(key, entry);
  }
  for (const [key, entry] of before) if (!after.has(key)) entry.node.remove();
  contents.set(container, after);
}

/**
 * What has the place of `focused` in a node that replaces another one: the focus must not be lost with a change.
 * @param {Element | null} focused
 * @param {HTMLElement} before
 * @param {HTMLElement} after
 */
function counterpart(focused, before, after) {
  if (!focused || !before.contains(focused)) return undefined;
  const nameOf = (/** @type {Element} */ element) => element.getAttribute("aria-label") ?? element.textContent;
  const similar = [after, ...after.querySelectorAll(focused.tagName)].filter((one) => one instanceof HTMLElement);
  return (
    similar.find((one) => one.tagName === focused.tagName && nameOf(one) === nameOf(focused)) ??
    similar.find((one) => one.className === focused.className)
  );
}

/** @param {HTMLElement} container Removes everything that `reconcile` has put into it, and all else. */
export function clear(container) {
  contents.delete(container);
  container.replaceChildren();
}
