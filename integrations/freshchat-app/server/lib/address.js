// Patchbay's address of the Freshchat account. A request template takes a host and a path, never a whole URL. Where a
// proxy stands in front of Patchbay, its own path may come first.

const ADDRESS =
  /^https:\/\/((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?)((?:\/\w[\w.~-]*)*\/freshchat\/[\w-]{1,200})\/?$/i;

exports = { parse: parse };

// Returns the host and the path, or null when this is not an address of Patchbay's.
function parse(address) {
  const match = ADDRESS.exec(String(address || "").trim());
  return match && { host: match[1].toLowerCase(), path: match[2] };
}
