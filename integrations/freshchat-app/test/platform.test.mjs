// The fake platform refuses what Freshworks refuses: a fake kinder than the world would hide mistakes of the app.

import assert from "node:assert/strict";
import { test } from "node:test";
import { accept, makePayload, makeWorld, readApp } from "./helpers.mjs";
import { PlatformViolation } from "./requests.mjs";

/** The app with another server.js or other templates. `body` is that of the handler of onAppInstall. */
function makeVariant({ body = "renderData();", top = "", templates, answer = accept, event = "onAppInstall" }) {
  const replaced = {
    "server/server.js": `${top}\nexports = { ${event}Callback: async function (payload) { ${body} } };`,
    ...(templates && { "config/requests.json": JSON.stringify(templates) }),
  };
  const world = makeWorld(answer, (file) => replaced[file] ?? readApp(file));
  return { ...world, run: () => world.platform.run(makePayload(event)) };
}

const SCHEMA = { protocol: "https", method: "POST", host: "<%= context.host %>", path: "/", headers: { "x-one": "1" } };
const relay = (schema, options) => ({ relay: { schema: { ...SCHEMA, ...schema }, options } });
const HOST = 'host: "a.example"';
const send = (context = HOST, more = "") =>
  `await $request.invokeTemplate("relay", { context: { ${context} } ${more} }); renderData();`;

async function refuses(variant, problem) {
  await assert.rejects(
    async () => makeVariant(variant).run(),
    (error) => {
      assert.ok(error instanceof PlatformViolation, String(error));
      assert.match(error.message, problem);
      return true;
    },
  );
}

test("the sandbox has no timers, no Buffer, no process, no fetch and no module", async () => {
  const names = [
    "setTimeout",
    "setInterval",
    "setImmediate",
    "clearTimeout",
    "Buffer",
    "process",
    "fetch",
    "URL",
    "module",
  ];
  for (const name of [...names, "TextEncoder", "btoa"]) {
    const { run } = makeVariant({ body: `if (typeof ${name} === "undefined") renderData();` });
    assert.deepEqual((await run()).rendered, [null], name);
  }
});

test("code from strings is not run, and other modules are not there", async () => {
  await assert.rejects(makeVariant({ body: 'new Function("return 1")(); renderData();' }).run(), /Code generation/);
  await refuses({ top: 'require("fs");' }, /requires fs/);
  await refuses({ top: 'require("axios");' }, /requires axios/);
});

test("a template must be known and in the manifest", async () => {
  await refuses({ body: 'await $request.invokeTemplate("other", {}); renderData();' }, /template other/);
  const unknown = { ...relay({}), extra: { schema: SCHEMA } };
  await refuses(
    { templates: unknown, body: 'await $request.invokeTemplate("extra", {}); renderData();' },
    /template extra/,
  );
});

test("a host is an FQDN", async () => {
  const templates = relay({});
  for (const host of [
    "https://a.example",
    "a.example/path",
    "a.example:443",
    "127.0.0.1",
    "localhost",
    "a.example/",
    "a b.example",
  ]) {
    await refuses({ templates, body: send(`host: ${JSON.stringify(host)}`) }, /host must be an FQDN/);
  }
  await refuses({ templates: relay({ host: "https://a.example" }) }, /host must be an FQDN/);
  await refuses({ templates, body: send("host: undefined") }, /context.host has no value/);
});

test("a path begins with a slash and is one", async () => {
  await refuses({ templates: relay({ path: "x" }) }, /path must start with/);
  const templates = relay({ path: "/<%= context.path %>" });
  for (const path of ["a?b=c", "a b", "é"]) {
    await refuses({ templates, body: send(`${HOST}, path: ${JSON.stringify(path)}`) }, /path must/);
  }
});

test("a secure parameter goes into headers only", async () => {
  const body = send();
  await refuses({ templates: relay({ path: "/<%= iparam.shared_secret %>" }), body }, /secure iparam in path/);
  await refuses({ templates: relay({ host: "<%= iparam.shared_secret %>.example" }), body }, /secure iparam in host/);
  const { run, sent } = makeVariant({ templates: relay({ headers: { a: "<%= iparam.shared_secret %>" } }), body });
  await run();
  assert.match(sent[0].headers.a, /^whsec_/);
});

test("bodies are strings of at most 6 MB, headers have names and printable values", async () => {
  const templates = relay({});
  await refuses({ templates, body: send(HOST, ", body: {}") }, /must be a string/);
  await refuses({ templates, body: send(HOST, ', body: "x".repeat(6291457)') }, /6 MB/);
  await refuses({ templates, body: send(HOST, ", headers: {}") }, /invokeTemplate takes/);
  await refuses({ templates: relay({ headers: { "a b": "1" } }) }, /no name of a header/);
  await refuses({ templates: relay({ headers: { "Content-Type": "image/png" } }) }, /not supported/);
  const bad = relay({ headers: { a: "<%= context.host %>\n" } });
  await refuses({ templates: bad, body: send() }, /header a has characters/);
});

