// What a desk shows before there is a conversation: what to do first.

/** @import { App, DeskView } from "./types.js" */

import { installLink } from "./apps.js";
import { el, icon } from "./dom.js";
import { canBeLinked, linkedElsewhere } from "./link-menu.js";

/**
 * First an app is installed, then a messenger is linked to the platform, then a customer writes.
 * @param {DeskView} view
 * @returns {{ title: string, text: string, app?: App }}
 */
export function firstStep({ apps, service, title }) {
  const elsewhere = linkedElsewhere(service);
  if (apps?.length && !apps.some(({ installed }) => installed)) {
    const text = `Messages reach ${title} through an app. Install it as a business user and allow access.`;
    return { title: "Install the app first", text, app: apps[0] };
  }
  if (elsewhere && canBeLinked(service)) {
    const text = `The phone’s messages go to ${elsewhere}. Choose ${title} above the phone, then write a message.`;
    return { title: "No conversations yet", text };
  }
  const text = "Write a message on the customer’s phone. It opens a conversation here, and you can reply.";
  return { title: "No conversations yet", text };
}

/** @param {ReturnType<typeof firstStep>} step */
export function emptyState({ title, text, app }) {
  return el(
    "div",
    { class: "empty-state" },
    el("span", { class: "empty-icon" }, icon(app ? "plug" : "chat")),
    el("h3", {}, title),
    el("p", {}, text),
    app ? installLink(app) : null,
  );
}
