"""Writes events/whatsapp/topic/: what SNS hands over for news of WhatsApp that come through AWS, and what they mean.

    python -m tools.sample_events.whatsapp_topic

They are three of the webhooks in events/whatsapp, which mean the same through both doors. Running it again changes
nothing.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from patchbay.domain.accounts import Endpoint
from patchbay.domain.events import Ignored, encode
from patchbay.kit.contract import WebhookRequest
from patchbay.messengers.whatsapp import CONNECTOR
from tests.harness.gateway import read_gateway_event
from tools.sample_events.samples import ROOT, write_files

FOLDER = ROOT / "events" / "whatsapp"
SITUATIONS = ("message_text", "status_delivered", "template_paused")
OWNER, REGION = "123456789012", "eu-west-1"
TOPIC = f"arn:aws:sns:{REGION}:{OWNER}:patchbay-WhatsappEventsTopic-EXAMPLE"
_ARN = f"arn:aws:social-messaging:{REGION}:{OWNER}"
_HEX = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"


def read_webhook(situation: str) -> tuple[dict[str, Any], WebhookRequest]:
    """The body of a webhook of Meta's, and the request that brought it."""
    event = json.loads((FOLDER / f"{situation}.json").read_text(encoding="utf-8"))
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"]
    return json.loads(body), read_gateway_event(event)


def make_topic_event(situation: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
    webhook, request = read_webhook(situation)
    (entry,) = webhook["entry"]
    number = entry["changes"][0]["value"].get("metadata", {}).get("phone_number_id")
    numbers = [{"metaPhoneNumberId": number, "arn": f"{_ARN}:phone-number-id/{_HEX}"}] if number else []
    message = {
        "context": {
            "MetaWabaIds": [{"wabaId": entry["id"], "arn": f"{_ARN}:waba/{_HEX}"}],
            "MetaPhoneNumberIds": numbers,
        },
        "whatsAppWebhookEntry": json.dumps(entry, ensure_ascii=False, separators=(",", ":")),
        "aws_account_id": OWNER,
        "message_timestamp": f"{request.received_at:%Y-%m-%dT%H:%M:%S}.000000000Z",
        "messageId": "6d69f07a-c317-4278-9d5c-6a84078419ec",
    }
    notice: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
        "TopicArn": TOPIC,
        "Subject": None,
        "Message": json.dumps(message, ensure_ascii=False, separators=(",", ":")),
        "Timestamp": f"{request.received_at:%Y-%m-%dT%H:%M:%S}.000Z",
        "MessageAttributes": {},
    }
    source = {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": f"{TOPIC}:{_HEX}"}
    return {"Records": [{**source, "Sns": notice}]}


def describe_meaning(event: dict[str, Any], situation: str) -> list[Any]:
    """What the connector makes of it."""
    facts = json.loads((FOLDER / "endpoint.json").read_text(encoding="utf-8"))
    tenants = {tenant: frozenset(accounts) for tenant, accounts in facts["tenants"].items()}
    accounts = frozenset(facts["accounts"])
    endpoint = Endpoint(id=facts["id"], service="whatsapp", accounts=accounts, tenants=tenants)
    told = CONNECTOR.read_topic_message(event["Records"][0]["Sns"]["Message"])
    received_at = read_webhook(situation)[1].received_at
    request = WebhookRequest(method="POST", body=told.body, received_at=received_at)
    return [
        {"ignored": each.reason} if isinstance(each, Ignored) else json.loads(encode(each))["event"]
        for each in CONNECTOR.parse(request, endpoint)
    ]


def make_samples() -> tuple[dict[str, Any], dict[str, Any]]:
    """The events, and what each means."""
    events = {situation: make_topic_event(situation) for situation in SITUATIONS}
    return events, {situation: describe_meaning(event, situation) for situation, event in events.items()}


def main() -> None:
    events, meanings = make_samples()
    write_files(FOLDER / "topic", events, meanings)


if __name__ == "__main__":
    main()
