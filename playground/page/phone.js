// The customer's side: one phone for the chosen messenger, with one customer.

/** @import { Arguments, FileArguments, MenuItem, Person } from "./types.js" */

import { makeComposer } from "./composer.js";
import { acceptFiles, avatar, clear, el, icon, iconButton, menu, reconcile } from "./dom.js";
import { chooseFile, readFiles, sampleDocument, samplePhoto } from "./files.js";
import { showMessages } from "./messages.js";
import { act, phoneView } from "./server.js";

const SUGGESTIONS = [
  "Hi! Where is my order? 📦",
  "Do you deliver on Saturdays?",
  "שלום, אפשר לעזור לי? 🙏",
  "Ich möchte etwas zurückgeben",
];
const NAMES = [
  "Noa Levi",
  "Ivan Dimitrov",
  "Léa Martin",
  "Omar Haddad",
  "Sofía Núñez",
  "Yuki Tanaka",
  "Kwame Mensah",
  "Freya Olsen",
];
const LOCATIONS = [
  { latitude: 48.20849, longitude: 16.37208 },
  { latitude: 42.69751, longitude: 23.32415 },
  { latitude: 32.0853, longitude: 34.78177 },
];
const READ_AFTER = 900; // milliseconds

export class Phone {
  /** @param {string} service */
  constructor(service) {
    this.service = service;
    this.chosen = "";
    this.shown = "";
    /** @type {Map<string, string>} the newest message that was reported as read, by person */
    this.read = new Map();
    this.people = el("div", { class: "people", role: "tablist", "aria-label": "Customers" });
    this.title = el("b", { dir: "auto" });
    this.subtitle = el("small", { dir: "auto" });
    this.face = el("span", { class: "face" });
    const label = "Conversation on the phone";
    this.messages = el("div", { class: "messages", role: "log", "aria-label": label, tabindex: "0" });
    const subscribe = () => this.do("subscribe");
    this.banner = el(
      "div",
      { class: "banner", hidden: true },
      "Unsubscribed: the business cannot write here.",
      el("button", { type: "button", class: "link", onclick: subscribe }, "Subscribe again"),
    );
    this.plus = iconButton("plus", "Attach");
    this.composer = makeComposer({
      label: "Message as the customer",
      placeholder: "Message",
      send: (text) => this.do("write", { text }),
      before: this.plus,
    });
    this.screen = this.buildScreen();
    this.node = el(
      "div",
      { class: "phone-wrap", "data-service": service },
      this.people,
      el("div", { class: "phone" }, this.screen),
    );
    acceptFiles(this.screen, (files) => readFiles(files, (file) => this.sendFile(file)));
  }

  buildScreen() {
    const more = iconButton("dots", "More actions");
    const names = el("div", { class: "names" }, this.title, this.subtitle);
    const moreMenu = menu(more, "More actions", () => this.moreItems());
    return el(
      "div",
      { class: "screen" },
      el("header", { class: "phone-head" }, this.face, names, more, moreMenu),
      this.messages,
      this.banner,
      this.composer.form,
      menu(this.plus, "Attach", () => this.attachItems()),
    );
  }

  get view() {
    return phoneView(this.service);
  }

  /** @returns {Person | undefined} */
  get person() {
    const { people } = this.view;
    return people.find((person) => person.id === this.chosen) ?? people[0];
  }

  /**
   * @param {string} action
   * @param {Arguments} [details]
   */
  do(action, details = {}) {
    return act(this.service, action, { person: this.person?.id, ...details });
  }

  /** @param {FileArguments} file */
  sendFile(file) {
    return this.do("send_file", { ...file, caption: this.composer.take() });
  }

  /** @returns {MenuItem[]} */
  attachItems() {
    const location = LOCATIONS[Math.floor(Math.random() * LOCATIONS.length)];
    const contact = { name: "Maria Petrova", phone: "+359881234567" };
    return [
      { icon: "image", label: "Sample photo", act: async () => this.sendFile(await samplePhoto()) },
      { icon: "file", label: "Sample document", act: () => this.sendFile(sampleDocument()) },
      { icon: "clip", label: "Photo or file…", act: () => chooseFile((file) => this.sendFile(file)) },
      { icon: "pin", label: "Location", act: () => this.do("send_location", location) },
      { icon: "card", label: "Contact card", act: () => this.do("send_contact", contact) },
    ];
  }

