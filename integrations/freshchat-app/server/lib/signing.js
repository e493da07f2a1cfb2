// Signatures as Standard Webhooks defines them. The sandbox has no Buffer: crypto itself decodes the secret's Base64.

const crypto = require("crypto");

const PREFIX = "whsec_";
// 24 to 64 bytes, which the definition asks for, in Base64.
const SECRET = /^whsec_(?=.{32,88}$)(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

exports = { parse: parse, sign: sign };

// Returns the secret without blanks around it, or null when it has not the form.
function parse(secret) {
  const trimmed = String(secret || "").trim();
  return SECRET.test(trimmed) ? trimmed : null;
}

function sign(secret, id, timestamp, body) {
  const key = crypto.createSecretKey(secret.slice(PREFIX.length), "base64");
  const content = `${id}.${timestamp}.${body}`;
  return `v1,${crypto.createHmac("sha256", key).update(content, "utf8").digest("base64")}`;
}
