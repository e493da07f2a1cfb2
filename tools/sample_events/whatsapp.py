"""Writes events/whatsapp/: what API Gateway hands over for each of Meta's webhooks, and what they mean.

    python -m tools.sample_events.whatsapp

Running it again changes nothing. The expected events are written by the connector itself and checked by eye when they
change; tests/connectors/whatsapp states the same facts independently.
"""

from __future__ import annotations

import hashlib
import hmac
import json

from patchbay.domain.accounts import Endpoint, Secrets
from tools.sample_events.samples import SampleWebhook, write_samples
from tools.sample_events.whatsapp_parts import (
    ECHO,
    HIDDEN,
    MESSAGES,
    METADATA,
    MOVED,
    NEWS,
    NUMBER,
    OTHER_WABA,
    PERSON,
    PREFERENCE,
    SECOND_NUMBER,
    START,
    STATUSES,
    STRANGER,
    USER,
    WABA,
    Json,
)

APP_SECRET = "sample-secret-of-the-whatsapp-samples-opens-nothing"
VERIFY_TOKEN = "sample-token-of-the-whatsapp-samples-opens-nothing"


def change(field: str, **value: object) -> Json:
    return {"field": field, "value": {"messaging_product": "whatsapp", "metadata": METADATA, **value}}


def write_message(name: str, number: int, person: Json = PERSON, to: str = NUMBER) -> Json:
    kind, fields = MESSAGES[name]
    sender = {"from": person["wa_id"]} if "wa_id" in person else {}
    ids: Json = {**sender, "from_user_id": USER, "id": f"wamid.HBgLNDY3MDEyMzQ{number:03}=="}
    contacts: Json = {} if kind == "system" else {"contacts": [person]}
    message: Json = {**ids, "timestamp": str(START + number), "type": kind, **fields}
    return change("messages", **contacts, messages=[message], metadata={**METADATA, "phone_number_id": to})


def write_status(status: Json) -> Json:
    ids: Json = {"id": "wamid.OURS==", "timestamp": str(START), "recipient_id": "46701234567"}
    failed = status["status"] == "failed"
    person: Json = {} if failed else {"recipient_user_id": USER}
    contacts: Json = {} if failed else {"contacts": [PERSON]}
    return change("messages", **contacts, statuses=[{**ids, **person, **status}])


def write_entry(*changes: Json, account: str = WABA) -> Json:
    return {"id": account, "time": START, "changes": list(changes)}


def list_entries() -> dict[str, list[Json]]:
    messages = {f"message_{name}": [write_entry(write_message(name, n))] for n, name in enumerate(MESSAGES)}
    statuses = {f"status_{name}": [write_entry(write_status(status))] for name, status in STATUSES.items()}
    news = {name: [write_entry({"field": field, "value": value})] for name, (field, value) in NEWS.items()}
    stop, resume = ({**PREFERENCE, "value": value} for value in ("stop", "resume"))
    echo: Json = {**ECHO, "type": "text", "text": {"body": "On my way"}}
    return {
        **messages,
        "message_base64": messages["message_text_in_many_scripts"],
        "message_of_a_hidden_number": [write_entry(write_message("text", 901, HIDDEN))],
        "message_to_another_number": [write_entry(write_message("text", 900, to=SECOND_NUMBER))],
        "message_to_a_strange_number": [write_entry(write_message("text", 900, to=STRANGER))],
        "several_at_once": [
            write_entry(write_message("text", 902), write_status(STATUSES["read"])),
            write_entry(write_status(STATUSES["delivered"])),
        ],
        **statuses,
        **news,
        "news_of_a_strange_account": [
            write_entry({"field": NEWS["alert"][0], "value": NEWS["alert"][1]}, account=OTHER_WABA)
        ],
        "problem_with_the_number": [
            write_entry(change("messages", errors=[{"code": 130429, "title": "Rate limit hit"}]))
        ],
        "user_id_update": [write_entry(change("user_id_update", contacts=[HIDDEN], user_id_update=[MOVED]))],
        "marketing_stopped": [write_entry(change("user_preferences", contacts=[PERSON], user_preferences=[stop]))],
        "marketing_resumed": [write_entry(change("user_preferences", contacts=[PERSON], user_preferences=[resume]))],
        "written_on_the_phone": [write_entry(change("smb_message_echoes", contacts=[PERSON], message_echoes=[echo]))],
        "standby": [write_entry({**write_message("text", 903), "field": "standby"})],
        "handover": [
            write_entry(change("messaging_handovers", type="control_taken", control_taken={"previous_role": "primary"}))
        ],
        "another_object": [],
    }


def make_body(name: str, entries: list[Json]) -> bytes:
    """As Meta writes it: in ASCII, with escaped slashes."""
    whole = {"object": "page" if name == "another_object" else "whatsapp_business_account", "entry": entries}
    return json.dumps(whole, separators=(",", ":")).replace("/", "\\/").encode()


def make_webhook(name: str, body: bytes) -> SampleWebhook:
    signature = hmac.new(APP_SECRET.encode(), body, hashlib.sha256).hexdigest()
    return SampleWebhook(
        body=body,
        at=(START + 1000) * 1000,
        headers={
            "content-type": "application/json",
            "user-agent": "facebookexternalua",
            "x-hub-signature-256": f"sha256={signature}",
        },
        in_base64=name == "message_base64",
    )


def main() -> None:
    endpoint = Endpoint(
        id="sample-whatsapp",
        service="whatsapp",
        settings={"phone_number_id": NUMBER, "waba_id": WABA},
        secrets=Secrets({"app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN}),
        accounts=frozenset({NUMBER, SECOND_NUMBER}),
        strangers=frozenset({STRANGER}),
        tenants={WABA: frozenset({NUMBER, SECOND_NUMBER}), OTHER_WABA: frozenset()},
    )
    write_samples(endpoint, {name: make_webhook(name, make_body(name, each)) for name, each in list_entries().items()})


if __name__ == "__main__":
    main()
