// A messenger without a phone: a shop's web site with the chat's script in its pages, in the phone's place.

import { avatar, el, icon, NEW_TAB } from "./dom.js";
import { siteView } from "./server.js";

const WIDGET = "patchbay-chat"; // the element that the script adds once its service has responded

export class Site {
  /** @param {string} service */
  constructor(service) {
    this.service = service;
    const title = "The shop’s web site, with the chat";
    this.frame = el("iframe", { class: "shop", title, onload: () => this.onLoad() });
    this.another = personLink("plus", "Another visitor", "Another visitor, in a new window");
    this.chatPage = personLink("link", "Chat page", "The chat’s own page, in a new window");
    const attributes = { class: "person", "aria-current": "true", title: "A visitor of the shop" };
    const you = el("span", attributes, avatar("You"), el("span", {}, "You"));
    const people = el(
      "div",
      { class: "people visitors", role: "group", "aria-label": "Visitors" },
      you,
      this.another,
      this.chatPage,
    );
    this.screen = el("div", { class: "screen" });
    const phone = el("div", { class: "phone" }, this.screen);
    this.node = el("div", { class: "phone-wrap", "data-service": service }, people, phone);
    new MutationObserver(() => this.applyTheme()).observe(document.documentElement, {
      attributeFilter: ["data-theme"],
    });
  }

  /** The shop is loaded each time it becomes visible: the chat remembers its visitor. */
  update() {
    const { shop, page, another } = siteView(this.service).site;
    this.another.href = another;
    this.chatPage.href = page;
    if (this.frame.isConnected) return;
    this.frame.src = shop;
    this.screen.append(this.frame);
  }

  /** The shop is not visible: its chat must not poll, nor keep the focus. */
  rest() {
    this.frame.remove();
  }

  /** The shop's page is loaded. The chat appears in it at once or a little later. */
  onLoad() {
    const { contentDocument: page } = this.frame;
    if (!page?.body) return;
    this.applyTheme();
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

  applyTheme() {
    const { theme } = document.documentElement.dataset;
    const page = this.frame.contentDocument?.documentElement;
    if (page && theme) page.dataset.theme = theme;
  }
}

/**
 * @param {Parameters<typeof icon>[0]} name
 * @param {string} label
 * @param {string} title
 */
function personLink(name, label, title) {
  const sign = el("span", { class: "avatar" }, icon(name));
  return el("a", { class: "person add", title, ...NEW_TAB }, sign, el("span", {}, label));
}
