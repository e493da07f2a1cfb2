// What is offered on a phone: with a message, and besides writing. The owner of the business has a phone, too.

/** @import { Arguments, MenuItem, Message, Person, PhoneView } from "./types.js" */

const OWNER_SAYS = "I am on my way, see you at ten.";

/**
 * @param {PhoneView} view
 * @param {Person} person
 * @param {(action: string, details?: Arguments) => unknown} act
 * @param {() => unknown} openTemplates
 * @returns {MenuItem[]}
 */
export function personItems({ tools = [] }, person, act, openTemplates) {
  const { visibility, online, stopped_marketing: stopped } = person;
  /** @type {(MenuItem & { tool: string, is?: boolean })[]} */
  const all = [
    {
      tool: "numbers",
      icon: "phone",
      label: "Show the number",
      is: visibility !== "shown",
      act: () => act("show_phone"),
    },
    {
      tool: "numbers",
      icon: "person",
      label: "Hide the number",
      is: visibility !== "hidden",
      act: () => act("hide_phone"),
    },
    {
      tool: "numbers",
      icon: "question",
      label: "Let the number come and go",
      is: visibility !== "changing",
      act: () => act("change_phone"),
    },
    { tool: "numbers", icon: "again", label: "Change the number", act: () => act("change_number") },
    { tool: "marketing", icon: "bell", label: "Stop marketing", is: !stopped, act: () => act("stop_marketing") },
    { tool: "marketing", icon: "bell", label: "Resume marketing", is: stopped, act: () => act("resume_marketing") },
    { tool: "offline", icon: "offline", label: "Go offline", is: online, act: () => act("go_offline") },
    { tool: "offline", icon: "check", label: "Go online", is: !online, act: () => act("go_online") },
    {
      tool: "owner",
      icon: "shop",
      label: "The owner answers on the phone",
      act: () => act("owner_writes", { text: OWNER_SAYS }),
    },
    { tool: "templates", icon: "note", label: "Templates", act: openTemplates },
  ];
  return all.filter(({ tool, is = true }) => is && tools.includes(tool));
}

/**
 * @param {string[]} tools what the messenger has besides the usual
 * @param {Message} message
 * @param {(purpose: "answer" | "edit") => unknown} begin
 * @param {() => unknown} remove
 * @returns {MenuItem[]}
 */
export function messageItems(tools, message, begin, remove) {
  if (message.deleted) return [];
  const mine = message.author === "customer";
  const canEdit = mine && Boolean(message.text) && !message.location;
  /** @type {(MenuItem & { tool: string, is: boolean })[]} */
  const all = [
    { tool: "answer", icon: "reply", label: "Answer", is: true, act: () => begin("answer") },
    { tool: "edit", icon: "pen", label: "Edit", is: canEdit, act: () => begin("edit") },
    { tool: "delete", icon: "trash", label: "Delete", is: mine, act: remove },
  ];
  return all.filter(({ tool, is }) => is && tools.includes(tool));
}

/** @param {Person} person How the business knows them, where that is not only by their name. */
export function describeNumber({ phone, username, visibility }) {
  if (!visibility) return "";
  if (visibility === "hidden") return `${username ?? ""}, number hidden`;
  return visibility === "changing" ? `${phone}, comes and goes` : `${phone}`;
}
