// What a visitor does to a message of an open chat. It is loaded when the menu of a message is first used.

/** @import { ShownMessage } from "../types.js" */
/** @import { Conversation } from "./conversation.js" */

import { makeAnswerBar } from "./answer-bar.js";
import { ApiError, api, askForText, confirmErasing, emojiOf, makeQuote, t } from "./page.js";
import { makeReactionPicker } from "./reaction-picker.js";

export class MessageActions {
  /** @param {Conversation} conversation */
  constructor(conversation) {
    this.conversation = conversation;
    this.picker = makeReactionPicker(conversation.about.reactions ?? []); // the settings of an earlier visit have none
    conversation.node.append(this.picker.panel);
  }

  /** @param {ShownMessage} message */
  async edit({ id, text }) {
    const { chat, about, list } = this.conversation;
    const saved = await askForText({
      title: t("edit_title"),
      label: t("message"),
      missing: t("text_missing"),
      value: text,
      limit: about.text_limit,
      multiline: true,
      save: async (changed) => this.conversation.add(await api.editMessage(chat.id, id, changed)),
    });
    if (saved) list.box.focus(); // the button that had the focus was replaced
  }

  /** @param {ShownMessage} message */
  async remove({ id }) {
    if (!(await confirmErasing(t("delete_title"), t("delete_text"), t("delete")))) return;
    const { chat, transcript, list } = this.conversation;
    if ((await this.#try(api.deleteMessage(chat.id, id))) === undefined) return;
    transcript.messages.delete(id);
    this.conversation.show();
    this.conversation.announce(t("message_deleted"));
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
    const act = async (/** @type {string} */ emoji) => {
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
      if (transcript.earlier === before) return; // it did not work
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
      this.conversation.composer.showProblem(t(error.code === "too_many" ? "busy" : "did_not_work"));
      return undefined;
    }
  }
}
