// Standard Webhooks' own example, and which secrets and addresses the app and its settings page take.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { accept, makeWorld, readApp, SECRET } from "./helpers.mjs";

const EXAMPLES = JSON.parse(readFileSync(new URL("./parameters.json", import.meta.url), "utf8"));

function load(file) {
  const { platform } = makeWorld(accept);
  return platform.makeSandbox({}, { deadline: 0, iparams: {} }).load(file);
}

test("a signature is Standard Webhooks'", () => {
  const { sign } = load("server/lib/signing.js");
  const signature = sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", '{"test": 2432232314}');
  assert.equal(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});

test("a secret is whsec_ and the Base64 of 24 to 64 bytes", () => {
  const { parse } = load("server/lib/signing.js");
  for (const [secret, isValid] of EXAMPLES.secrets) {
    assert.equal(parse(secret) !== null, isValid, secret);
  }
  assert.equal(parse(undefined), null);
});

test("an address is https, a host name and a webhook token", () => {
  const { parse } = load("server/lib/address.js");
  for (const [address, isValid] of EXAMPLES.addresses) {
    assert.equal(parse(address) !== null, isValid, address);
  }
  const found = { ...parse(" https://A.Example.com/Chat/freshchat/x_1-/ ") };
  assert.deepEqual(found, { host: "a.example.com", path: "/Chat/freshchat/x_1-" });
});

test("the signed text is ASCII, whatever the message holds", () => {
  const { makeBody } = load("server/lib/payload.js");
  const text = "\u007f\u0080é漢🍏\ud800\u2028\u0000";
  const body = makeBody({ event: "onMessageCreate", data: { message: { text } } });
  assert.match(body, /^[\x20-\x7e]+$/);
  assert.equal(JSON.parse(body).data.message.text, text);
});

test("no function of the app takes an arrow for an event, as the platform advises", () => {
  assert.doesNotMatch(readApp("server/server.js"), /=>/);
});
