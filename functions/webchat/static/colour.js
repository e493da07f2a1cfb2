// The owner's colour, made readable: text on it and text in it have a contrast of at least 4.5, whatever the colour is.

/** @typedef {[red: number, green: number, blue: number]} Colour 0 to 255 each */

const READABLE = 4.5;
/** @type {Record<"light" | "dark", Colour>} The brightest surfaces that text in the colour stands on, see style.css. */
const SURFACES = { light: [255, 255, 255], dark: [30, 32, 39] };
/** @type {Colour} */
const WHITE = [255, 255, 255];
/** @type {Colour} */
const BLACK = [0, 0, 0];
const DEFAULT = "#4454c8";

/**
 * Sets --accent, --on-accent, and --ink-light and --ink-dark: the colour as text on either surface.
 * @param {HTMLElement} root
 * @param {string | undefined} colour
 */
export function paint(root, colour) {
  const hex = colour && /^#[0-9a-f]{6}$/iu.test(colour) ? colour : DEFAULT;
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  /** @type {Colour} */
  const accent = [red, green, blue];
  root.style.setProperty("--accent", hex);
  root.style.setProperty("--on-accent", textOn(accent));
  root.style.setProperty("--ink-light", css(readable(accent, BLACK, SURFACES.light)));
  root.style.setProperty("--ink-dark", css(readable(accent, WHITE, SURFACES.dark)));
}

/**
 * White where it is readable, else black: one of them always is.
 * @param {Colour} accent
 */
export function textOn(accent) {
  return contrast(accent, WHITE) >= READABLE ? "#ffffff" : "#000000";
}

/**
 * `colour` with as little of `end` mixed in as makes it readable on `surface`.
 * @param {Colour} colour
 * @param {Colour} end
 * @param {Colour} surface
 */
function readable(colour, end, surface) {
  for (let share = 0; share < 1; share += 0.05) {
    const mix = (/** @type {0 | 1 | 2} */ part) => Math.round(colour[part] + (end[part] - colour[part]) * share);
    /** @type {Colour} */
    const mixed = [mix(0), mix(1), mix(2)];
    if (contrast(mixed, surface) >= READABLE + 0.7) return mixed;
  }
  return end;
}

/**
 * The contrast of two colours as WCAG 2 defines it: 1 to 21.
 * @param {Colour} one
 * @param {Colour} other
 */
export function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** @param {Colour} colour */
function luminance(colour) {
  const [red, green, blue] = colour.map((part) =>
    part <= 10 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {Colour} colour */
const css = (colour) => `rgb(${colour.join(" ")})`;
