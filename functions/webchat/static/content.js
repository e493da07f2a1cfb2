// The parts of a message other than its text: files, locations, cards and buttons.

/** @import { Attachment, Button, Card, Location, ShownAttachment } from "../types.js" */

import { el, icon, NEW_TAB, spoken, webUrl } from "./dom.js";
import { decimalDegrees, linkify } from "./format.js";
import { sizeOf, t } from "./texts.js";

const opensNewTab = () => spoken(` (${t("new_tab")})`);

/** @param {ShownAttachment | null} file */
export function attachment(file) {
  if (!file) return null;
  const name = file.name || t(file.kind);
  const source = file.local || webUrl(file.url);
  if (!source) return fileLink(null, name, file);
  if (file.kind === "image") return image(source, name);
  const controls = { src: source, controls: true, preload: "metadata", "aria-label": name };
  if (file.kind === "video") return el("video", { ...controls, playsinline: true });
  if (file.kind === "audio") return el("audio", controls);
  return fileLink(source, name, file);
}

/**
 * @param {string} source
 * @param {string} name
 */
function image(source, name) {
  const img = el("img", { src: source, alt: name, loading: "lazy" });
  return el("a", { class: "image", href: source, ...NEW_TAB }, img, opensNewTab());
}

/**
 * @param {string | null} source
 * @param {string} name
 * @param {Pick<Attachment, "size">} file
 */
function fileLink(source, name, { size }) {
  const label = el("b", { dir: "auto" }, name);
  const facts = el("span", { class: "file-text" }, label, size ? el("small", {}, sizeOf(size)) : null);
  const inside = [el("span", { class: "file-icon" }, icon("file")), facts];
  if (!source) return el("span", { class: "file" }, inside);
  return el("a", { class: "file", href: source, download: name, ...NEW_TAB }, inside, opensNewTab());
}

/** @param {Location | null} place */
export function location(place) {
  if (!place) return null;
  const { latitude, longitude, label } = place;
  const href = `https://maps.google.com/?q=${decimalDegrees(latitude)},${decimalDegrees(longitude)}`;
  const coordinates = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  const name = el("b", { dir: "auto" }, label || t("location"));
  const facts = el("span", { class: "file-text" }, name, el("small", {}, coordinates));
  const pin = el("span", { class: "file-icon" }, icon("pin"));
  return el("a", { class: "file", href, ...NEW_TAB }, pin, facts, opensNewTab());
}

/**
 * @param {Card[]} list
 * @param {string | null} tapped the label of the button that the visitor tapped
 * @param {(button: Button) => void} tap
 */
export function cards(list, tapped, tap) {
  if (!list.length) return null;
  const one = (/** @type {Card} */ card) => {
    const source = webUrl(card.image);
    const text = el(
      "div",
      { class: "card-text" },
      card.title ? el("b", { dir: "auto" }, card.title) : null,
      card.text ? el("p", { dir: "auto" }, linkify(card.text)) : null,
    );
    return el(
      "div",
      { class: "card" },
      source ? el("img", { src: source, alt: "", loading: "lazy", referrerpolicy: "no-referrer" }) : null,
      text,
      buttons(card.buttons, tapped, tap),
    );
  };
  return el("div", { class: "cards", role: "group", tabindex: "0", "aria-label": t("cards") }, list.map(one));
}

/**
 * @param {Button[]} list
 * @param {string | null} tapped
 * @param {(button: Button) => void} tap
 */
export function buttons(list, tapped, tap) {
  if (!list.length) return null;
  return el(
    "div",
    { class: "choices" },
    list.map((button) => choice(button, tapped, tap)),
  );
}

/**
 * @param {Button} button
 * @param {string | null} tapped
 * @param {(button: Button) => void} tap
 */
function choice(button, tapped, tap) {
  const { label, url } = button;
  if (url && /^tel:[+*#\d]+$/u.test(url)) {
    return el("a", { class: "choice", dir: "auto", href: url }, label, icon("phone"));
  }
  if (url) {
    return el("a", { class: "choice", dir: "auto", href: webUrl(url), ...NEW_TAB }, label, icon("link"), opensNewTab());
  }
  if (tapped === label) {
    return el("span", { class: "choice picked", dir: "auto" }, icon("check"), label, spoken(` (${t("chosen")})`));
  }
  if (tapped) return el("span", { class: "choice past", dir: "auto" }, label);
  return el("button", { type: "button", class: "choice", dir: "auto", onclick: () => tap(button) }, label);
}
