// Runs the app outside of Freshworks, for other programs' tests.
//
//     node run_app.mjs [--send http://127.0.0.1:PORT]
//
// Reads one JSON object per line: {"payload": {"event": ..., "iparams": {...}, ...}}. Prints one JSON object per line:
// for each request {"method", "url", "headers", "body"}, and at the end of each event {"event", "rendered"}: a list of
// what renderData got, null for nothing. With --send, requests really go to that server instead of the address's host,
// repetitions included, and have "status" and "answer" too. Without it, Patchbay accepts everything. The log of the app
// goes to stderr. An app that does what Freshworks does not allow ends the program with status 1.

import { readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { APP, Platform } from "./platform.mjs";

const clock = { now: () => Date.now(), wait };
const server = serverFrom(process.argv.slice(2));

const platform = new Platform({
  files: (file) => readFileSync(path.join(APP, file), "utf8"),
  transport: server ? send : pretend,
  clock,
});

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim()) {
    const { payload } = JSON.parse(line);
    const { rendered } = await platform.run(payload);
    for (const { level, text } of platform.logs.splice(0)) {
      process.stderr.write(`${level}: ${text}\n`);
    }
    print({ event: payload.event, rendered });
  }
}

function serverFrom(words) {
  if (!words.length) {
    return null;
  }
  const [option, base] = words;
  const url = new URL(base ?? "");
  if (option !== "--send" || url.protocol !== "http:" || url.hostname !== "127.0.0.1") {
    throw new Error("use: node run_app.mjs [--send http://127.0.0.1:PORT]");
  }
  return base.replace(/\/$/, "");
}

async function pretend(request) {
  print(request);
  return { status: 200, body: JSON.stringify({ accepted: request.headers["webhook-id"] }) };
}

async function send(request) {
  const { method, url, headers, body } = request;
  const target = server + new URL(url).pathname;
  try {
    const response = await fetch(target, { method, headers, body, signal: AbortSignal.timeout(15_000) });
    const answer = await response.text();
    print({ ...request, status: response.status, answer });
    return { status: response.status, headers: Object.fromEntries(response.headers), body: answer };
  } catch (problem) {
    print({ ...request, status: 0, answer: "" });
    throw problem;
  }
}

function print(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
