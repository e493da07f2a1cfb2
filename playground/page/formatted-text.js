// Text with marks such as bold or a link, which count in UTF-16 units, as strings do here. A "sign" is not shown.

/** @import { Mark } from "./types.js" */

import { el, NEW_TAB, paragraph, webUrl } from "./dom.js";

/** @type {Record<string, keyof HTMLElementTagNameMap>} by a mark's type; the text of others stays plain */
const TAGS = {
  bold: "strong",
  italic: "em",
  underline: "u",
  strikethrough: "s",
  code: "code",
  pre: "code",
  blockquote: "q",
  expandable_blockquote: "q",
};

/**
 * A paragraph; null for an empty text. Text without marks gets its links and its large emoji.
 * @param {string} text
 * @param {Mark[]} [marks]
 */
export function formattedText(text, marks = []) {
  if (!text || !marks.length) return paragraph(text);
  const cuts = new Set([0, text.length, ...marks.flatMap(({ offset, length }) => [offset, offset + length])]);
  const places = [...cuts].filter((place) => place <= text.length).toSorted((one, other) => one - other);
  const pieces = places.slice(0, -1).map((from, index) => {
    const covering = marks.filter(({ offset, length }) => offset <= from && from < offset + length);
    return wrap(text.slice(from, places[index + 1]), covering);
  });
  return el("p", { class: "text", dir: "auto" }, pieces);
}

/**
 * @param {string} piece
 * @param {Mark[]} marks
 * @returns {Node | string}
 */
function wrap(piece, marks) {
  if (marks.some(({ type }) => type === "sign")) return "";
  /** @type {Node | string} */
  let inside = piece;
  for (const { type, url } of marks) {
    const href = webUrl(type === "text_link" ? url : type === "url" ? piece : null);
    if (href) inside = el("a", { href, ...NEW_TAB }, inside);
    else if (TAGS[type]) inside = el(TAGS[type], {}, inside);
  }
  return inside;
}
