// What the person who installs the app reads. Freshworks shows at most 60 characters.

const BY_STATUS = {
  401: "Patchbay refused the secret. Copy it again.",
  404: "Patchbay does not know this address. Copy it again.",
  429: "Too many requests. Try again in a minute.",
};
// A gateway's own, and what Freshworks answers itself when no connection could be made.
const UNREACHABLE = new Set([0, 502, 503, 504]);

exports = {
  address: "The address must be https://HOST/freshchat/TOKEN.",
  secret: "The shared secret must be whsec_ and Base64. Copy it again.",
  stranger: "The answer is not Patchbay's. Check the address.",
  failure: "The app failed. Read its log in Freshworks.",
  forStatus: forStatus,
};

// Of an answer with another status than 200.
function forStatus(status) {
  if (UNREACHABLE.has(status)) {
    return "Patchbay cannot be reached. Check the address, try again.";
  }
  return BY_STATUS[status] || `Patchbay answered with status ${status}. Try again.`;
}
