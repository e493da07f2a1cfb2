// A messenger that needs no phone: a shop's web site has it in its pages by its own script, and stands where others have one.

import { avatar, el, icon } from "./dom.js";
import { view } from "./world.js";

const WIDGET = "patchbay-chat"; // the element that the script makes when it has heard from its service

export class Site {
  constructor(service) {
    this.service = service;
    this.frame = el("iframe", {
      class: "shop",
      title: "The shop’s web site, with the chat in it",
      onload: () => this.arrive(),
    });
    this.another = el(
      "a",
      { class: "person add", target: "_blank", rel: "noopener noreferrer", title: "Another visitor, in a new window" },
      el("span", { class: "avatar" }, icon("plus")),
      el("span", {}, "Another visitor"),
    );
    this.alone = el(
      "a",
      {
        class: "person add",
        target: "_blank",
        rel: "noopener noreferrer",
        title: "The chat’s own page, in a new window",
      },
      el("span", { class: "avatar" }, icon("link")),
      el("span", {}, "Own page"),
    );
    const you = el(
      "span",
      { class: "person", "aria-current": "true", title: "A visitor of the shop" },
      avatar("You", null),
      el("span", {}, "You"),
    );
    const people = el(
      "div",
      { class: "people visitors", role: "group", "aria-label": "Visitors" },
      you,
      this.another,
      this.alone,
    );
    this.screen = el("div", { class: "screen" });
    this.node = el(
      "div",
      { class: "phone-wrap", "data-service": service },
      people,
      el("div", { class: "phone" }, this.screen),
    );
    new MutationObserver(() => this.paint()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  /** The shop is loaded when it is looked at, and again after it was put away: the chat remembers its visitor. */
  update() {
    const { shop, page, another } = view(this.service).site;
    this.another.href = another;
    this.alone.href = page;
    if (this.frame.isConnected) return;
    this.frame.src = shop;
    this.screen.append(this.frame);
  }

  /** Nobody looks: the chat is not to ask for news all the time, nor to keep the focus. */
  rest() {
    this.frame.remove();
  }

  /** The shop's page is there, and the chat is in it at once or a little later. */
  arrive() {
    const { contentDocument: page } = this.frame;
    if (!page?.body) return;
    this.paint();
    if (page.querySelector(WIDGET)) return this.open();
    const observer = new MutationObserver(() => {
      if (!page.querySelector(WIDGET)) return;
      observer.disconnect();
      this.open();
    });
    observer.observe(page.body, { childList: true });
  }

  open() {
    this.frame.contentWindow?.PatchbayChat?.open();
  }

  paint() {
    const { theme } = document.documentElement.dataset;
    const page = this.frame.contentDocument?.documentElement;
    if (page && theme) page.dataset.theme = theme;
  }
}
