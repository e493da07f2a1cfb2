// Starts the page: what the owner has set, in which language, in which colour.

import { api, Refused } from "./api.js";
import { App } from "./app.js";
import { paint } from "./colour.js";
import { patience } from "./pulse.js";
import { kept } from "./storage.js";
import { speak } from "./texts.js";

const FIRST_WAIT = 1000;

async function main() {
  fitHeight();
  const about = await learn();
  await speak(about.language);
  paint(document.documentElement, about.colour);
  await new App(about).run();
}

/** What was learned last will do when the service does not answer. */
async function learn() {
  const last = kept("about");
  for (let failures = 1; ; failures += 1) {
    try {
      const about = await api.about();
      last.set(about);
      return about;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (last.get()) return last.get();
      await new Promise((resolve) => setTimeout(resolve, patience(FIRST_WAIT, failures)));
    }
  }
}

/** The keys of a phone cover the page without making it smaller: what is left above them is the page's height. */
function fitHeight() {
  const seen = window.visualViewport;
  const fit = () => seen.scale === 1 && document.documentElement.style.setProperty("--height", `${seen.height}px`);
  seen?.addEventListener("resize", fit);
}

main();
