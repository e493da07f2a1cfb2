// What a message is made of: text, files, places, cards and buttons.

import { el, icon, OUTWARD, spoken, webAddress } from "./dom.js";
import { say, sizeOf } from "./texts.js";

// Up to three, alone in a message. Each piece begins with a sign of its own: there is one way to read it, so it is fast.
const EMOJI = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier}|\u200D\p{Extended_Pictographic})*){1,3}$/u;
const LONGEST_EMOJI = 60; // three families of four with their skins, in UTF-16 units
// Signs of other scripts that end a sentence or quote it are never part of an address: addresses hold them encoded.
const ADDRESS = /(https?:\/\/(?:[!#-&(-;=?-_a-~·・]|(?![\p{P}\p{Cf}])[^\p{ASCII}\s])+)/iu;
const PUNCTUATION = ".,;:!?'";
const BRACKETS = { ")": "(", "]": "[", "}": "{" };

export function text(words) {
  if (!words) return null;
  const big = words.length <= LONGEST_EMOJI && EMOJI.test(words.replace(/\s/gu, ""));
  return el("p", { class: big ? "text big" : "text", dir: "auto" }, linked(words));
}

/** Text with its web addresses as links. Only what the browser's own parser takes for one becomes one. */
export function linked(words) {
  return words.split(ADDRESS).flatMap((part, index) => {
    if (index % 2 === 0) return [part];
    const address = withoutTail(part);
    if (!URL.canParse(address)) return [part];
    return [el("a", { href: address, dir: "ltr", ...OUTWARD }, address), part.slice(address.length)];
  });
}

/** The sentence's own punctuation is no part of the address; a bracket is when it was opened inside. */
function withoutTail(address) {
  const times = (sign) => address.split(sign).length;
  const unopened = Object.fromEntries(Object.entries(BRACKETS).map(([end, begin]) => [end, times(end) - times(begin)]));
  let end = address.length;
  for (; end > 0; end -= 1) {
    const last = address[end - 1];
    if (unopened[last] > 0) unopened[last] -= 1;
    else if (!PUNCTUATION.includes(last)) break;
  }
  return address.slice(0, end);
}

/** A file's `local` is its address in this browser, as long as it is at hand. */
export function attachment(file) {
  if (!file) return null;
  const name = file.name || say({ image: "picture" }[file.kind] ?? file.kind);
  const source = file.local || webAddress(file.url);
  if (!source) return paper(null, name, file);
  if (file.kind === "image") return picture(source, name);
  if (file.kind === "video")
    return el("video", { src: source, controls: true, playsinline: true, preload: "metadata", "aria-label": name });
  if (file.kind === "audio")
    return el("audio", { src: source, controls: true, preload: "metadata", "aria-label": name });
  return paper(source, name, file);
}

function picture(source, name) {
  const image = el("img", { src: source, alt: name, loading: "lazy" });
  return el("a", { class: "picture", href: source, ...OUTWARD }, image, spoken(` (${say("new_tab")})`));
}

function paper(source, name, { size }) {
  const words = el(
    "span",
    { class: "file-words" },
    el("b", { dir: "auto" }, name),
    size ? el("small", {}, sizeOf(size)) : null,
  );
  const inside = [el("span", { class: "file-icon" }, icon("file")), words];
  if (!source) return el("span", { class: "file" }, inside);
  return el("a", { class: "file", href: source, download: name, ...OUTWARD }, inside, spoken(` (${say("new_tab")})`));
}

export function location(place) {
  if (!place) return null;
  const { latitude, longitude, label } = place;
  const href = `https://maps.google.com/?q=${degrees(latitude)},${degrees(longitude)}`;
  const words = el(
    "span",
    { class: "file-words" },
    el("b", { dir: "auto" }, label || say("location")),
    el("small", {}, `${Number(latitude).toFixed(5)}, ${Number(longitude).toFixed(5)}`),
  );
  return el(
    "a",
    { class: "file", href, ...OUTWARD },
    el("span", { class: "file-icon" }, icon("pin")),
    words,
    spoken(` (${say("new_tab")})`),
  );
}

/** Plain decimals, to the centimetre: maps read no exponents. */
const degrees = (value) =>
  Number(value)
    .toFixed(7)
    .replace(/\.?0+$/u, "")
    .replace(/^-0$/u, "0");

/** `tap(button)` is called with the button that was chosen. */
export function cards(list, tapped, tap) {
  if (!list?.length) return null;
  const one = (card) =>
    el(
      "div",
      { class: "card" },
      webAddress(card.image)
        ? el("img", { src: card.image, alt: "", loading: "lazy", referrerpolicy: "no-referrer" })
        : null,
      el(
        "div",
        { class: "card-words" },
        card.title ? el("b", { dir: "auto" }, card.title) : null,
        card.text ? el("p", { dir: "auto" }, linked(card.text)) : null,
      ),
      buttons(card.buttons, tapped, tap),
    );
  return el("div", { class: "cards", role: "group", tabindex: "0", "aria-label": say("cards") }, list.map(one));
}

export function buttons(list, tapped, tap) {
  if (!list?.length) return null;
  return el(
    "div",
    { class: "choices" },
    list.map((button) => choice(button, tapped, tap)),
  );
}

function choice(button, tapped, tap) {
  if (button.url) {
    if (/^tel:[+*#\d]+$/u.test(button.url))
      return el("a", { class: "choice", dir: "auto", href: button.url }, button.label, icon("call"));
    return el(
      "a",
      { class: "choice", dir: "auto", href: webAddress(button.url), ...OUTWARD },
      button.label,
      icon("out"),
      spoken(` (${say("new_tab")})`),
    );
  }
  if (tapped === button.label)
    return el(
      "span",
      { class: "choice picked", dir: "auto" },
      icon("check"),
      button.label,
      spoken(` (${say("chosen")})`),
    );
  if (tapped) return el("span", { class: "choice past", dir: "auto" }, button.label);
  return el("button", { type: "button", class: "choice", dir: "auto", onclick: () => tap(button) }, button.label);
}
