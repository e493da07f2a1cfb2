"""What the Freshworks app makes of an event: the signed request to Patchbay, or none.

The same as the app's own code does inside Freshworks, which knows nothing but the event, the secret and the time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]

VERSION = "1.0.0"  #: of the app

#: The events that the app listens to. The first three are about the app itself and have no data.
EVENTS = frozenset(
    {
        "onAppInstall",
        "afterAppUpdate",
        "onAppUninstall",
        "onMessageCreate",
        "onConversationCreate",
        "onConversationUpdate",
        "onUserUpdate",
    }
)

_ENVELOPE = ("event", "version", "region", "domain", "account_id", "timestamp")
_PERSON = ("id", "type", "first_name", "reference_id", "avatar")
_CHANNEL = ("id", "name")
_UNHEARD_ACTORS = {"user", "system"}
_UNHEARD_TYPES = {"private", "system"}
_WITH_MESSAGES = {"onMessageCreate", "onConversationCreate"}
#: By the event. The reference is how Patchbay finds a customer again.
_HEARD_CHANGES = {"onConversationUpdate": ("status", "assigned_agent_id"), "onUserUpdate": ("reference_id",)}
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_-]")
_LONGEST_ID = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    id: str
    headers: Mapping[str, str]
    body: bytes


def relay(payload: Json, secret: str, at: int, version: str = VERSION) -> Request | None:
    """The request about an event; None for one that the app keeps to itself. `at` is in seconds since 1970."""
    if payload["event"] not in EVENTS or _is_unheard(payload):
        return None
    return make_request(payload, secret, at, version)


def make_request(payload: Json, secret: str, at: int, version: str = VERSION) -> Request:
    """Whatever the event is."""
    body = _write(payload, version)
    request_id = _name(payload)
    headers = {
        "content-type": "application/json",
        "webhook-id": request_id,
        "webhook-timestamp": str(at),
        "webhook-signature": sign(secret, request_id, at, body),
    }
    return Request(id=request_id, headers=headers, body=body)


def sign(secret: str, request_id: str, at: int, body: bytes) -> str:
    """As Standard Webhooks has it. `secret` is `whsec_` and base64, with or without its padding."""
    encoded = secret.removeprefix("whsec_")
    key = base64.b64decode(encoded + "=" * (-len(encoded) % 4))
    digest = hmac.digest(key, b"%b.%d.%b" % (request_id.encode(), at, body), hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def _is_unheard(payload: Json) -> bool:
    """Whether Patchbay would drop it: an app may send only so many requests a minute."""
    data: Json = payload.get("data") or {}
    if payload["event"] in _WITH_MESSAGES:
        return not any(_is_for_customer(message, data.get("actor") or {}) for message in _messages_of(data))
    if payload["event"] in _HEARD_CHANGES:
        changes = (data.get("changes") or {}).get("model_changes") or {}
        return not any(changes.get(name) for name in _HEARD_CHANGES[payload["event"]])
    return False


def _is_for_customer(message: Json, actor: Json) -> bool:
    by = message.get("actor_type") or actor.get("type")
    return by not in _UNHEARD_ACTORS and message.get("message_type") not in _UNHEARD_TYPES


def _name(payload: Json) -> str:
    """The id: the same whenever and however often the event is sent."""
    data: Json = payload.get("data") or {}
    first: Json = next(iter(_messages_of(data)), {})
    conversation, user = _model_of(data), data.get("user") or {}
    about = first.get("id") or conversation.get("conversation_id") or user.get("id") or "app"
    return _NOT_IN_IDS.sub("-", f"{payload['event']}-{about}-{payload.get('timestamp') or 0}")[:_LONGEST_ID]


def _model_of(data: Json) -> Json:
    model: Json = data.get("message") or data.get("conversation") or {}
    return model


def _messages_of(data: Json) -> Sequence[Json]:
    return _model_of(data).get("messages") or ()


def _write(payload: Json, version: str) -> bytes:
    """ASCII only: whatever encodes the request again on its way cannot change a byte."""
    body = {**_pick(payload, _ENVELOPE), "app": version}
    if "data" in payload:
        body["data"] = _cut_down(payload["data"])
    return json.dumps(body, separators=(",", ":")).encode("ascii")


def _cut_down(data: Json) -> dict[str, Any]:
    """People without what Patchbay does not need of them; messages, conversations and changes as they are."""
    if data.get("user"):
        return _cut_profile(data)
    shown: dict[str, Any] = _pick(data, ("actor", "associations", "message", "conversation", "changes"))
    if "actor" in shown:
        shown["actor"] = _pick(shown["actor"], _PERSON)
    if shown.get("associations"):
        shown["associations"] = _cut_associations(shown["associations"])
    return shown


def _cut_profile(data: Json) -> dict[str, Any]:
    """Of a person, old and new values are as personal as the person."""
    shown: dict[str, Any] = _pick(data, ("actor", "user", "changes"))
    for name in {"actor", "user"} & shown.keys():
        shown[name] = _pick(shown[name], _PERSON)
    if shown.get("changes") is not None:
        shown["changes"] = {"model_changes": _pick(shown["changes"].get("model_changes") or {}, _PERSON)}
    return shown


def _cut_associations(associations: Json) -> dict[str, Any]:
    wanted = {"user": _PERSON, "agent": _PERSON, "channel": _CHANNEL}
    return {name: _pick(associations[name], fields) for name, fields in wanted.items() if name in associations}


def _pick(value: Json, names: Sequence[str]) -> Any:
    """Those of the fields that are there. What is null or empty stays so."""
    return {name: value[name] for name in names if name in value} if value else value
