// Building elements. Text only ever becomes text nodes: what people write is never parsed as HTML.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  send: "M4 12 20 4l-5 16-3.5-6.5L4 12Zm7.5 1.5L20 4",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  image: "M4 5h16v14H4zM4 16l4.5-4.5 4 4L15 13l5 5M15.5 9.5h.01",
  file: "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5",
  pin: "M12 21s7-6.2 7-11.5a7 7 0 1 0-14 0C5 14.8 12 21 12 21Zm0-9a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c.8-4 3.8-6 7.5-6s6.7 2 7.5 6",
  carousel: "M7.5 5h9v14h-9zM3.5 8v8M20.5 8v8",
  bot: "M5.5 9h13v10h-13zM12 9V5M9.5 13.2v1.2M14.5 13.2v1.2M2.5 12.5v3M21.5 12.5v3M12 4.5h.01",
  phone:
    "M6.3 4h3.2l1.6 4-2 1.5a11.5 11.5 0 0 0 5.4 5.4l1.5-2 4 1.6v3.2a2 2 0 0 1-2.1 2A16 16 0 0 1 4.3 6.1 2 2 0 0 1 6.3 4Z",
  card: "M3 6h18v12H3zM7 10.5h4M7 13.5h7",
  dots: "M6 11.5v1M12 11.5v1M18 11.5v1",
  sliders: "M5 7h8m4 0h2M5 17h2m4 0h8M13 7a2 2 0 1 0 4 0 2 2 0 0 0-4 0ZM7 17a2 2 0 1 0 4 0 2 2 0 0 0-4 0Z",
  chevron: "M7 10l5 5 5-5",
  plug: "M9 3v5M15 3v5M6.5 8h11v3.5a5.5 5.5 0 0 1-11 0ZM12 17v4",
  clip: "M19 11.5l-7.2 7.2a4.5 4.5 0 0 1-6.4-6.4l7.7-7.7a3 3 0 0 1 4.3 4.3l-7.6 7.6a1.5 1.5 0 0 1-2.2-2.1l6.8-6.8",
  check: "M5 12.5l4.5 4.5L19 7.5",
  ticks: "M2 13l4 4 8.5-9M11 16l1 1 8.5-9",
  warn: "M12 4 21 20H3L12 4Zm0 6v4.5M12 17.3h.01",
  clock: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Zm0-12v4.5l3 1.8",
  reopen: "M5 12a7 7 0 1 1 2.3 5.2M5 12V7m0 5h5",
  note: "M5 4h14v11l-5 5H5zM14 20v-5h5M8.5 9h7M8.5 12.5h4",
  reply: "M10 7 5 12l5 5M5.5 12H14a5 5 0 0 1 5 5v1",
  buttons: "M4 7h16v4H4zM4 14h7v4H4zM14 14h6v4h-6z",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M18.4 5.6l-1.1 1.1M6.7 17.3l-1.1 1.1",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10Z",
  pause: "M9 5.5v13M15 5.5v13",
  play: "M8 5l11 7-11 7V5Z",
  trash: "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13",
  down: "M12 5v13M6.5 12.5 12 18l5.5-5.5",
  up: "M12 19V6M6.5 11.5 12 6l5.5 5.5",
  back: "M15 5l-7 7 7 7",
  search: "M11 17.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Zm5-1.5 4.5 4.5",
  link: "M10 14 20 4m0 0h-6m6 0v6M18 14v6H4V6h6",
  chat: "M4 5h16v11H11l-4.5 4v-4H4z",
  webhook: "M12 5v9m0 0-4-4m4 4 4-4M5 19h14",
  api: "M5 12h13m0 0-5-5m5 5-5 5",
  queue: "M4 7h16M4 12h16M4 17h10",
  list: "M9.5 7H20M9.5 12H20M9.5 17H20M4.5 7h.01M4.5 12h.01M4.5 17h.01",
  star: "M12 3.8l2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8Z",
  question: "M9 9.2a3 3 0 1 1 4.6 2.6c-1 .6-1.6 1.2-1.6 2.2M12 17.5h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
};

/** An SVG icon, hidden from assistive technology: its button carries the label. */
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
    else if (name === "value" || name === "checked") element[name] = value;
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

/**
 * Makes `container` show `items` in order and leaves alone the nodes of those that did not change, so that focus,
 * scroll position and running animations survive. `make(item)` is called for new and for changed items.
 */
export function reconcile(container, items, keyOf, make) {
  const before = container.made ?? new Map();
  const after = new Map();
  let place = container.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    const signature = JSON.stringify(item);
    let entry = before.get(key);
    if (!entry || entry.signature !== signature) {
      const node = make(item, Boolean(entry));
      if (entry) {
        if (place === entry.node) place = node;
        entry.node.replaceWith(node);
      }
      entry = { node, signature };
    }
    if (entry.node === place) place = place.nextSibling;
    else container.insertBefore(entry.node, place);
    after.set(key, entry);
  }
  for (const [key, entry] of before) if (!after.has(key)) entry.node.remove();
  container.made = after;
}

const HUES = [262, 162, 22, 210, 330, 92, 190, 44];

/** A colour for a name, the same every time. */
export function hueOf(name) {
  let sum = 7;
  for (const character of String(name)) sum = (sum * 31 + character.codePointAt(0)) >>> 0;
  return HUES[sum % HUES.length];
}

/** The first visible character, which may be several code points. */
function firstOf(word) {
  const [first] = new Intl.Segmenter().segment(word);
  return first?.segment ?? "";
}

export function avatar(name, url) {
  const words = String(name || "?")
    .trim()
    .split(/\s+/u);
  const letters = firstOf(words[0]) + (words.length > 1 ? firstOf(words.at(-1)) : "");
  const box = el(
    "span",
    { class: "avatar", "aria-hidden": "true", style: { "--hue": hueOf(name) } },
    letters.toUpperCase(),
  );
  if (url) box.append(el("img", { src: url, alt: "", loading: "lazy", onerror: (event) => event.target.remove() }));
  return box;
}

/** A menu that opens below or above its button and closes on Escape, on a click elsewhere, and after a choice. */
export function menu(button, items, label) {
  const list = el("div", { class: "menu", role: "menu", "aria-label": label, popover: "auto" });
  button.setAttribute("aria-haspopup", "menu");
  button.addEventListener("click", () => {
    list.replaceChildren(...items().map(menuItem));
    list.showPopover();
    placeBeside(list, button);
    list.querySelector("button")?.focus();
  });
  list.addEventListener("click", () => list.hidePopover());
  list.addEventListener("keydown", (event) => stepThrough(event, list.querySelectorAll("button")));
  return list;
}

function menuItem({ icon: name, label, act }) {
  return el("button", { type: "button", role: "menuitem", onclick: act }, icon(name), label);
}

/** Arrow keys move the focus through `buttons`. */
export function stepThrough(event, buttons, [back, on] = ["ArrowUp", "ArrowDown"]) {
  const step = { [on]: 1, [back]: -1 }[event.key];
  if (!step) return;
  const all = [...buttons];
  const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
  next?.focus();
  event.preventDefault();
}

/** Puts a popover next to its button, on the side where there is room. */
export function placeBeside(popover, button) {
  const anchor = button.getBoundingClientRect();
  const size = popover.getBoundingClientRect();
  const below = anchor.bottom + 6 + size.height < innerHeight;
  const left = Math.max(8, Math.min(anchor.left, innerWidth - size.width - 8));
  popover.style.left = `${left}px`;
  popover.style.top = `${below ? anchor.bottom + 6 : Math.max(8, anchor.top - size.height - 6)}px`;
}
