// How written text and numbers appear. The playground's page uses this module, too.

import { el, NEW_TAB } from "./dom.js";

// One to three emoji and nothing else. Each begins with a pictograph: there is only one way to match, so it is fast.
const EMOJI = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier}|\u200D\p{Extended_Pictographic})*){1,3}$/u;
const LONGEST_EMOJI = 60; // UTF-16 units: three families of four with their skin tones
// Punctuation of other scripts that ends or quotes a sentence is never part of a URL: URLs hold it percent-encoded.
const URL_PATTERN = /(https?:\/\/(?:[!#-&(-;=?-_a-~·・]|(?![\p{P}\p{Cf}])[^\p{ASCII}\s])+)/iu;
const PUNCTUATION = ".,;:!?'";
/** @type {Record<string, string>} */
const BRACKETS = { ")": "(", "]": "[", "}": "{" };

/**
 * A paragraph of text with its links, large when it is only a few emoji; null for an empty one.
 * @param {string} text
 */
export function paragraph(text) {
  if (!text) return null;
  const large = text.length <= LONGEST_EMOJI && EMOJI.test(text.replace(/\s/gu, ""));
  return el("p", { class: large ? "text big" : "text", dir: "auto" }, linkify(text));
}

/**
 * Text with its URLs as links. Only what the browser's own parser accepts becomes a link.
 * @param {string} text
 */
export function linkify(text) {
  return text.split(URL_PATTERN).flatMap((part, index) => {
    if (index % 2 === 0) return [part];
    const url = trimEnd(part);
    if (!URL.canParse(url)) return [part];
    return [el("a", { href: url, dir: "ltr", ...NEW_TAB }, url), part.slice(url.length)];
  });
}

/**
 * Without the punctuation of the sentence around it. A closing bracket belongs to the URL if it was opened inside.
 * @param {string} url
 */
function trimEnd(url) {
  const count = (/** @type {string} */ sign) => url.split(sign).length;
  const unopened = Object.fromEntries(
    Object.entries(BRACKETS).map(([close, open]) => [close, count(close) - count(open)]),
  );
  let end = url.length;
  for (; end > 0; end -= 1) {
    const last = url[end - 1];
    if (unopened[last] > 0) unopened[last] -= 1;
    else if (!PUNCTUATION.includes(last)) break;
  }
  return url.slice(0, end);
}

/** @param {number} degrees As a plain decimal, to the centimetre: maps do not read exponents. */
export const decimalDegrees = (degrees) =>
  degrees
    .toFixed(7)
    .replace(/\.?0+$/u, "")
    .replace(/^-0$/u, "0");
