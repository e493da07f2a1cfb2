// Starts the page with the owner's settings, texts and colour. What is loaded later imports from here.

/** @import { About } from "../types.js" */

import { ApiError, api } from "./api.js";
import { App } from "./app.js";
import { paint } from "./colour.js";
import { backoff } from "./polling.js";
import { stored } from "./storage.js";
import { chooseTexts } from "./texts.js";

export { ApiError, api } from "./api.js";
export { quoteText } from "./bubble.js";
export { emojiOf } from "./changes.js";
export { askForText, confirmErasing } from "./dialogs.js";
export { el, iconButton, moveFocus, placeBeside } from "./dom.js";
export { makeQuote } from "./quotes.js";
export { t } from "./texts.js";

const FIRST_WAIT = 1000;

async function main() {
  fitHeight();
  const about = await loadSettings();
  chooseTexts(about.language);
  paint(document.documentElement, about.colour);
  await new App(about).run();
}

/** The settings of the last visit are used when the service does not respond. */
async function loadSettings() {
  /** @type {import("./storage.js").StoredValue<About>} */
  const last = stored("about");
  for (let failures = 1; ; failures += 1) {
    try {
      const about = await api.about();
      last.set(about);
      return about;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const about = last.get();
      if (about) return about;
      await new Promise((resolve) => setTimeout(resolve, backoff(FIRST_WAIT, failures)));
    }
  }
}

/** A phone's keyboard covers the page without resizing it: the page gets the height that is left above it. */
function fitHeight() {
  const viewport = window.visualViewport;
  viewport?.addEventListener("resize", () => {
    if (viewport.scale === 1) document.documentElement.style.setProperty("--height", `${viewport.height}px`);
  });
}

main();
