// What goes to Patchbay, what does not, and in which form.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { accept, IPARAMS, makePayload, makeWorld, SECRET } from "./helpers.mjs";

const PRODUCT_EVENTS = ["onMessageCreate", "onConversationCreate", "onConversationUpdate", "onUserUpdate"];
const EVENTS = ["onAppInstall", "afterAppUpdate", "onAppUninstall", ...PRODUCT_EVENTS];
const PRIVATE =
  /last_name|email|phone|properties|biography|Lindqvist|Berg|orchard\.example\/?"|iparams|whsec|currentHost/;

for (const event of EVENTS) {
  test(`${event} goes to the account's address, signed over its very bytes`, async () => {
    const { run, sent, clock } = makeWorld();
    await run(makePayload(event));
    const [request, ...others] = sent;
    assert.equal(others.length, 0);
    assert.equal(request.method, "POST");
    assert.equal(request.url, IPARAMS.patchbay_address);
    const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = request.headers;
    assert.equal(request.headers["Content-Type"], "application/json");
    assert.match(id, new RegExp(`^${event}-[A-Za-z0-9_-]{1,140}$`));
    assert.equal(timestamp, String(Math.floor(clock.now() / 1000)));
    const key = Buffer.from(SECRET.slice("whsec_".length), "base64");
    const expected = createHmac("sha256", key).update(`${id}.${timestamp}.${request.body}`).digest("base64");
    assert.equal(signature, `v1,${expected}`);
  });

  test(`${event} carries no parameters and nothing personal that Patchbay does not need`, async () => {
    const { run, sent } = makeWorld();
    await run(makePayload(event));
    assert.doesNotMatch(sent[0].body, PRIVATE);
    assert.match(sent[0].body, /^[\x20-\x7e]+$/);
  });
}

test("the keys of a relayed event come in a fixed order", async () => {
  const { run, sent } = makeWorld();
  await run(makePayload("onMessageCreate"));
  const body = JSON.parse(sent[0].body);
  const order = ["event", "version", "region", "domain", "account_id", "timestamp", "app", "data"];
  assert.deepEqual(Object.keys(body), order);
  assert.deepEqual(Object.keys(body.data), ["actor", "associations", "message"]);
  assert.equal(sent[0].body, JSON.stringify(body).replaceAll("Ä", "\\u00c4").replaceAll("🍏", "\\ud83c\\udf4f"));
  assert.equal(body.app, "1.0.0");
});

test("what the payload lacks is left out", async () => {
  const { run, sent } = makeWorld();
  await run(
    makePayload("onAppInstall", (payload) => {
      delete payload.domain;
      delete payload.account_id;
      delete payload.timestamp;
    }),
  );
  assert.deepEqual(Object.keys(JSON.parse(sent[0].body)), ["event", "version", "region", "app"]);
  assert.equal(sent[0].headers["webhook-id"], "onAppInstall-app-0");
});

test("a message goes as it is, with the people cut down", async () => {
  const { run, sent } = makeWorld();
  const payload = makePayload("onMessageCreate");
  await run(payload);
  const { data } = JSON.parse(sent[0].body);
  assert.deepEqual(data.message, payload.data.message);
  const { type, id, first_name, avatar } = payload.data.actor;
  assert.deepEqual(data.actor, { id, type, first_name, avatar });
  const { user, agent, channel } = payload.data.associations;
  assert.deepEqual(data.associations, {
    user: { id: user.id, first_name: user.first_name, reference_id: user.reference_id },
    agent: { id: agent.id, first_name: agent.first_name },
    channel: { id: channel.id, name: channel.name },
  });
});

test("a change of a conversation carries what has changed", async () => {
  const { run, sent } = makeWorld();
  const payload = makePayload("onConversationUpdate");
  await run(payload);
  const { data } = JSON.parse(sent[0].body);
  assert.deepEqual(Object.keys(data), ["actor", "associations", "conversation", "changes"]);
  assert.deepEqual(data.conversation, payload.data.conversation);
  assert.deepEqual(data.changes, payload.data.changes);
});

