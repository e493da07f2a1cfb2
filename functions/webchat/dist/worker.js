// Shows a notification of an agent's message while the page is closed. It loads nothing and keeps nothing.

/** @type {any} The type checker knows pages, not workers. */
const worker = self;
/** @type {Record<string, string>} */
const NEW_MESSAGE = {
  en: "New message",
  de: "Neue Nachricht",
  fr: "Nouveau message",
  es: "Nuevo mensaje",
  fi: "Uusi viesti",
};

/** @typedef {{ title: string, chat: string, text: string }} Notice */

/** The page in each tab; its address is the scope. */
async function findPages() {
  const { pathname } = new URL(worker.registration.scope);
  const all = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  return all.filter((/** @type {{ url: string }} */ { url }) => new URL(url).pathname === pathname);
}

/** @param {Notice} notice */
async function showNotice({ title, chat, text }) {
  const pages = await findPages();
  if (pages.some((/** @type {{ visibilityState: string }} */ page) => page.visibilityState === "visible")) return;
  const body = text || NEW_MESSAGE[navigator.language.slice(0, 2)] || NEW_MESSAGE.en;
  await worker.registration.showNotification(title, { body, tag: chat, renotify: true, data: { chat } });
}

/** @param {string} chat */
async function openPage(chat) {
  const [page] = await findPages();
  if (!page) return worker.clients.openWindow(`${worker.registration.scope}#${encodeURIComponent(chat)}`);
  await page.focus();
  page.postMessage({ patchbay: "open", chat });
}

worker.addEventListener("push", (/** @type {any} */ event) => {
  if (event.data) event.waitUntil(showNotice(event.data.json()));
});

worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(openPage(event.notification.data.chat));
});
