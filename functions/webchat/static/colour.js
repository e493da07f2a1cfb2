// The owner's colour, made readable: text on it and text in it keep a contrast of 4.5 whatever the colour is.

const READABLE = 4.5;
const SURFACES = { light: [255, 255, 255], dark: [30, 32, 39] }; // the brightest a text in the colour stands on, see style.css
const WHITE = [255, 255, 255];
const BLACK = [0, 0, 0];
const FALLBACK = "#4454c8";

/** Sets --accent, --on-accent, and --ink-light and --ink-dark: the colour as text on either surface. */
export function paint(root, colour) {
  const hex = /^#[0-9a-f]{6}$/iu.test(colour ?? "") ? colour : FALLBACK;
  const accent = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  root.style.setProperty("--accent", hex);
  root.style.setProperty("--on-accent", textOn(accent));
  root.style.setProperty("--ink-light", css(towards(accent, BLACK, SURFACES.light)));
  root.style.setProperty("--ink-dark", css(towards(accent, WHITE, SURFACES.dark)));
}

/** White where it is readable, else black: one of them always is. */
export function textOn(accent) {
  return contrast(accent, WHITE) >= READABLE ? "#ffffff" : "#000000";
}

/** `colour` mixed with as little of `end` as makes it readable on `surface`. */
function towards(colour, end, surface) {
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = colour.map((part, index) => Math.round(part + (end[index] - part) * share));
    if (contrast(mixed, surface) >= READABLE + 0.7) return mixed;
  }
  return end;
}

/** The contrast of two colours as WCAG 2 defines it: 1 to 21. */
export function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(colour) {
  const [red, green, blue] = colour.map((part) =>
    part <= 10 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const css = (colour) => `rgb(${colour.join(" ")})`;
