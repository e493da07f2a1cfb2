"""Messages of the topic through which AWS End User Messaging Social passes on what Meta reports.

Each holds one element of a webhook's `entry`, as a text, and says which account of WhatsApp it is about.

Documentation: https://docs.aws.amazon.com/social-messaging/latest/userguide/managing-event-destination-dlrs.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Unreadable
from patchbay.kit.account_setup import TopicMessage
from patchbay.messengers.whatsapp import spec

_OBJECT = "whatsapp_business_account"
WABA_ARN = "aws_waba_arn"  #: the setting that names the account as messages do
_ARN = re.compile(r"arn:[a-z-]+:social-messaging:[a-z0-9-]+:([0-9]{12}):waba/[0-9a-zA-Z]{1,100}")


def get_topic_source(connection: Connection) -> str:
    """All numbers of one account of WhatsApp share an event destination, and so an endpoint."""
    return connection.setting(WABA_ARN) if connection.setting("door", spec.META) == spec.AWS else ""


def read_topic_message(text: str) -> TopicMessage:
    notice = _read(text)
    entry = notice.get("whatsAppWebhookEntry")
    if not isinstance(entry, str):
        raise Unreadable("a message of the topic without whatsAppWebhookEntry")
    source, owner = _find_account(notice, str(_read(entry).get("id", "")))
    if notice.get("aws_account_id", owner) != owner:
        raise Unreadable("a message of the topic whose aws_account_id is not that of its ARN")
    return TopicMessage(source=source, owner=owner, body=_write_webhook(entry))


def _write_webhook(entry: str) -> bytes:
    """As Meta sends it. Half of a surrogate pair is no text that any encoding has."""
    return f'{{"object":"{_OBJECT}","entry":[{entry}]}}'.encode(errors="replace")


def _find_account(notice: dict[str, Any], waba_id: str) -> tuple[str, str]:
    """The ARN of the account that the entry is about, and the account of AWS that has it."""
    context = notice.get("context")
    named = context.get("MetaWabaIds") if isinstance(context, dict) else None
    for one in named if isinstance(named, list) else ():
        if isinstance(one, dict) and waba_id and one.get("wabaId") == waba_id:
            arn = str(one.get("arn", ""))
            if found := _ARN.fullmatch(arn):
                return arn, found[1]
    raise Unreadable("a message of the topic that does not name the account of its entry")


def _read(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Unreadable("a message of the topic that is no JSON object")
    return document
