// What of a platform's payload goes to Patchbay: no parameters, no e-mail addresses, phone numbers or last names.

const app = require("./version");

const PERSON = ["id", "type", "first_name", "reference_id", "avatar"];
const CHANNEL = ["id", "name"];
const ENVELOPE = ["event", "version", "region", "domain", "account_id", "timestamp"];
const WITH_MESSAGES = new Set(["onMessageCreate", "onConversationCreate"]);
// By the event, the changes that Patchbay acts on. The reference is how it finds a customer again.
const NEWS = { onConversationUpdate: ["status", "assigned_agent_id"], onUserUpdate: ["reference_id"] };
const OURS = new Set(["user", "system"]);
const HIDDEN = new Set(["private", "system"]);

exports = { isWanted: isWanted, makeBody: makeBody, makeId: makeId };

// Freshworks gives an app 50 requests a minute for each account: what Patchbay would drop is not sent.
function isWanted(payload) {
  const data = payload.data || {};
  if (WITH_MESSAGES.has(payload.event)) {
    return messagesOf(data).some(function (message) {
      return isForCustomer(message, data.actor || {});
    });
  }
  const changes = (data.changes || {}).model_changes || {};
  return (NEWS[payload.event] || []).some(function (name) {
    return Boolean(changes[name]);
  });
}

function isForCustomer(message, actor) {
  return !OURS.has(message.actor_type || actor.type) && !HIDDEN.has(message.message_type);
}

// JSON in pure ASCII: whatever encodes the request again on its way changes no byte that is signed.
function makeBody(payload) {
  const body = pick(payload, ENVELOPE);
  body.app = app.version;
  body.data = payload.data && cutData(payload.data);
  return JSON.stringify(body).replace(/[\u007f-\uffff]/g, function (character) {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

function cutData(data) {
  const actor = data.actor && pick(data.actor, PERSON);
  if (data.user) {
    return { actor: actor, user: pick(data.user, PERSON), changes: data.changes && cutChanges(data.changes) };
  }
  return {
    actor: actor,
    associations: data.associations && cutAssociations(data.associations),
    message: data.message,
    conversation: data.conversation,
    changes: data.changes,
  };
}

// Of a user: old and new values are as personal as the user.
function cutChanges(changes) {
  return { model_changes: pick(changes.model_changes || {}, PERSON) };
}

function cutAssociations(associations) {
  return {
    user: associations.user && pick(associations.user, PERSON),
    agent: associations.agent && pick(associations.agent, PERSON),
    channel: associations.channel && pick(associations.channel, CHANNEL),
  };
}

// The same event has the same id, however often it is sent.
function makeId(payload) {
  const id = `${payload.event}-${subjectOf(payload.data || {})}-${payload.timestamp || 0}`;
  return id.replace(/[^A-Za-z0-9_-]/g, "-").slice(0, 160);
}

function subjectOf(data) {
  const first = messagesOf(data)[0] || {};
  const user = data.user || {};
  return first.id || conversationOf(data).conversation_id || user.id || "app";
}

function messagesOf(data) {
  return conversationOf(data).messages || [];
}

// A message comes inside of what describes its conversation.
function conversationOf(data) {
  return data.message || data.conversation || {};
}

function pick(object, names) {
  const present = names.filter(function (name) {
    return object[name] !== undefined;
  });
  return Object.fromEntries(
    present.map(function (name) {
      return [name, object[name]];
    }),
  );
}
