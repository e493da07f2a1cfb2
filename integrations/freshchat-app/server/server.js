// Relays Freshchat's events to Patchbay. README.md says what goes and what does not.

const payloads = require("./lib/payload");
const relays = require("./lib/relay");

exports = {
  onAppInstallCallback: async function (payload) {
    await announce(payload);
  },

  afterAppUpdateCallback: async function (payload) {
    await announce(payload);
  },

  // Whatever Patchbay answers: an app must be possible to uninstall after Patchbay is gone.
  onAppUninstallCallback: async function (payload) {
    await relays.relay(payload);
    renderData();
  },

  onMessageCreateCallback: async function (payload) {
    await relayIfWanted(payload);
  },

  onConversationCreateCallback: async function (payload) {
    await relayIfWanted(payload);
  },

  onConversationUpdateCallback: async function (payload) {
    await relayIfWanted(payload);
  },

  onUserUpdateCallback: async function (payload) {
    await relayIfWanted(payload);
  },
};

async function announce(payload) {
  const problem = await relays.relay(payload);
  if (problem) {
    renderData({ message: problem });
    return;
  }
  await storeMessengerWebhook(payload);
  renderData();
}

async function relayIfWanted(payload) {
  if (payloads.isWanted(payload)) {
    await relays.relay(payload);
  } else {
    console.info(`patchbay: ${payloads.makeId(payload)} not relayed: nothing in it for the customer`);
  }
}

// The settings page shows the address to the administrator, who copies it into the messenger. It is a convenience: an
// installation does not fail without it, and an update stores it again.
async function storeMessengerWebhook(payload) {
  const address = String(payload.iparams.messenger_webhook || "").trim();
  if (!address) {
    return;
  }
  try {
    await $db.set("messenger_webhook", { address: address });
  } catch (error) {
    console.error(`patchbay: the messenger's webhook address is not stored: status=${(error || {}).status}`);
  }
}
