// Sends an event to Patchbay, signed. The request template repeats it once after a lost connection, a 429 or a 5xx.

const address = require("./address");
const payloads = require("./payload");
const sentences = require("./sentences");
const signing = require("./signing");

exports = { relay: relay };

// Returns what went wrong as a sentence for people, or null when Patchbay has the event. Never throws.
async function relay(payload) {
  const parameters = readParameters(payload.iparams || {});
  if (parameters.problem) {
    console.error(`patchbay: ${payload.event} not relayed: ${parameters.problem}`);
    return parameters.problem;
  }
  try {
    return await send(payload, parameters.target, parameters.secret);
  } catch (error) {
    console.error(`patchbay: ${payload.event} not relayed: ${(error || {}).name || "unknown error"}`);
    return sentences.failure;
  }
}

function readParameters(iparams) {
  const target = address.parse(iparams.patchbay_address);
  if (!target) {
    return { problem: sentences.address };
  }
  const secret = signing.parse(iparams.shared_secret);
  return secret ? { target: target, secret: secret } : { problem: sentences.secret };
}

async function send(payload, target, secret) {
  const id = payloads.makeId(payload);
  const body = payloads.makeBody(payload);
  const started = Date.now();
  const timestamp = String(Math.floor(started / 1000));
  const signature = signing.sign(secret, id, timestamp, body);
  const context = { host: target.host, path: target.path, id: id, timestamp: timestamp, signature: signature };
  const answer = await post({ context: context, body: body });
  const problem = judge(answer, id);
  // Identifiers only: no content, no names, no parameters.
  const line = `patchbay: ${id} status=${answer.status} ms=${Date.now() - started}`;
  if (problem) {
    console.error(`${line}: ${problem}`);
  } else {
    console.info(line);
  }
  return problem;
}

// Freshworks rejects for every status that is not 2xx, with the same fields as an answer.
async function post(options) {
  try {
    const answer = await $request.invokeTemplate("relay", options);
    return { status: Number(answer.status), response: answer.response };
  } catch (error) {
    const status = Number((error || {}).status);
    return { status: Number.isInteger(status) ? status : 0, response: "" };
  }
}

// Any web server answers 200. Patchbay also says which event it has accepted.
function judge(answer, id) {
  if (answer.status !== 200) {
    return sentences.forStatus(answer.status);
  }
  return acceptedBy(answer.response) === id ? null : sentences.stranger;
}

function acceptedBy(response) {
  try {
    return (JSON.parse(response) || {}).accepted;
  } catch {
    return undefined;
  }
}
