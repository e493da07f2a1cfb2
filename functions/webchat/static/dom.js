// Builds elements. Text only ever becomes text nodes: what people write is never parsed as HTML.
// The playground's page uses this module, too.

/** @import { Attributes, Child, MenuItem } from "../types.js" */

const SVG = "http://www.w3.org/2000/svg";

/** The paths of the icons, on a square of 24 units. */
export const ICONS = {
  send: "M5 12.5 20 5l-5.2 15-3.3-6.2L5 12.5Zm6.5 1.3L20 5",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  back: "M15 5l-7 7 7 7",
  more:
    "M12 6.5a1 1 0 1 0 0-2 1 1 0 0 0 0 2ZM12 13a1 1 0 1 0 0-2 1 1 0 0 0 0 2Z" + "M12 19.5a1 1 0 1 0 0-2 1 1 0 0 0 0 2Z",
  clip: "M19 11.5l-7.2 7.2a4.5 4.5 0 0 1-6.4-6.4l7.7-7.7a3 3 0 0 1 4.3 4.3" + "l-7.6 7.6a1.5 1.5 0 0 1-2.2-2.1l6.8-6.8",
  smile:
    "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z" +
    "M8.3 14c.9 1.5 2.2 2.2 3.7 2.2s2.8-.7 3.7-2.2M9.2 9.7v.01M14.8 9.7v.01",
  file: "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5",
  reply: "M10 6 4.5 11.5 10 17M5 11.5h8a6 6 0 0 1 6 6V19",
  pin: "M12 21s7-6.2 7-11.5a7 7 0 1 0-14 0C5 14.8 12 21 12 21Zm0-9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  pen: "M4.5 19.5l1-4.2L16.3 4.5a2.1 2.1 0 0 1 3 3L8.6 18.5l-4.1 1ZM14 6.8l3 3",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13",
  down: "M12 5v13M6.5 12.5 12 18l5.5-5.5",
  check: "M5 12.5l4.5 4.5L19 7.5",
  ticks: "M2 13l4 4 8.5-9M11 16l1 1 8.5-9",
  clock: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Zm0-12v4.5l3 1.8",
  warn: "M12 4 21 20H3L12 4Zm0 6v4.5M12 17.3v.01",
  link: "M10 14 20 4m0 0h-6m6 0v6M18 14v6H4V6h6",
  bell: "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 2h-15l1.5-2Zm4 4.5h4",
  phone: "M6 4h4l1.5 5-2.3 1.6a11 11 0 0 0 4.2 4.2L15 12.5l5 1.5v4a2 2 0 0 1-2.2 2A16 16 0 0 1 4 6.2 2 2 0 0 1 6 4Z",
  again: "M5 12a7 7 0 1 1 2.3 5.2M5 12V7m0 5h5",
  offline: "M4 4l16 16M9.2 6.3A6 6 0 0 1 17.7 10 4 4 0 0 1 20 16.6M7 9.5A4.3 4.3 0 0 0 7.5 18H15",
};

/**
 * Functions that draw the icons with these paths.
 * @template {string} Name
 * @param {Record<Name, string>} paths
 */
export function makeIcons(paths) {
  /**
   * An SVG icon, hidden from assistive technology: the element beside it carries the label.
   * @param {Name} name
   */
  function icon(name) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    svg.classList.add("icon");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", paths[name]);
    svg.append(path);
    return svg;
  }

  /**
   * A button that shows only an icon; `label` is read aloud and shown as a tooltip.
   * @param {Name} name
   * @param {string} label
   * @param {Attributes["onclick"]} [onclick]
   * @param {Attributes} [more]
   */
  function iconButton(name, label, onclick, more = {}) {
    const attributes = { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...more };
    return el("button", attributes, icon(name));
  }

  return { icon, iconButton };
}

export const { icon, iconButton } = makeIcons(ICONS);

/**
 * An element. Attributes named `on…` are listeners; null, undefined and false leave an attribute or a child out.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (typeof value === "object") setProperties(element, value);
    else if (name === "value" || name === "checked") Object.assign(element, { [name]: value });
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false)
      element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {Record<string, string | number>} properties
 */
function setProperties(element, properties) {
  for (const [name, value] of Object.entries(properties)) element.style.setProperty(name, String(value));
}

const HUES = [262, 162, 22, 210, 330, 92, 190, 44];

/** @param {string} name A name always gets the same colour. */
function hueOf(name) {
  const sum = [...name].reduce((total, character) => (total * 31 + (character.codePointAt(0) ?? 0)) >>> 0, 7);
  return HUES[sum % HUES.length];
}

/** @param {string} word Its first visible character: a flag or a letter with its accent is several code points. */
function firstCharacter(word) {
  if (!Intl.Segmenter) return [...word][0] ?? "";
  const [first] = new Intl.Segmenter().segment(word);
  return first?.segment ?? "";
}

/**
 * The initials of `name` on a colour of its own, and over them the image at `url`. The web chat gives no `url`: the
 * host of the image would learn the visitor's IP address.
 * @param {string} name
 * @param {string | null} [url]
 */
export function avatar(name, url = null) {
  const words = (name || "?").trim().split(/\s+/u);
  const initials = firstCharacter(words[0]) + (words.length > 1 ? firstCharacter(words[words.length - 1]) : "");
  const style = { "--hue": hueOf(name) };
  const box = el("span", { class: "avatar", "aria-hidden": "true", style }, initials.toUpperCase());
  if (url) {
    const image = el("img", { src: url, alt: "", loading: "lazy" });
    image.addEventListener("error", () => image.remove());
    box.append(image);
  }
  return box;
}

/** Attributes of a link that opens a new tab and does not tell the other site where it came from. */
export const NEW_TAB = { target: "_blank", rel: "noopener noreferrer" };

/**
 * The URL if it is an http(s) one, else null: a service may send any string as a URL.
 * @param {string | null | undefined} url
 */
export function webUrl(url) {
  return url && /^https?:\/\//iu.test(url) ? url : null;
}

/** @param {string} text Read aloud by screen readers, and not shown. */
export const spoken = (text) => el("span", { class: "spoken" }, text);

/** Whether the device has a mouse: on a phone, focus in a text field opens a keyboard over half the screen. */
export const hasMouse = () => matchMedia("(pointer: fine)").matches;

// --- menus ---

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

// --- files that are dropped or pasted ---

/**
 * Lets files be dropped on and pasted into `area`, as long as they are `allowed` there.
 * @param {HTMLElement} area
 * @param {(files: FileList) => void} add
 * @param {() => boolean} [allowed]
 */
export function acceptFiles(area, add, allowed = () => true) {
  const accepts = (/** @type {DragEvent} */ event) => allowed() && Boolean(event.dataTransfer?.types.includes("Files"));
  let depth = 0; // the pointer leaves a parent when it enters a child
  const setDepth = (/** @type {number} */ value) => {
    depth = Math.max(0, value);
    area.classList.toggle("dropping", depth > 0);
  };
  area.addEventListener("dragenter", (event) => accepts(event) && setDepth(depth + 1));
  area.addEventListener("dragleave", (event) => accepts(event) && setDepth(depth - 1));
  area.addEventListener("dragover", (event) => accepts(event) && event.preventDefault());
  area.addEventListener("drop", (event) => {
    if (!accepts(event) || !event.dataTransfer) return;
    event.preventDefault();
    setDepth(0);
    add(event.dataTransfer.files);
  });
  area.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length || !allowed()) return;
    event.preventDefault();
    add(event.clipboardData.files);
  });
}
