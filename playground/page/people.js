// The customers of a messenger, as tabs above the phone, and a button that adds one.

/** @import { Person } from "./types.js" */

import { avatar, el, icon, reconcile } from "./dom.js";

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

/** @param {Person[]} people A name for one more. */
export function newName(people) {
  const taken = new Set(people.map((person) => person.name));
  return NAMES.find((one) => !taken.has(one)) ?? `Customer ${taken.size + 1}`;
}

export class People {
  /**
   * @param {(person: string) => void} choose
   * @param {() => unknown} add
   */
  constructor(choose, add) {
    this.choose = choose;
    this.add = add;
    this.tabs = el("div", { role: "tablist", "aria-label": "Customers" });
    this.node = el("div", { class: "people" }, this.tabs, this.adder());
  }

  /**
   * @param {Person[]} people
   * @param {string | undefined} chosen
   */
  update(people, chosen) {
    const items = people.map(({ id, name, avatar: image }) => ({ id, name, image, chosen: id === chosen }));
    reconcile(
      this.tabs,
      items,
      (item) => item.id,
      (item) => this.tab(item),
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
    const label = "New: add a customer"; // it begins with what is written on it
    return el(
      "button",
      { type: "button", class: "person add", "aria-label": label, title: "Add a customer", onclick: () => this.add() },
      el("span", { class: "avatar" }, icon("plus")),
      el("span", {}, "New"),
    );
  }
}
