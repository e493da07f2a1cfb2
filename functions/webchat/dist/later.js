// emoji.js
import { el, t } from "./page.js";
var COLUMNS = 8;
var CHOICE = [
  ..."😀😄😅😂🙂😉😊😍",
  ..."😘😎🤔😐🙄😴😢😭",
  ..."😡😱🥳🤗🤩😇🤝🙏",
  ..."👍👎👌👏🙌💪👋🤞",
  ..."❤💛💚💙💜🔥⭐✨",
  ..."🎉🎁🌷☀🌈☕🍕🎂",
  ..."✅❌❓❗⚠⏰📅📍",
  ..."📦🚚🏠🚗💳📷📞💡"
].map((emoji) => /\p{Emoji_Presentation}/u.test(emoji) ? emoji : `${emoji}️`);
var STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: COLUMNS, ArrowUp: -COLUMNS };
function makeEmojiPicker(button, use) {
  const choices = CHOICE.map((emoji, index) => el("button", { type: "button", tabindex: index ? "-1" : "0" }, emoji));
  const panel = el("div", { class: "emoji", popover: "auto", role: "group", "aria-label": t("emoji") }, choices);
  const focus = (chosen) => {
    for (const choice of choices) choice.setAttribute("tabindex", choice === chosen ? "0" : "-1");
    chosen.focus();
  };
  let closedAt = 0;
  const open = () => {
    panel.showPopover();
    placeAbove(panel, button);
    focus(choices.find((choice) => choice.getAttribute("tabindex") === "0") ?? choices[0]);
  };
  button.addEventListener("click", (event) => {
    if (event.detail && event.timeStamp - closedAt < 250) return;
    open();
  });
  panel.addEventListener("toggle", ({ newState }) => {
    button.setAttribute("aria-expanded", String(newState === "open"));
    if (newState === "closed") closedAt = performance.now();
  });
  for (const choice of choices) {
    choice.addEventListener("click", () => {
      panel.hidePopover();
      use(choice.textContent);
    });
  }
  panel.addEventListener("keydown", (event) => {
    const current = choices.indexOf(
      /** @type {HTMLButtonElement} */
      event.target
    );
    const next = nextIndex(current, event.key);
    if (current < 0 || next === null) return;
    event.preventDefault();
    if (choices[next]) focus(choices[next]);
  });
  return { panel, open };
}
function nextIndex(current, key) {
  if (key === "Home") return 0;
  if (key === "End") return CHOICE.length - 1;
  return key in STEPS ? current + STEPS[key] : null;
}
function placeAbove(panel, button) {
  const anchor = button.getBoundingClientRect();
  const { width, height } = panel.getBoundingClientRect();
  panel.style.left = `${Math.max(8, Math.min(anchor.right - width, innerWidth - width - 8))}px`;
  panel.style.top = `${Math.max(8, anchor.top - height - 10)}px`;
}

// answer-bar.js
import { el as el2, iconButton, quoteText, t as t2 } from "./page.js";
function makeAnswerBar(composer) {
  let answered = null;
  const words = el2("div", { class: "answered-text", role: "status" });
  const set = (quote) => {
    answered = quote;
    bar.hidden = !quote;
    words.replaceChildren(...quote ? quoteText(quote) : []);
  };
  const cancel = () => {
    set(null);
    composer.focus();
  };
  const bar = el2("div", { class: "answered", hidden: true }, words, iconButton("close", t2("cancel"), cancel));
  composer.form.prepend(bar);
  composer.box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !answered) return;
    event.preventDefault();
    cancel();
  });
  const take = () => {
    const id = answered?.id ?? "";
    set(null);
    return id;
  };
  return { set, take };
}

// message-actions.js
import { ApiError, api, askForText, confirmErasing, emojiOf, makeQuote, t as t4 } from "./page.js";

// reaction-picker.js
import { el as el3, moveFocus, placeBeside, t as t3 } from "./page.js";
function makeReactionPicker(emojis) {
  let use = (_emoji) => {
  };
  const choices = emojis.map((emoji) => el3("button", { type: "button", onclick: () => choose(emoji) }, emoji));
  const panel = el3("div", { class: "emoji", popover: "auto", role: "group", "aria-label": t3("react") }, choices);
  const choose = (emoji) => {
    panel.hidePopover();
    use(emoji);
  };
  panel.addEventListener("keydown", (event) => moveFocus(event, choices, ["ArrowLeft", "ArrowRight"]));
  const open = (anchor, current, act) => {
    use = act;
    for (const choice of choices) choice.setAttribute("aria-pressed", String(choice.textContent === current));
    panel.showPopover();
    placeBeside(panel, anchor, anchor.closest(".mine") ? "end" : "start");
    (choices.find((choice) => choice.textContent === current) ?? choices[0]).focus();
  };
  return { panel, open };
}

// message-actions.js
var MessageActions = class {
  /** @param {Conversation} conversation */
  constructor(conversation) {
    this.conversation = conversation;
    this.picker = makeReactionPicker(conversation.about.reactions ?? []);
    conversation.node.append(this.picker.panel);
  }
  /** @param {ShownMessage} message */
  async edit({ id, text }) {
    const { chat, about, list } = this.conversation;
    const saved = await askForText({
      title: t4("edit_title"),
      label: t4("message"),
      missing: t4("text_missing"),
      value: text,
      limit: about.text_limit,
      multiline: true,
      save: async (changed) => this.conversation.add(await api.editMessage(chat.id, id, changed))
    });
    if (saved) list.box.focus();
  }
  /** @param {ShownMessage} message */
  async remove({ id }) {
    if (!await confirmErasing(t4("delete_title"), t4("delete_text"), t4("delete"))) return;
    const { chat, transcript, list } = this.conversation;
    if (await this.#try(api.deleteMessage(chat.id, id)) === void 0) return;
    transcript.messages.delete(id);
    this.conversation.show();
    this.conversation.announce(t4("message_deleted"));
    list.box.focus();
  }
  /**
   * The same reaction again takes it away.
   * @param {ShownMessage} message
   * @param {HTMLElement} anchor
   */
  react(message, anchor) {
    const { chat, transcript } = this.conversation;
    const current = emojiOf(transcript.messages.get(message.id) ?? message, true);
    const act = async (emoji) => {
      const changed = await this.#try(api.react(chat.id, message.id, emoji === current ? "" : emoji));
      if (changed) this.conversation.add(changed);
    };
    this.picker.open(anchor, current, act);
  }
  /** @param {ShownMessage} message */
  answer(message) {
    const { composer } = this.conversation;
    composer.answer ??= makeAnswerBar(composer);
    composer.answer.set(makeQuote(message.id, message));
    composer.focus();
  }
  /**
   * Shows the message with this id, which may be some pages back.
   * @param {string} id
   */
  async jump(id) {
    const { list, transcript } = this.conversation;
    while (!list.jump(id)) {
      const before = transcript.earlier;
      if (!before) return;
      await this.conversation.loadEarlier();
      if (transcript.earlier === before) return;
    }
  }
  /**
   * The answer of a call; undefined when it was refused, which is explained beside the field.
   * @template Answer
   * @param {Promise<Answer>} call
   * @returns {Promise<Answer | undefined>}
   */
  async #try(call) {
    try {
      return await call;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.conversation.composer.showProblem(t4(error.code === "too_many" ? "busy" : "did_not_work"));
      return void 0;
    }
  }
};
export {
  MessageActions,
  makeEmojiPicker
};