  /** @returns {MenuItem[]} */
  moreItems() {
    return [
      { icon: "chat", label: "Open the chat again", act: () => this.do("open") },
      { icon: "ticks", label: "Mark as read", act: () => this.do("read") },
      this.person?.subscribed
        ? { icon: "close", label: "Unsubscribe", act: () => this.do("unsubscribe") }
        : { icon: "check", label: "Subscribe", act: () => this.do("subscribe") },
    ];
  }

  async addPerson() {
    const taken = new Set(this.view.people.map((person) => person.name));
    const name = NAMES.find((one) => !taken.has(one)) ?? `Customer ${taken.size + 1}`;
    const result = await act(this.service, "new_person", { name });
    if (result) this.chosen = result.id ?? result.person ?? this.chosen;
    this.update();
    this.composer.focus();
  }

  /** @param {string} person */
  choose(person) {
    this.chosen = person;
    this.update();
    this.composer.focus();
  }

  update() {
    const { person, view } = this;
    this.showPeople(view.people);
    this.composer.disable(!person);
    if (!person) return;
    const account = view.account ?? view.title;
    this.title.textContent = account;
    this.subtitle.textContent = `${person.name}’s phone`;
    this.face.replaceChildren(avatar(account));
    this.banner.hidden = person.subscribed || !person.messages.length;
    this.showConversation(person);
  }

  /** @param {Person[]} people */
  showPeople(people) {
    const items = people.map(({ id, name, avatar: image }) => ({ id, name, image, chosen: id === this.person?.id }));
    const adder = { id: "+", name: "", image: null, chosen: false };
    reconcile(
      this.people,
      [...items, adder],
      (item) => item.id,
      (item) => (item.id === "+" ? this.adder() : this.tab(item)),
    );
  }

  /** @param {{ id: string, name: string, image: string | null, chosen: boolean }} item */
  tab({ id, name, image, chosen }) {
    return el(
      "button",
      {
        type: "button",
        role: "tab",
        class: "person",
        "aria-selected": String(chosen),
        title: name,
        onclick: () => this.choose(id),
      },
      avatar(name, image),
      el("span", { dir: "auto" }, name.split(" ")[0]),
    );
  }

  adder() {
    const label = "Add a customer";
    return el(
      "button",
      { type: "button", class: "person add", "aria-label": label, title: label, onclick: () => this.addPerson() },
      el("span", { class: "avatar" }, icon("plus")),
      el("span", {}, "New"),
    );
  }

  /** @param {Person} person */
  showConversation(person) {
    if (this.shown !== person.id) clear(this.messages);
    this.shown = person.id;
    const isEmpty = !person.messages.length;
    this.messages.classList.toggle("empty", isEmpty);
    if (isEmpty) {
      clear(this.messages);
      this.messages.append(this.emptyState(person));
      return;
    }
    this.messages.querySelector(".empty-state")?.remove();
    showMessages(this.messages, person.messages, {
      isMine: (author) => author === "customer",
      tap: (message, button, card) => this.do("tap", { message, button, card }),
    });
    this.markRead(person);
  }

  /** @param {Person} person */
  emptyState(person) {
    const suggestion = (/** @type {string} */ text) => {
      const write = () => this.do("write", { text });
      return el("button", { type: "button", class: "suggestion", dir: "auto", onclick: write }, text);
    };
    const sendPhoto = async () => this.sendFile(await samplePhoto());
    const photo = el(
      "button",
      { type: "button", class: "suggestion", onclick: sendPhoto },
      icon("image"),
      "Send a photo",
    );
    const text = "Write a message below, or start with one of these. It goes through the bridge to the agent’s desk.";
    return el(
      "div",
      { class: "empty-state" },
      el("h3", {}, `You are ${person.name}`),
      el("p", {}, text),
      el("div", { class: "suggestions" }, SUGGESTIONS.map(suggestion), photo),
    );
  }

  /** @param {Person} person What is on the screen counts as read: it is reported once per new message. */
  markRead(person) {
    const newest = person.messages.findLast(({ author }) => author === "agent" || author === "bot");
    if (!newest || document.hidden || this.read.get(person.id) === newest.id) return;
    const wasReadBefore = !this.read.has(person.id) && newest.status === "read";
    this.read.set(person.id, newest.id);
    if (!wasReadBefore) setTimeout(() => act(this.service, "read", { person: person.id }), READ_AFTER);
  }
}
