"""Giosg as data: its settings, what it shows to agents, and how the core must treat it."""

from __future__ import annotations

from patchbay.domain.model import ReceiptState
from patchbay.kit.behavior import Behavior, ContactIdentity, Rate
from patchbay.kit.capabilities import Capabilities
from patchbay.kit.contract import ALLOWED_SOURCES, Setting

BASE_URL = "https://service.giosg.com"

EXTERNAL, VISITOR = "external", "visitor"  #: the values of `chat_type`
QUEUE, REPLY = "queue", "reply"  #: the values of `offline`
YES, NO = "yes", "no"

OFFLINE_REPLY = "We are away at the moment. We have your message and will reply when we are back."

#: Where the owner creates a new token.
TOKENS = "Settings > Company > Access tokens"

SETTINGS = (
    Setting(name="organization_id", help="Account information > Account UUID", required=True),
    Setting(
        name="room_id",
        help="The Room ID of the room that customers' chats go to; the room needs a router",
        required=True,
    ),
    Setting(
        name="api_token",
        help=f"{TOKENS}; create it under a dedicated user: the token has the user's permissions and ends with the user",
        required=True,
        secret=True,
    ),
    Setting(
        name="webhook_secret",
        help="Part of the webhook URLs, which proves that Giosg is calling; leave it out to generate one",
        secret=True,
        verifies=True,
        generated=True,
    ),
    Setting(
        name="chat_type",
        help="external, or visitor: Giosg then ends chats in which nothing was written for a while",
        default=EXTERNAL,
    ),
    Setting(
        name="offline",
        help="While no agent is online, messages wait; with reply, customers are informed, with queue they are not",
        default=QUEUE,
    ),
    Setting(name="offline_reply", help="The text that customers read with offline=reply", default=OFFLINE_REPLY),
    Setting(name="name_prefix", help="yes to start each text with its sender's name, on every messenger", default=NO),
    Setting(name="notices", help="yes to inform customers when an agent enters or leaves the chat", default=NO),
    Setting(name="base_url", help="The URL of Giosg", default=BASE_URL),
    ALLOWED_SOURCES,
)

CAPABILITIES = Capabilities(
    text_limit=2000,
    # No attachments: Giosg has no field for a visitor's files, so they become links that stay valid.
    sender_name=True,  # as the visitor's name
    typing=True,
)

BEHAVIOR = Behavior(
    contact_identity=ContactIdentity.AUTHENTICATED,
    # None is documented, and the organization's web chats share the servers: 5 a second over ten seconds, because a new
    # customer's first message takes nine calls, all of which have to fit.
    rate=Rate(requests=50, seconds=10.0),
    first_message_calls=9,
    receipt_states=frozenset({ReceiptState.READ}),
    receipts_cover_earlier=True,
    reports_deletions=True,
    completion_timeout=60.0,
    pending_file_statuses=frozenset({404}),  # a message may be reported before its file has been uploaded
    reports_typing=True,
)
