// Above the field in which a message is written: which message it answers. It is loaded with the first answer.

/** @import { Quote } from "../types.js" */
/** @import { Composer } from "./composer.js" */

import { el, iconButton, quoteText, t } from "./page.js";

/** @typedef {ReturnType<typeof makeAnswerBar>} AnswerBar */

/** @param {Composer} composer */
export function makeAnswerBar(composer) {
  /** @type {Quote | null} */
  let answered = null;
  const words = el("div", { class: "answered-text", role: "status" });
  const set = (/** @type {Quote | null} */ quote) => {
    answered = quote;
    bar.hidden = !quote;
    words.replaceChildren(...(quote ? quoteText(quote) : []));
  };
  const cancel = () => {
    set(null);
    composer.focus();
  };
  const bar = el("div", { class: "answered", hidden: true }, words, iconButton("close", t("cancel"), cancel));
  composer.form.prepend(bar);
  composer.box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !answered) return;
    event.preventDefault(); // in the widget it would close the chat
    cancel();
  });
  /** The id of the message that is answered, "" for none; after that none is. */
  const take = () => {
    const id = answered?.id ?? "";
    set(null);
    return id;
  };
  return { set, take };
}
