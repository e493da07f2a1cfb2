"""News as AWS End User Messaging Social publishes it to a topic.

https://docs.aws.amazon.com/social-messaging/latest/userguide/managing-event-destination-dlrs.html
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from random import Random

from playground.services.whatsapp.events import News
from playground.services.whatsapp.records import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How AWS calls what Meta calls by a number, in one account and region."""

    owner: str = "123456789012"
    region: str = "eu-central-1"

    def number_id(self, meta_id: str) -> str:
        return f"phone-number-id-{_hide(meta_id)}"

    def number_arn(self, meta_id: str) -> str:
        return f"{self._prefix}:phone-number-id/{_hide(meta_id)}"

    def waba_id(self, meta_id: str) -> str:
        return f"waba-{_hide(meta_id)}"

    def waba_arn(self, meta_id: str) -> str:
        return f"{self._prefix}:waba/{_hide(meta_id)}"

    @property
    def _prefix(self) -> str:
        return f"arn:aws:social-messaging:{self.region}:{self.owner}"


def write_message(news: News, names: Names, at: datetime, random: Random) -> str:
    """The text of the topic's message: the entry in it is a text, too."""
    waba = str(news.entry["id"])
    context: Json = {"MetaWabaIds": [{"wabaId": waba, "arn": names.waba_arn(waba)}], "MetaPhoneNumberIds": []}
    if news.number:
        context["MetaPhoneNumberIds"] = [{"metaPhoneNumberId": news.number, "arn": names.number_arn(news.number)}]
    message = {
        "context": context,
        "whatsAppWebhookEntry": json.dumps(news.entry, separators=(",", ":")),
        "aws_account_id": names.owner,
        "message_timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond * 1000:09d}Z",
        "messageId": str(uuid.UUID(int=random.getrandbits(128), version=4)),
    }
    return json.dumps(message, separators=(",", ":"))


def _hide(meta_id: str) -> str:
    return hashlib.md5(meta_id.encode(), usedforsecurity=False).hexdigest()
