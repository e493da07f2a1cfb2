// Installing, updating and uninstalling: what the administrator reads, and what is stored.

import assert from "node:assert/strict";
import { test } from "node:test";
import { accept, IPARAMS, makePayload, makeWorld } from "./helpers.mjs";

const ANNOUNCEMENTS = ["onAppInstall", "afterAppUpdate"];
const answerWith = (status, body) => () => ({ status, body });

/** What Freshworks shows: null when the event went through. */
async function renderedBy(event, answer, iparams = IPARAMS) {
  const { run, platform } = makeWorld(answer);
  const { rendered, timedOut } = await run(makePayload(event, () => {}, iparams));
  assert.equal(timedOut, false);
  assert.equal(rendered.length, 1);
  return { shown: rendered[0]?.message ?? null, stored: platform.store.values };
}

const REFUSALS = [
  [answerWith(401), "Patchbay refused the secret. Copy it again."],
  [answerWith(404), "Patchbay does not know this address. Copy it again."],
  [answerWith(429), "Too many requests. Try again in a minute."],
  [answerWith(400), "Patchbay answered with status 400. Try again."],
  [answerWith(500), "Patchbay answered with status 500. Try again."],
  [answerWith(503), "Patchbay cannot be reached. Check the address, try again."],
  [answerWith(301), "Patchbay answered with status 301. Try again."],
  [answerWith(200, "<html>It works!</html>"), "The answer is not Patchbay's. Check the address."],
  [answerWith(200, '{"accepted":"another-event"}'), "The answer is not Patchbay's. Check the address."],
  [answerWith(200, "null"), "The answer is not Patchbay's. Check the address."],
  [answerWith(202, '{"accepted":"onAppInstall-app-1795953600120"}'), "Patchbay answered with status 202. Try again."],
];

for (const event of ANNOUNCEMENTS) {
  test(`${event} goes through once Patchbay has accepted this very event`, async () => {
    assert.equal((await renderedBy(event, accept)).shown, null);
  });

  test(`${event} goes through when only the repetition is accepted`, async () => {
    const answer = (request, count) => (count === 1 ? { status: 500 } : accept(request));
    assert.equal((await renderedBy(event, answer)).shown, null);
  });

  test(`${event} fails with a sentence for every other answer`, async () => {
    for (const [answer, sentence] of REFUSALS) {
      assert.equal((await renderedBy(event, answer)).shown, sentence);
    }
  });

  test(`${event} fails without a connection`, async () => {
    const answer = () => {
      throw new Error("getaddrinfo ENOTFOUND");
    };
    const sentence = "Patchbay cannot be reached. Check the address, try again.";
    assert.equal((await renderedBy(event, answer)).shown, sentence);
  });

  test(`${event} names the parameter that is wrong`, async () => {
    const address = { ...IPARAMS, patchbay_address: "patchbay.example.com" };
    assert.equal((await renderedBy(event, accept, address)).shown, "The address must be https://HOST/freshchat/TOKEN.");
    for (const shared_secret of ["whsec_short", undefined]) {
      const { shown } = await renderedBy(event, accept, { ...IPARAMS, shared_secret });
      assert.equal(shown, "The shared secret must be whsec_ and Base64. Copy it again.");
    }
    assert.equal((await renderedBy(event, accept, {})).shown, "The address must be https://HOST/freshchat/TOKEN.");
  });
}

test("a rejection in a form that is not documented is a failed connection", async () => {
  for (const rejection of [{}, { message: "socket hang up" }, { status: "ECONNRESET" }, { status: null }]) {
    const { run, platform } = makeWorld();
    platform.requests.invoke = async () => {
      throw rejection;
    };
    const { rendered } = await run(makePayload("onAppInstall"));
    assert.deepEqual(rendered, [{ message: "Patchbay cannot be reached. Check the address, try again." }]);
  }
});

test("the messenger's webhook address is stored for the settings page", async () => {
  for (const event of ANNOUNCEMENTS) {
    const { stored } = await renderedBy(event, accept, { ...IPARAMS, messenger_webhook: " https://m.example/w " });
    assert.deepEqual(stored.get("messenger_webhook"), { address: "https://m.example/w" });
  }
});

test("nothing is stored without such an address, nor by an installation that failed", async () => {
  for (const messenger_webhook of ["", undefined]) {
    const { stored } = await renderedBy("onAppInstall", accept, { ...IPARAMS, messenger_webhook });
    assert.equal(stored.size, 0);
  }
  assert.equal((await renderedBy("onAppInstall", answerWith(401))).stored.size, 0);
});

test("an installation does not need the Data Store, which Freshworks may open only afterwards", async () => {
  const { run, platform } = makeWorld();
  platform.store.isAvailable = false;
  const { rendered } = await run(makePayload("onAppInstall"));
  assert.deepEqual(rendered, [null]);
  assert.equal(platform.logs.at(-1).text, "patchbay: the messenger's webhook address is not stored: status=400");
});

test("an app is uninstalled whatever Patchbay answers", async () => {
  const broken = () => {
    throw new Error("gone");
  };
  for (const answer of [accept, broken, ...REFUSALS.map(([refusal]) => refusal)]) {
    assert.equal((await renderedBy("onAppUninstall", answer)).shown, null);
  }
  assert.equal((await renderedBy("onAppUninstall", accept, {})).shown, null);
});

test("every sentence fits into the 60 characters that Freshworks shows", async () => {
  const { platform } = makeWorld();
  const sentences = platform.makeSandbox({}, { deadline: 0, iparams: {} }).load("server/lib/sentences.js");
  const fixed = Object.values(sentences).filter((sentence) => typeof sentence === "string");
  const made = [0, 401, 404, 418, 429, 500, 503].map((status) => sentences.forStatus(status));
  for (const sentence of [...fixed, ...made]) {
    assert.ok(sentence.length <= 60, `${sentence.length}: ${sentence}`);
  }
});
