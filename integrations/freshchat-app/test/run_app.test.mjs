// The program that other tests run the app with.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { IPARAMS, makePayload } from "./helpers.mjs";

const PROGRAM = fileURLToPath(new URL("./run_app.mjs", import.meta.url));

async function runApp(payloads, words = []) {
  const child = spawn(process.execPath, [PROGRAM, ...words]);
  let out = "";
  let log = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk) => {
    log += chunk;
  });
  child.stdin.end(payloads.map((payload) => `${JSON.stringify({ payload })}\n`).join(""));
  const [status] = await once(child, "close");
  const lines = out.split("\n").filter(Boolean);
  return { status, log, lines: lines.map((line) => JSON.parse(line)) };
}

test("it prints the requests of each event and what renderData got", async () => {
  const { status, log, lines } = await runApp([makePayload("onAppInstall"), makePayload("onMessageCreate")]);
  assert.equal(status, 0);
  const [announcement, installed, message, done] = lines;
  assert.equal(announcement.url, IPARAMS.patchbay_address);
  assert.deepEqual(installed, { event: "onAppInstall", rendered: [null] });
  assert.match(message.body, /^{"event":"onMessageCreate"/);
  assert.deepEqual(done, { event: "onMessageCreate", rendered: [] });
  assert.equal(log.split("\n").filter((line) => line.includes("status=200")).length, 2);
});

test("it sends for real, repeats, and prints status and answer", async () => {
  const received = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) {
      body += chunk;
    }
    received.push({ path: request.url, id: request.headers["webhook-id"], body });
    response.writeHead(received.length === 1 ? 503 : 200);
    response.end(JSON.stringify({ accepted: request.headers["webhook-id"] }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `http://127.0.0.1:${server.address().port}`;
  const { lines } = await runApp([makePayload("onAppInstall")], ["--send", `${address}/stage`]);
  server.close();
  assert.deepEqual(
    lines.map(({ status, event }) => status ?? event),
    [503, 200, "onAppInstall"],
  );
  assert.deepEqual(lines[2].rendered, [null]);
  assert.equal(received.length, 2);
  assert.deepEqual(received[0], received[1]);
  assert.equal(received[0].path, `/stage${new URL(IPARAMS.patchbay_address).pathname}`);
  assert.equal(received[0].body, lines[0].body);
});

test("it sends to this machine only", async () => {
  const { status, log } = await runApp([], ["--send", "http://patchbay.example.com"]);
  assert.equal(status, 1);
  assert.match(log, /use: node run_app.mjs/);
});
