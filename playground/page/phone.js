// The customer's side: one phone for the messenger that is chosen, one person holding it.

import { showMessages } from "./bubbles.js";
import { makeComposer } from "./composer.js";
import { avatar, el, icon, iconButton, menu, reconcile } from "./dom.js";
import { acceptFiles, chooseFile, sampleDocument, samplePhoto } from "./files.js";
import { act, view } from "./world.js";

const SUGGESTIONS = [
  "Hi! Where is my order? 📦",
  "Do you deliver on Saturdays?",
  "שלום, אפשר לעזור לי? 🙏",
  "Ich möchte etwas zurückgeben",
];
const PLACES = [
  { latitude: 48.20849, longitude: 16.37208 },
  { latitude: 42.69751, longitude: 23.32415 },
  { latitude: 32.0853, longitude: 34.78177 },
];

export class Phone {
  constructor(service) {
    this.service = service;
    this.chosen = "";
    this.read = new Map();
    this.build();
  }

  build() {
    this.people = el("div", { class: "people", role: "tablist", "aria-label": "People" });
    this.title = el("b", { dir: "auto" });
    this.subtitle = el("small", { dir: "auto" });
    this.face = el("span", { class: "face" });
    const more = iconButton("dots", "More that this person can do", null);
    this.messages = el("div", {
      class: "messages",
      role: "log",
      "aria-label": "The conversation on the phone",
      tabindex: "0",
    });
    this.banner = el(
      "div",
      { class: "banner", hidden: true },
      "Unsubscribed: the company cannot write here.",
      el("button", { type: "button", class: "link", onclick: () => this.do("subscribe") }, "Subscribe again"),
    );
    const plus = iconButton("plus", "Attach something", null);
    this.composer = makeComposer({
      label: "Message as the customer",
      placeholder: "Message",
      send: (text) => this.do("write", { text }),
      before: plus,
    });
    this.screen = el(
      "div",
      { class: "screen" },
      el(
        "header",
        { class: "phone-head" },
        this.face,
        el("div", { class: "names" }, this.title, this.subtitle),
        more,
        menu(more, () => this.moreItems(), "More"),
      ),
      this.messages,
      this.banner,
      this.composer.form,
      menu(plus, () => this.attachItems(), "Attach"),
    );
    acceptFiles(this.screen, (file) => this.sendFile(file));
    this.node = el(
      "div",
      { class: "phone-wrap", "data-service": this.service },
      this.people,
      el("div", { class: "phone" }, this.screen),
    );
  }

  get person() {
    const { people } = view(this.service);
    return people.find((person) => person.id === this.chosen) ?? people[0];
  }

  do(action, order = {}) {
    return act(this.service, action, { person: this.person?.id, ...order });
  }

  sendFile(file) {
    return this.do("send_file", { ...file, caption: this.composer.take() });
  }

  attachItems() {
    const place = PLACES[Math.floor(Math.random() * PLACES.length)];
    return [
      { icon: "image", label: "Sample photo", act: async () => this.sendFile(await samplePhoto()) },
      { icon: "file", label: "Sample document", act: () => this.sendFile(sampleDocument()) },
      { icon: "clip", label: "Photo or file…", act: () => chooseFile("", (file) => this.sendFile(file)) },
      { icon: "pin", label: "Location", act: () => this.do("send_location", place) },
      {
        icon: "card",
        label: "Contact card",
        act: () => this.do("send_contact", { name: "Maria Petrova", phone: "+359881234567" }),
      },
    ];
  }

  moreItems() {
    const subscribed = this.person?.subscribed;
    return [
      { icon: "chat", label: "Open the chat anew", act: () => this.do("open") },
      { icon: "ticks", label: "Mark as read", act: () => this.do("read") },
      subscribed
        ? { icon: "close", label: "Unsubscribe", act: () => this.do("unsubscribe") }
        : { icon: "check", label: "Subscribe", act: () => this.do("subscribe") },
    ];
  }

