// What the page says, in the visitor's language where it is known, else in the owner's.

const LANGUAGES = ["en", "de", "fr", "es", "fi"];

let words = {};
let language = "en";
let locale = "en"; // with the country, where the browser says it: it decides how times are written

/** Loads the texts. `owners` is the language of the connection. */
export async function speak(owners) {
  const wanted = [...navigator.languages, owners, "en"].map((name) => String(name).slice(0, 2).toLowerCase());
  language = wanted.find((name) => LANGUAGES.includes(name));
  words = (await import(`./texts-${language}.js`)).default;
  locale = navigator.languages.find((name) => name.startsWith(language)) ?? language;
  document.documentElement.lang = language;
}

/** A text by its name, with its {places} filled. */
export function say(name, places = {}) {
  return words[name].replace(/\{(\w+)\}/gu, (_, place) => places[place]);
}

export const timeOf = (at) =>
  new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" }).format(new Date(at));

/** Today, yesterday, a weekday or a date. */
export function dayOf(at, now = new Date()) {
  const day = new Date(at);
  const days = Math.round((midnight(now) - midnight(day)) / 86_400_000);
  if (days <= 0) return say("today");
  if (days === 1) return say("yesterday");
  const style =
    days < 7
      ? { weekday: "long" }
      : { day: "numeric", month: "long", year: day.getFullYear() === now.getFullYear() ? undefined : "numeric" };
  return new Intl.DateTimeFormat(locale, style).format(day);
}

/** When a chat was last written in, in as few characters as will do. */
export function whenOf(at, now = new Date()) {
  const day = new Date(at);
  if (midnight(day) >= midnight(now)) return timeOf(at);
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" }).format(day);
}

const midnight = (moment) => new Date(moment).setHours(0, 0, 0, 0);

export function sizeOf(bytes) {
  const [amount, unit] = bytes < 1024 ** 2 ? [Math.max(1, bytes / 1024), "kilobyte"] : [bytes / 1024 ** 2, "megabyte"];
  return new Intl.NumberFormat(locale, { style: "unit", unit, maximumFractionDigits: amount < 10 ? 1 : 0 }).format(
    amount,
  );
}