test("schema and options have the platform's values", async () => {
  for (const schema of [{ protocol: "http" }, { method: "HEAD" }, { body: "x" }]) {
    await refuses({ templates: relay(schema) }, /protocol|method|unknown attribute/);
  }
  for (const options of [{ maxAttempts: 6 }, { maxAttempts: 0 }, { retryDelay: 1600 }, { retryDelay: 50 }]) {
    await refuses({ templates: relay({}, options) }, /maxAttempts|retryDelay/);
  }
});

test("the 51st request of a minute is refused without being sent", async () => {
  const world = makeWorld();
  for (let count = 0; count < 51; count += 1) {
    await world.run(makePayload("onMessageCreate"));
  }
  assert.equal(world.sent.length, 50);
  assert.match(world.platform.logs.at(-1).text, /status=429/);
  await world.clock.wait(60_001);
  await world.run(makePayload("onMessageCreate"));
  assert.equal(world.sent.length, 51);
});

test("a rejection has a status and a response, and no stack of the platform", async () => {
  const body = `try { ${send()} } catch (error) { renderData({ message: Object.keys(error).join() + error.status }); }`;
  const { run } = makeVariant({ templates: relay({}), body, answer: () => ({ status: 418, body: "no" }) });
  assert.deepEqual((await run()).rendered, [{ message: "status,response,headers418" }]);
});

test("a set-up event answers exactly once, with nothing or a short message", async () => {
  await refuses({ body: "" }, /called 0 times/);
  await refuses({ body: "renderData(); renderData();" }, /called 2 times/);
  await refuses({ body: `renderData({ message: "${"x".repeat(61)}" });` }, /at most 60/);
  await refuses({ body: 'renderData("failed");' }, /renderData takes/);
  await refuses({ body: "renderData(null, {});" }, /renderData takes/);
  await refuses({ event: "onMessageCreate", body: "renderData();" }, /only set-up events/);
});

test("a request that nobody waits for is lost", async () => {
  const forgotten = send().replace("await ", "");
  await refuses({ templates: relay({}), body: forgotten }, /under way/);
});

test("a handler that takes too long is stopped: 10 s for set-up events, 20 s for the others", async () => {
  for (const [event, limit] of [
    ["onAppInstall", 10_000],
    ["onMessageCreate", 20_000],
  ]) {
    const waits = (milliseconds) => async (request, _count, clock) => {
      await clock.wait(milliseconds);
      return accept(request);
    };
    const body = `await $request.invokeTemplate("relay", { context: { host: "a.example" } });`.repeat(2);
    const done = event === "onAppInstall" ? `${body} renderData();` : body;
    const slow = makeVariant({ templates: relay({}), body: done, event, answer: waits(limit / 2 + 1) });
    const { timedOut, rendered } = await slow.run();
    assert.deepEqual({ timedOut, rendered }, { timedOut: true, rendered: [] });
    const fast = makeVariant({ templates: relay({}), body: done, event, answer: waits(limit / 2) });
    assert.equal((await fast.run()).timedOut, false);
  }
});

test("a request ends after 15 s", async () => {
  const body = `try { ${send()} } catch (error) { renderData({ message: String(error.status) }); }`;
  const answer = async (request, _count, clock) => {
    await clock.wait(15_001);
    return accept(request);
  };
  const event = "onMessageCreate";
  const logged = body.replace(/renderData\(\{ message: (.*?) \}\)/, "console.info($1)").replace("renderData();", "");
  const { run, platform } = makeVariant({ templates: relay({}), body: logged, answer, event });
  await run();
  assert.equal(platform.logs[0].text, "504");
});

test("the Data Store wants a key and an object", async () => {
  for (const call of ['set("", { a: 1 })', `set("${"k".repeat(61)}", { a: 1 })`, 'set("k", {})', 'set("k", "v")']) {
    const { run } = makeVariant({ body: `try { await $db.${call}; } catch { renderData(); }` });
    assert.deepEqual((await run()).rendered, [null], call);
  }
  const missing = makeVariant({
    body: 'try { await $db.get("k"); } catch (e) { renderData({ message: String(e.status) }); }',
  });
  assert.deepEqual((await missing.run()).rendered, [{ message: "404" }]);
});

test("an event without an entry in the manifest or a handler is a mistake", async () => {
  const { platform } = makeVariant({});
  await assert.rejects(platform.run({ event: "onUserCreate" }), /not in the manifest/);
  await assert.rejects(platform.run({ event: "onAppUninstall" }), /no handler/);
});

test("a handler that throws and a payload above 256 KB are mistakes", async () => {
  await refuses({ body: 'throw new Error("no");' }, /the handler threw no/);
  const { platform } = makeVariant({});
  await assert.rejects(platform.run({ event: "onAppInstall", data: "x".repeat(262_144) }), /256 KB/);
});
