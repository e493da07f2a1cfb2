// Building elements. Text only ever becomes text nodes: what people write is never parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  send: "M5 12.5 20 5l-5.2 15-3.3-6.2L5 12.5Zm6.5 1.3L20 5",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  back: "M15 5l-7 7 7 7",
  more: "M12 6.5a1 1 0 1 0 0-2 1 1 0 0 0 0 2ZM12 13a1 1 0 1 0 0-2 1 1 0 0 0 0 2ZM12 19.5a1 1 0 1 0 0-2 1 1 0 0 0 0 2Z",
  clip: "M19 11.5l-7.2 7.2a4.5 4.5 0 0 1-6.4-6.4l7.7-7.7a3 3 0 0 1 4.3 4.3l-7.6 7.6a1.5 1.5 0 0 1-2.2-2.1l6.8-6.8",
  smile:
    "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM8.3 14c.9 1.5 2.2 2.2 3.7 2.2s2.8-.7 3.7-2.2M9.2 9.7v.01M14.8 9.7v.01",
  file: "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5",
  pin: "M12 21s7-6.2 7-11.5a7 7 0 1 0-14 0C5 14.8 12 21 12 21Zm0-9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  pen: "M4.5 19.5l1-4.2L16.3 4.5a2.1 2.1 0 0 1 3 3L8.6 18.5l-4.1 1ZM14 6.8l3 3",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13",
  down: "M12 5v13M6.5 12.5 12 18l5.5-5.5",
  check: "M5 12.5l4.5 4.5L19 7.5",
  ticks: "M2 13l4 4 8.5-9M11 16l1 1 8.5-9",
  clock: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Zm0-12v4.5l3 1.8",
  warn: "M12 4 21 20H3L12 4Zm0 6v4.5M12 17.3v.01",
  out: "M10 14 20 4m0 0h-6m6 0v6M18 14v6H4V6h6",
  call: "M6 4h4l1.5 5-2.3 1.6a11 11 0 0 0 4.2 4.2L15 12.5l5 1.5v4a2 2 0 0 1-2.2 2A16 16 0 0 1 4 6.2 2 2 0 0 1 6 4Z",
  again: "M5 12a7 7 0 1 1 2.3 5.2M5 12V7m0 5h5",
  cloud: "M4 4l16 16M9.2 6.3A6 6 0 0 1 17.7 10 4 4 0 0 1 20 16.6M7 9.5A4.3 4.3 0 0 0 7.5 18H15",
};

/** An SVG icon, hidden from assistive technology: what it stands beside carries the words. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** An element. `on…` attributes are listeners, null and false ones are left out, children may be text, nodes or null. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, part] of Object.entries(value)) element.style.setProperty(key, part);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A button with an icon alone; `label` is read aloud and shown as a hint. */
export function iconButton(name, label, onclick, extra = {}) {
  return el(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...extra },
    icon(name),
  );
}

const HUES = [262, 162, 22, 210, 330, 92, 190, 44];

/** The first visible character: a flag, a family and a letter with its accent are several code points each. */
function firstOf(word) {
  if (!Intl.Segmenter) return [...word][0] ?? "";
  const [first] = new Intl.Segmenter().segment(word);
  return first?.segment ?? "";
}

/** The initials of `name` in a colour that the name always gets: a picture's host would learn the visitor's address. */
export function avatar(name) {
  const words = String(name || "?")
    .trim()
    .split(/\s+/u);
  const letters = firstOf(words[0]) + (words.length > 1 ? firstOf(words.at(-1)) : "");
  const sum = [...String(name)].reduce((total, character) => (total * 31 + character.codePointAt(0)) >>> 0, 7);
  return el(
    "span",
    { class: "avatar", "aria-hidden": "true", style: { "--hue": HUES[sum % HUES.length] } },
    letters.toUpperCase(),
  );
}

/** The address if it is one of the web, else null: a service may hand us any string as an address. */
export function webAddress(address) {
  return /^https?:\/\//iu.test(address ?? "") ? address : null;
}

/** Attributes of a link that leaves the page and tells the other side nothing of it. */
export const OUTWARD = { target: "_blank", rel: "noopener noreferrer" };

/** Words that are read aloud and not shown. */
export const spoken = (words) => el("span", { class: "spoken" }, words);

/** Whether whoever uses this has a mouse or a keyboard: on a phone the focus in a field opens half a screen of keys. */
export const hasKeys = () => matchMedia("(pointer: fine)").matches;
