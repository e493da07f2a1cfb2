// One message, with who wrote it, when, and what became of it.

import { makeMenu } from "./ask.js";
import { avatar, el, icon, spoken } from "./dom.js";
import { attachment, buttons, cards, location, text } from "./parts.js";
import { say, timeOf } from "./texts.js";

const MOST_NAMED = 40; // characters of a message that stand for it where its options are named
const SIGNS = { waiting: "clock", sending: "clock", sent: "check", delivered: "ticks", read: "ticks", failed: "warn" };

/**
 * The node of a message (that of the other side has a sender with a name), and `update(message)` for what may change while it stays as it is: its state and progress.
 * `acts` are tap(message, button), retry(message), discard(message), edit(message) and remove(message).
 */
export function makeBubble(message, { follows, acts }) {
  const status = el("span", { class: "ticks", role: "img" });
  const remedies = el("div", { class: "remedies" });
  const bar = el("progress", {
    max: "1",
    "aria-label": say("uploading", { name: message.attachment?.name ?? "" }),
    hidden: true,
  });
  const tap = (button) => acts.tap(message, button);
  const parts = [attachment(message.attachment), location(message.location), text(message.text)].filter(Boolean);
  const foot = el(
    "span",
    { class: "foot" },
    message.edited ? el("span", { class: "edited" }, say("edited")) : null,
    el("time", { datetime: message.at }, timeOf(message.at)),
    message.mine ? status : null,
  );
  const bubble = el(
    "div",
    { class: message.attachment?.kind === "image" ? "bubble with-picture" : "bubble" },
    parts,
    bar,
    foot,
  );
  const own = message.mine && !message.unsent ? el("div", { class: "own" }, options(message, acts), bubble) : bubble;
  const stack = el(
    "div",
    { class: "stack" },
    author(message, follows),
    parts.length || !message.cards?.length ? own : null,
    cards(message.cards, message.tapped, tap),
    buttons(message.buttons, message.tapped, tap),
    remedies,
  );
  const classes = ["message", message.mine ? "mine" : "theirs", follows ? "follows" : ""].join(" ").trim();
  const node = el("article", { class: classes }, message.mine ? null : avatar(message.sender.name), stack);
  const update = (now) => {
    node.classList.toggle("undelivered", now.state === "failed");
    showState(status, now.state);
    showProgress(bar, now);
    showFailure(remedies, now, acts);
  };
  update(message);
  return { node, update };
}

/** What the visitor may still do with a message that was taken. */
function options(message, acts) {
  const words = message.text || message.attachment?.name || "";
  const short = [...words].length > MOST_NAMED ? `${[...words].slice(0, MOST_NAMED).join("")}…` : words;
  const edit = { icon: "pen", label: say("edit"), act: () => acts.edit(message), writes: true };
  const remove = { icon: "trash", label: say("delete"), act: () => acts.remove(message) };
  return makeMenu(say("message_options", { text: short }), [...(message.text ? [edit] : []), remove]);
}

function author(message, follows) {
  if (message.mine) return spoken(`${say("you")}: `);
  const bot = message.sender.bot ? el("small", { class: "bot" }, say("automatic")) : null;
  return el("span", { class: follows ? "author spoken" : "author", dir: "auto" }, message.sender.name, bot);
}

function showState(status, state) {
  if (status.dataset.state === state) return;
  status.dataset.state = state;
  status.setAttribute("aria-label", say(state));
  status.title = say(state);
  status.replaceChildren(icon(SIGNS[state]));
}

function showProgress(bar, { state, progress }) {
  bar.hidden = state !== "sending" || progress === undefined;
  if (progress !== undefined) bar.value = progress;
}

/** Words are put in once: what is read aloud is what comes new. */
function showFailure(remedies, message, acts) {
  const failed = message.mine && message.state === "failed";
  if (failed === Boolean(remedies.childElementCount)) return;
  remedies.replaceChildren();
  if (!failed) return;
  remedies.append(
    el("p", { class: "failure", dir: "auto" }, message.explained ?? explain(message)),
    ...remediesOf(message, acts),
  );
}

/** In the visitor's words: `reason` is a code. */
function explain({ reason, attachment: file }) {
  if (reason === "file_gone") return say("failed_file_gone");
  return say(file ? "failed_file_refused" : "failed_refused");
}

function remediesOf(message, acts) {
  const remedy = (name, sign, act) =>
    el("button", { type: "button", class: "remedy", onclick: () => act(message) }, icon(sign), say(name));
  return [
    message.repeatable ? remedy("try_again", "again", acts.retry) : null,
    message.unsent ? remedy("discard", "trash", acts.discard) : null,
  ].filter(Boolean);
}
