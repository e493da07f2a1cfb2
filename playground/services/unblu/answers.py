"""The strict check of what our side answers to an outbound request."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Literal

from playground.services.unblu.records import Json
from playground.simulator import WebhookAnswer

NEW_MESSAGE = "ExternalMessengerNewMessageResponse"
MESSAGE_STATE = "ExternalMessengerMessageStateResponse"
PING = "PingResponse"
_CONTACT = "ExternalMessengerCreateContact{}Response"
_CONVERSATION = "ExternalMessengerCreateConversation{}Response"

#: The fields of each answer beside `$_type`; the unions have a `type` too.
_PLAIN: dict[str, set[str]] = {NEW_MESSAGE: {"externalMessageId"}, MESSAGE_STATE: set(), PING: {"pingId"}}
CONTACT_ANSWERS: dict[str, tuple[str, set[str]]] = {
    _CONTACT.format("Create"): ("CREATE", {"name", "sourceId", "description"}),
    _CONTACT.format("UseExisting"): ("USE_EXISTING", {"externalMessengerContactId"}),
    _CONTACT.format("InvalidContactIdentifier"): ("INVALID_CONTACT_IDENTIFIER", {"errorText"}),
    _CONTACT.format("ContactToPersonMismatch"): ("CONTACT_TO_PERSON_MISMATCH", {"errorText"}),
    _CONTACT.format("Error"): ("ERROR", {"errorText"}),
}
CONVERSATION_ANSWERS: dict[str, tuple[str, set[str]]] = {
    _CONVERSATION.format("Create"): ("CREATE", {"sourceId", "sourceUrl", "metadata"}),
    _CONVERSATION.format("UseExisting"): ("USE_EXISTING", {"conversationId"}),
    _CONVERSATION.format("Error"): ("ERROR", {"errorText"}),
}
_UNIONS = {**CONTACT_ANSWERS, **CONVERSATION_ANSWERS}


class BadAnswer(Exception):
    """An answer that Unblu does not accept; the text is the reason."""


def sign(secret: str, body: bytes, algorithm: Literal["sha1", "sha256"]) -> str:
    """Lower-case hexadecimal digits."""
    return hmac.new(secret.encode(), body, algorithm).hexdigest()


def read_answer(answer: WebhookAnswer, types: frozenset[str], *, secret: str, ping_id: str = "") -> Json:
    """The content of an answer that is good in every way. `secret` is "" where signatures are not checked.

    Raises BadAnswer.
    """
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if answer.status != 200:
        raise BadAnswer(f"status {answer.status} instead of 200" if answer.status else "no answer")
    if headers.get("content-encoding", "identity") != "identity":
        raise BadAnswer("the answer is compressed")
    if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise BadAnswer("the answer's content type is not application/json")
    if secret:
        _check_signature(headers, answer.body, secret)
    content = _read_json(answer.body)
    _check_content(content, types)
    if ping_id and content.get("pingId") != ping_id:
        raise BadAnswer("the answer has another pingId")
    return content


def _check_signature(headers: Mapping[str, str], body: bytes, secret: str) -> None:
    given = headers.get("x-unblu-signature-256")
    if given is None:
        raise BadAnswer("the answer is not signed")
    if not hmac.compare_digest(given.encode(), sign(secret, body, "sha256").encode()):
        raise BadAnswer("the answer's signature is wrong")


def _read_json(body: bytes) -> Json:
    try:
        content = json.loads(body)
    except ValueError:
        raise BadAnswer("the answer is not JSON") from None
    if not isinstance(content, dict):
        raise BadAnswer("the answer is not an object")
    return content


def _check_content(content: Json, types: frozenset[str]) -> None:
    model = content.get("$_type")
    if model not in types:
        raise BadAnswer(f"the answer's $_type is {model!r}")
    if model in _UNIONS:
        kind, fields = _UNIONS[model]
        if content.get("type") != kind:
            raise BadAnswer(f"the answer's type is not {kind}")
        fields = fields | {"type"}
    else:
        fields = _PLAIN[model]
    if unknown := set(content) - fields - {"$_type"}:
        raise BadAnswer(f"the answer has unknown fields: {', '.join(sorted(unknown))}")
