"""Writes `events/dispatcher/*.json`: SQS events as Lambda hands them over, made from the services' sample webhooks.

Run it from the repository after a change of the events' format: `python -m tools.sample_events.dispatcher`.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from pathlib import Path

from patchbay.domain import events
from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.domain.events import Event, Ignored
from patchbay.kit import registry
from tests.harness.gateway import RECEIVED_AT, read_gateway_event

ROOT = Path(__file__).parents[2] / "events"
SAMPLES = {
    "viber_message": [("viber", "message_text.json")],
    "viber_picture": [("viber", "message_picture.json")],
    "viber_seen": [("viber", "seen.json")],
    "freshchat_message": [("freshchat", "message_text.json")],
    "freshchat_buttons": [("freshchat", "message_quick_replies.json")],
    "batch": [("viber", "message_text.json"), ("freshchat", "message_text.json"), ("viber", "delivered.json")],
}


def main() -> None:
    folder = ROOT / "dispatcher"
    folder.mkdir(exist_ok=True)
    for name, sources in SAMPLES.items():
        found = [event for service, file in sources for event in _parse(service, file)]
        records = [_record(number, event) for number, event in enumerate(found)]
        text = json.dumps({"Records": records}, indent=2, ensure_ascii=False)
        (folder / f"{name}.json").write_text(f"{text}\n")


def _parse(service: str, file: str) -> list[Event]:
    endpoint = json.loads((ROOT / service / "endpoint.json").read_text())
    request = read_gateway_event(json.loads((ROOT / service / file).read_text()))
    parsed_events = registry.load(service).parse(
        request,
        Endpoint(
            id=endpoint["id"],
            service=service,
            settings=endpoint["settings"],
            secrets=Secrets(endpoint["secrets"]),
            accounts=frozenset(endpoint["accounts"]),
        ),
    )
    return [parsed_event for parsed_event in parsed_events if not isinstance(parsed_event, Ignored)]


def _record(number: int, event: Event) -> dict[str, object]:
    body = events.encode(event)
    sent = str(int(RECEIVED_AT.timestamp() * 1000) + number)
    return {
        "messageId": str(uuid.uuid5(uuid.NAMESPACE_URL, event.id)),
        "receiptHandle": f"sample-receipt-{number}",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": sent,
            "SequenceNumber": str(18_900_000_000_000_000_000 + number),
            "MessageGroupId": event.group,
            "SenderId": "AROAEXAMPLE:sample",
            "MessageDeduplicationId": event.id,
            "ApproximateFirstReceiveTimestamp": sent,
        },
        "messageAttributes": {},
        "md5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:patchbay-events.fifo",
        "awsRegion": "eu-west-1",
    }


if __name__ == "__main__":
    main()