  async addPerson() {
    const names = [
      "Noa Levi",
      "Ivan Dimitrov",
      "Léa Martin",
      "Omar Haddad",
      "Sofía Núñez",
      "Yuki Tanaka",
      "Kwame Mensah",
      "Freya Olsen",
    ];
    const taken = new Set(view(this.service).people.map((person) => person.name));
    const name = names.find((one) => !taken.has(one)) ?? `Customer ${taken.size + 1}`;
    const answer = await act(this.service, "new_person", { name });
    if (answer) this.chosen = answer.id ?? answer.person ?? this.chosen;
    this.update();
    this.composer.focus();
  }

  choose(person) {
    this.chosen = person;
    this.update();
    this.composer.focus();
  }

  update() {
    const current = view(this.service);
    this.showPeople(current.people);
    const person = this.person;
    this.composer.disable(!person);
    if (!person) return;
    this.title.textContent = current.account ?? current.title;
    this.subtitle.textContent = `${person.name}’s phone`;
    this.face.replaceChildren(avatar(current.account ?? current.title, null));
    this.banner.hidden = person.subscribed || !person.messages.length;
    this.showConversation(person);
  }

  showPeople(people) {
    const items = people.map(({ id, name, avatar: picture }) => ({
      id,
      name,
      picture,
      chosen: id === this.person?.id,
    }));
    reconcile(
      this.people,
      [...items, { id: "+" }],
      (item) => item.id,
      (item) => (item.id === "+" ? this.adder() : this.tab(item)),
    );
  }

  tab({ id, name, picture, chosen }) {
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
      avatar(name, picture),
      el("span", { dir: "auto" }, name.split(" ")[0]),
    );
  }

  adder() {
    return el(
      "button",
      {
        type: "button",
        class: "person add",
        "aria-label": "Add another customer",
        title: "Add another customer",
        onclick: () => this.addPerson(),
      },
      el("span", { class: "avatar" }, icon("plus")),
      el("span", {}, "New"),
    );
  }

  showConversation(person) {
    if (this.shownPerson !== person.id) {
      this.messages.replaceChildren();
      this.messages.made = undefined;
      this.shownPerson = person.id;
    }
    const empty = !person.messages.length;
    this.messages.classList.toggle("empty", empty);
    if (empty) {
      this.messages.made = undefined;
      this.messages.replaceChildren(this.emptyState(person));
      return;
    }
    this.messages.querySelector(".empty-state")?.remove();
    const tap = (message, button, card) => this.do("tap", { message, button, card });
    showMessages(this.messages, person.messages, { mine: (author) => author === "customer", tap });
    this.markRead(person);
  }

  emptyState(person) {
    const chip = (text) =>
      el(
        "button",
        { type: "button", class: "suggestion", dir: "auto", onclick: () => this.do("write", { text }) },
        text,
      );
    const photo = el(
      "button",
      { type: "button", class: "suggestion", onclick: async () => this.sendFile(await samplePhoto()) },
      icon("image"),
      "Send a photo",
    );
    return el(
      "div",
      { class: "empty-state" },
      el("h3", {}, `Be ${person.name}`),
      el(
        "p",
        {},
        "Write anything below, or start with one of these. It travels through the bridge to the desk on the right.",
      ),
      el("div", { class: "suggestions" }, SUGGESTIONS.map(chip), photo),
    );
  }

  /** Someone who looks at the phone has read what is on it: the service hears so once per new message. */
  markRead(person) {
    const newest = person.messages.findLast((message) => message.author === "agent" || message.author === "bot");
    if (!newest || document.hidden || this.read.get(person.id) === newest.id) return;
    const first = !this.read.has(person.id) && newest.status === "read";
    this.read.set(person.id, newest.id);
    if (!first) setTimeout(() => act(this.service, "read", { person: person.id }), 900);
  }
}
