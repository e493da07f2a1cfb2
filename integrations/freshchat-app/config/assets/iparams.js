// The settings page. Freshworks calls getConfigs with what is stored, validate before it saves, and postConfigs to save.
// What postConfigs returns replaces everything that was stored.

const ADDRESS =
  /^https:\/\/(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\/\w[\w.~-]*)*\/freshchat\/[\w-]{1,200}\/?$/i;
const SECRET = /^whsec_(?=.{32,88}$)(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const KEPT = "A secret is stored. Leave this empty to keep it.";
const HIDDEN = "Freshworks does not show the stored secret again. Paste it again to save your changes.";

// The secret that is kept when the field stays empty. A masked or missing one is never sent back as if it were one.
let storedSecret = "";
// The address that the app stored when it was installed.
let storedWebhook = "";

const address = field("patchbay_address");
const secret = field("shared_secret");
const webhook = field("messenger_webhook");

start();

/** @param {Record<string, unknown>} configs */
function getConfigs(configs) {
  const known = configs || {};
  const isStored = Boolean(known.patchbay_address);
  address.value = textOf(known.patchbay_address);
  webhook.value = textOf(known.messenger_webhook);
  storedSecret = SECRET.test(textOf(known.shared_secret)) ? textOf(known.shared_secret) : "";
  secret.required = !storedSecret;
  if (isStored) {
    say("shared_secret_hint", storedSecret ? KEPT : HIDDEN);
  }
  showWebhook();
}

function postConfigs() {
  return {
    __meta: { secure: ["shared_secret"] },
    patchbay_address: address.value.trim(),
    shared_secret: secret.value.trim() || storedSecret,
    messenger_webhook: webhook.value.trim(),
  };
}

function validate() {
  const problems = [
    check(address, findProblemOfAddress()),
    check(secret, findProblemOfSecret()),
    check(webhook, findProblemOfWebhook()),
  ];
  const first = problems.find(Boolean);
  first?.focus();
  say("status", first ? "The settings are not saved. Correct the marked fields." : "");
  return !first;
}

function findProblemOfAddress() {
  if (!address.value.trim()) {
    return "Enter the address that Patchbay printed when Freshchat was connected.";
  }
  return ADDRESS.test(address.value.trim())
    ? ""
    : "The address must look like https://HOST/freshchat/TOKEN: with https, a host name, and nothing after the token.";
}

function findProblemOfSecret() {
  const entered = secret.value.trim();
  if (!entered) {
    return storedSecret ? "" : "Paste the shared secret that Patchbay printed when Freshchat was connected.";
  }
  return SECRET.test(entered)
    ? ""
    : "The shared secret is not complete. It is whsec_ and at least 32 characters of Base64.";
}

function findProblemOfWebhook() {
  const entered = webhook.value.trim();
  return !entered || isWebAddress(entered) ? "" : "The messenger's webhook address must begin with https://";
}

/** @param {string} text */
function isWebAddress(text) {
  return URL.canParse(text) && new URL(text).protocol === "https:";
}

/**
 * Marks a field as wrong or right. Returns it if it is wrong.
 * @param {HTMLInputElement} input
 * @param {string} problem
 */
function check(input, problem) {
  say(`${input.id}_error`, problem);
  input.setAttribute("aria-invalid", String(Boolean(problem)));
  return problem ? input : null;
}

// --- the messenger's webhook address ----------------------------------------------------------------------------------

async function start() {
  field("copy").addEventListener("click", copyWebhook);
  webhook.addEventListener("input", showWebhook);
  for (const input of [address, secret, webhook]) {
    input.addEventListener("input", () => check(input, ""));
  }
  try {
    const client = await app.initialized();
    const stored = await client.db?.get("messenger_webhook");
    storedWebhook = textOf(stored?.address);
  } catch {
    // Before the installation there is no Data Store; without an address at the installation there is no entry.
  }
  showWebhook();
}

function showWebhook() {
  const shown = webhook.value.trim() || storedWebhook;
  field("webhook_to_copy").value = shown;
  element("copying").hidden = !isWebAddress(shown);
}

async function copyWebhook() {
  const shown = field("webhook_to_copy");
  try {
    await navigator.clipboard.writeText(shown.value);
    say("status", "The address is copied.");
  } catch {
    shown.focus();
    shown.select();
    say("status", "The browser does not allow copying here. The address is selected: press Ctrl+C or ⌘C.");
  }
}

// --- the page ---------------------------------------------------------------------------------------------------------

/** @param {string} id */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @param {string} id */
function field(id) {
  return /** @type {HTMLInputElement} */ (document.getElementById(id));
}

/**
 * @param {string} id
 * @param {string} text
 */
function say(id, text) {
  element(id).textContent = text;
}

/** @param {unknown} value */
function textOf(value) {
  return typeof value === "string" ? value.trim() : "";
}
