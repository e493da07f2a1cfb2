// The app under the fake platform, a Patchbay that answers as a test wants, and the payloads that Freshworks sends.

import { readFileSync } from "node:fs";
import path from "node:path";
import { APP, Platform, VirtualClock } from "./platform.mjs";

export const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
export const IPARAMS = {
  patchbay_address: "https://patchbay.example.com/freshchat/tOkEn-of_the-webhook",
  shared_secret: SECRET,
  messenger_webhook: "https://patchbay.example.com/viber/tOkEn-of_viber",
};
const MODULES = {
  onAppInstall: "common",
  afterAppUpdate: "common",
  onAppUninstall: "common",
  onUserUpdate: "chat_user",
};

export function readApp(file) {
  return readFileSync(path.join(APP, file), "utf8");
}

/** What Freshworks hands over: the sample in server/test_data with what exists only at run time. */
export function makePayload(event, change = () => {}, iparams = IPARAMS) {
  const payload = {
    currentHost: {
      subscribed_modules: ["chat_conversation"],
      endpoint_urls: { freshchat: "https://orchard.freshchat.com" },
    },
    ...JSON.parse(readApp(`server/test_data/${MODULES[event] ?? "chat_conversation"}/${event}.json`)),
    iparams: { ...iparams },
  };
  change(payload);
  return payload;
}

export function accept(request) {
  return { status: 200, body: JSON.stringify({ accepted: request.headers["webhook-id"] }) };
}

/** An app and the requests that it sends. `answer` is called for each request; it may throw, or wait by the clock. */
export function makeWorld(answer = accept, files = readApp) {
  const clock = new VirtualClock();
  const sent = [];
  const transport = async (request) => {
    sent.push(request);
    return answer(request, sent.length, clock);
  };
  const platform = new Platform({ files, transport, clock });
  return { platform, sent, clock, run: (payload) => platform.run(payload) };
}
