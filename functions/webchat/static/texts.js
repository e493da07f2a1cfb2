// The page's texts, in the visitor's language if there is a translation, else in the owner's.

/** @import { TextName, Texts } from "../types.js" */

import de from "./texts-de.js";
import en from "./texts-en.js";
import es from "./texts-es.js";
import fi from "./texts-fi.js";
import fr from "./texts-fr.js";

/** @type {Record<string, Texts>} All of them: another request costs more than four more languages. */
const LANGUAGES = { en, de, fr, es, fi };

let texts = LANGUAGES.en;
let locale = "en"; // with the country if the browser gives it: it decides how times are written

/**
 * Chooses the visitor's language.
 * @param {string} ownersLanguage the connection's
 */
export function chooseTexts(ownersLanguage) {
  const wanted = [...navigator.languages, ownersLanguage].map((name) => String(name).slice(0, 2).toLowerCase());
  const language = wanted.find((name) => Object.hasOwn(LANGUAGES, name)) ?? "en";
  texts = LANGUAGES[language];
  locale = navigator.languages.find((name) => name.startsWith(language)) ?? language;
  document.documentElement.lang = language;
}

/**
 * A text by its name, with its {placeholders} filled in.
 * @param {TextName} name
 * @param {Record<string, string | number>} [values]
 */
export function t(name, values = {}) {
  return texts[name].replace(/\{(\w+)\}/gu, (_, placeholder) => String(values[placeholder]));
}

/** @param {string} at */
export const timeOf = (at) =>
  new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" }).format(new Date(at));

/**
 * Today, yesterday, a weekday or a date.
 * @param {string} at
 */
export function dayOf(at, now = new Date()) {
  const day = new Date(at);
  const days = Math.round((midnight(now) - midnight(day)) / 86_400_000);
  if (days <= 0) return t("today");
  if (days === 1) return t("yesterday");
  const year = day.getFullYear() === now.getFullYear() ? undefined : "numeric";
  /** @type {Intl.DateTimeFormatOptions} */
  const style = days < 7 ? { weekday: "long" } : { day: "numeric", month: "long", year };
  return new Intl.DateTimeFormat(locale, style).format(day);
}

/**
 * The time today, else the date: as short as possible.
 * @param {string} at
 */
export function shortTimeOf(at, now = new Date()) {
  const day = new Date(at);
  if (midnight(day) >= midnight(now)) return timeOf(at);
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" }).format(day);
}

/** @param {Date} moment */
const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);

/** @param {number} bytes */
export function sizeOf(bytes) {
  const [amount, unit] = bytes < 1024 ** 2 ? [Math.max(1, bytes / 1024), "kilobyte"] : [bytes / 1024 ** 2, "megabyte"];
  const maximumFractionDigits = amount < 10 ? 1 : 0;
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits }).format(amount);
}