test("a change of a user carries the user, cut down", async () => {
  const { run, sent } = makeWorld();
  await run(makePayload("onUserUpdate"));
  const { data } = JSON.parse(sent[0].body);
  assert.deepEqual(Object.keys(data), ["actor", "user", "changes"]);
  assert.deepEqual(Object.keys(data.user), ["id", "first_name", "reference_id"]);
  assert.deepEqual(data.changes, {
    model_changes: { first_name: ["T.", "Tove"], reference_id: [null, "viber:shop:VG92ZQ=="] },
  });
});

const IDS = {
  onMessageCreate: "onMessageCreate-0a1d6f0e-7777-4c7e-9d30-000000009001-1795953660345",
  onConversationCreate: "onConversationCreate-0a1d6f0e-7777-4c7e-9d30-000000009000-1795953650222",
  onUserUpdate: "onUserUpdate-0a1d6f0e-4444-4c7e-9d30-00000000e001-1795953730111",
  onAppInstall: "onAppInstall-app-1795953600120",
};
test("an event's id names it, its subject and its time", async () => {
  for (const [event, id] of Object.entries(IDS)) {
    const { run, sent } = makeWorld();
    await run(makePayload(event));
    assert.equal(sent[0].headers["webhook-id"], id);
  }
});

test("an id with other characters becomes one that a header can have", async () => {
  const { run, sent } = makeWorld();
  await run(
    makePayload("onMessageCreate", ({ data }) => {
      data.message.messages[0].id = `ä/1\r\n${"x".repeat(300)}`;
    }),
  );
  assert.match(sent[0].headers["webhook-id"], /^onMessageCreate---1--x+$/);
  assert.equal(sent[0].headers["webhook-id"].length, 160);
});

const UNWANTED = {
  "what the customer wrote": { actor_type: "user" },
  "a line of the system": { actor_type: "system" },
  "a private note": { message_type: "private" },
  "a note about the conversation": { message_type: "system" },
};
for (const [what, fields] of Object.entries(UNWANTED)) {
  test(`${what} is not relayed, and logged without content`, async () => {
    const { run, sent, platform } = makeWorld();
    await run(makePayload("onMessageCreate", ({ data }) => Object.assign(data.message.messages[0], fields)));
    assert.equal(sent.length, 0);
    assert.equal(platform.logs.length, 1);
  });
}

test("one message for the customer is enough, and a bot's counts", async () => {
  const { run, sent } = makeWorld();
  await run(
    makePayload("onMessageCreate", ({ data }) => {
      const [message] = data.message.messages;
      data.message.messages = [
        { ...message, actor_type: "user" },
        { ...message, actor_type: "bot", message_type: undefined },
      ];
    }),
  );
  assert.equal(sent.length, 1);
});

test("a message without the kind of its sender has that of the event's actor", async () => {
  const { run, sent } = makeWorld();
  const payload = makePayload("onMessageCreate", ({ data }) => delete data.message.messages[0].actor_type);
  await run(payload);
  payload.data.actor.type = "user";
  await run(payload);
  assert.equal(sent.length, 1);
});

test("only a new status or a new agent of a conversation is relayed", async () => {
  const { run, sent } = makeWorld();
  for (const changes of [
    { status: ["new", "assigned"] },
    { assigned_agent_id: [null, "a"] },
    { priority: [1, 2] },
    {},
  ]) {
    await run(
      makePayload("onConversationUpdate", ({ data }) => {
        data.changes = { model_changes: changes };
      }),
    );
  }
  await run(makePayload("onConversationUpdate", ({ data }) => delete data.changes));
  assert.equal(sent.length, 2);
});

