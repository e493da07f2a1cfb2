// Notifications while the page is closed: offered once a visitor has written, and never without a click. The visitor can
// turn them off in the menu of their chats. In the frame of another site browsers allow none, so nothing is offered there.

/** @import { About, TextName } from "../types.js" */

import { ApiError, api } from "./api.js";
import { el } from "./dom.js";
import { inFrame } from "./frame.js";
import { stored } from "./storage.js";
import { t } from "./texts.js";

const REFRESH_EVERY = 86_400_000; // milliseconds: a subscription ends with the visitor's retention time
const SHOWN_FOR = 8000; // milliseconds
const PAGE = new URL(document.baseURI).pathname.replace(/\/$/u, "");

/** @typedef {{ isOn: boolean, id?: string, key?: string, at?: number }} Choice */

export class PushOffer {
  /** @param {About} about */
  constructor(about) {
    this.isOffered = about.push && !inFrame && canNotify();
    /** @type {import("./storage.js").StoredValue<Choice>} */
    this.choice = stored("push");
    const yes = el("button", { type: "button", class: "button", onclick: () => this.turnOn() }, t("push_yes"));
    const no = el("button", { type: "button", class: "button", onclick: () => this.#decline() }, t("push_no"));
    this.bar = el("div", { class: "notice offer", role: "status", hidden: true });
    this.timer = 0;
    this.answers = [el("span", {}, t("push_offer")), yes, no];
    if (this.isOffered) navigator.serviceWorker.addEventListener("message", ({ data }) => openChat(data));
  }

  get isOn() {
    return Boolean(this.choice.get()?.isOn) && Notification.permission === "granted";
  }

  /** For the menu of the visitor's chats: on or off. */
  menuItems() {
    if (!this.isOffered) return [];
    const turn = () => (this.isOn ? this.turnOff() : this.turnOn());
    return [{ icon: /** @type {const} */ ("bell"), label: t(this.isOn ? "push_off" : "push_on"), act: turn }];
  }

  /** The visitor has written. */
  offer() {
    if (!this.isOffered || this.choice.get() || Notification.permission === "denied") return;
    this.#show(...this.answers);
  }

  /** Keeps a subscription alive that the visitor has agreed to: once a day, and after a change of the chat's key. */
  async refresh() {
    const last = this.choice.get();
    if (!this.isOffered || !this.isOn) return;
    await this.#attempt(async () => {
      const { key } = await api.pushKey();
      const isRecent = Date.now() - (last?.at ?? 0) < REFRESH_EVERY;
      if (key !== last?.key || !isRecent) await this.#subscribe(key);
    });
  }

  async turnOn() {
    this.#hide();
    if ((await Notification.requestPermission()) !== "granted") {
      this.choice.set({ isOn: false });
      this.#say("push_blocked");
      return;
    }
    const done = await this.#attempt(async () => this.#subscribe((await api.pushKey()).key));
    this.#say(done ? "push_is_on" : "did_not_work");
  }

  async turnOff() {
    const id = this.choice.get()?.id;
    this.choice.set({ isOn: false });
    await this.#attempt(async () => {
      await forgetSubscription();
      if (id) await api.unsubscribe(id);
    });
    this.#say("push_is_off");
  }

  /** The visitor has left: the service has forgotten the subscription already. */
  async forget() {
    this.#hide();
    if (this.isOffered) await this.#attempt(forgetSubscription);
  }

  #decline() {
    this.choice.set({ isOn: false });
    this.#hide();
  }

  /** @param {TextName} text */
  #say(text) {
    this.#show(t(text));
    this.timer = setTimeout(() => this.#hide(), SHOWN_FOR);
  }

  /** @param {...(Node | string)} content */
  #show(...content) {
    clearTimeout(this.timer);
    this.bar.replaceChildren(...content);
    this.bar.hidden = false;
  }

  #hide() {
    clearTimeout(this.timer);
    this.bar.hidden = true;
    this.bar.replaceChildren();
  }

  /** @param {string} key the chat's */
  async #subscribe(key) {
    const registration = await register();
    const before = await registration.pushManager.getSubscription();
    if (before && this.choice.get()?.key !== key) await before.unsubscribe();
    const options = { userVisibleOnly: true, applicationServerKey: key };
    const { endpoint, keys } = (await registration.pushManager.subscribe(options)).toJSON();
    const { id } = await api.subscribe({ endpoint, keys, key });
    this.choice.set({ isOn: true, id, key, at: Date.now() });
  }

  /**
   * Whether it worked. A browser without a push service, or a service that is away, is no error of the page.
   * @param {() => Promise<void>} act
   */
  async #attempt(act) {
    try {
      await act();
      return true;
    } catch (error) {
      if (error instanceof ApiError || error instanceof DOMException) return false;
      throw error;
    }
  }
}

const canNotify = () =>
  isSecureContext && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

async function register() {
  await navigator.serviceWorker.register(new URL("worker.js", document.baseURI), { scope: PAGE });
  return navigator.serviceWorker.ready;
}

async function forgetSubscription() {
  const registration = await navigator.serviceWorker.getRegistration(PAGE);
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
  await registration?.unregister();
}

/** @param {{ patchbay?: string, chat?: string }} data from the worker: the visitor has clicked a notification */
function openChat({ patchbay, chat }) {
  if (patchbay === "open" && chat) location.hash = encodeURIComponent(chat);
}