test("events without data do no harm", async () => {
  const { run, sent } = makeWorld();
  for (const event of PRODUCT_EVENTS) {
    await run(makePayload(event, (payload) => delete payload.data));
  }
  assert.equal(sent.length, 0);
});

// Sixty customers who begin at once must not use up what a minute has for agents' answers.
test("conversations that customers begin use up no requests", async () => {
  const { run, sent } = makeWorld();
  const begin = (data) => {
    data.conversation.messages[0].actor_type = "user";
  };
  for (let number = 0; number < 60; number += 1) {
    await run(makePayload("onConversationCreate", ({ data }) => begin(data)));
    await run(makePayload("onConversationCreate", ({ data }) => data.conversation.messages.pop()));
  }
  await run(makePayload("onMessageCreate"));
  assert.equal(sent.length, 1);
});

test("of a changed user, only another reference is relayed", async () => {
  const { run, sent } = makeWorld();
  await run(makePayload("onUserUpdate", ({ data }) => delete data.changes.model_changes.reference_id));
  assert.equal(sent.length, 0);
});

const TEMPORARY = {
  "a lost connection": () => {
    throw new Error("connection reset");
  },
  "too many requests": () => ({ status: 429 }),
  "a queue that is not available": () => ({ status: 500, body: '{"error":"the queue is not available"}' }),
};
for (const [what, fail] of Object.entries(TEMPORARY)) {
  test(`after ${what}, the same event is sent once more`, async () => {
    const { run, sent } = makeWorld((request, count) => (count === 1 ? fail() : accept(request)));
    await run(makePayload("onMessageCreate"));
    assert.equal(sent.length, 2);
    assert.deepEqual(sent[0], sent[1]);
  });

  test(`after ${what} twice, the app reports it and ends`, async () => {
    const { run, sent, platform } = makeWorld(fail);
    const { timedOut } = await run(makePayload("onMessageCreate"));
    assert.equal(sent.length, 2);
    assert.equal(timedOut, false);
    assert.equal(platform.logs.at(-1).level, "error");
  });
}

test("a refusal is not repeated", async () => {
  for (const status of [400, 401, 404]) {
    const { run, sent } = makeWorld(() => ({ status }));
    await run(makePayload("onMessageCreate"));
    assert.equal(sent.length, 1);
  }
});

test("a slow answer and its repetition fit into the platform's time", async () => {
  const { run, sent } = makeWorld(async (_request, _count, clock) => {
    await clock.wait(9_500); // a webhook function has 10 s
    return { status: 503 };
  });
  const { timedOut } = await run(makePayload("onMessageCreate"));
  assert.equal(sent.length, 2);
  assert.equal(timedOut, false);
});

test("the log has identifiers, status and time, and nothing of the people or the parameters", async () => {
  const { run, platform } = makeWorld(async (request, count, clock) => {
    await clock.wait(120);
    return count === 1 ? accept(request) : { status: 401, body: '{"error":"no"}' };
  });
  await run(makePayload("onMessageCreate"));
  await run(makePayload("onMessageCreate"));
  const [relayed, refused] = platform.logs;
  assert.equal(relayed.text, `patchbay: ${IDS.onMessageCreate} status=200 ms=120`);
  assert.equal(refused.level, "error");
  assert.match(refused.text, /status=401 ms=120: Patchbay refused the secret/);
  const all = platform.logs.map(({ text }) => text).join("\n");
  assert.doesNotMatch(all, /Maren|Tove|pplen|whsec|tOkEn|https:|example\.com/);
});

test("without a valid secret or address nothing is sent", async () => {
  for (const wrong of [{ shared_secret: "••••••" }, { patchbay_address: "http://patchbay.example.com/freshchat/x" }]) {
    const { run, sent, platform } = makeWorld();
    await run(makePayload("onMessageCreate", () => {}, { ...IPARAMS, ...wrong }));
    assert.equal(sent.length, 0);
    assert.equal(platform.logs[0].level, "error");
  }
});
