"""Unblu as data: its settings, what it shows to agents, and how the core must treat it."""

from __future__ import annotations

from patchbay.domain.accounts import Connection
from patchbay.domain.model import AttachmentKind, ReceiptState
from patchbay.kit.behavior import Behavior, ContactIdentity, Rate
from patchbay.kit.capabilities import AttachmentRule, Capabilities
from patchbay.kit.contract import Setting

CHANNEL_NAME = "Patchbay"
OFFLINE_CHAT = "OFFLINE_CHAT_REQUEST"
YES, NO = "yes", "no"

SETTINGS = (
    Setting(name="base_url", help="The URL of Unblu, such as https://unblu.cloud", required=True),
    Setting(
        name="username",
        help="A technical user of the account, with the role ADMIN",
        required=True,
        secret=True,
        chosen=True,
    ),
    Setting(name="password", help="That user's password", required=True, secret=True, chosen=True),
    Setting(
        name="webhook_secret",
        help="The secret that Unblu signs its calls with; leave it out to generate one",
        secret=True,
        verifies=True,
        generated=True,
    ),
    Setting(
        name="channel_name",
        help="The name of the channel in Unblu; it is created if it does not exist",
        default=CHANNEL_NAME,
    ),
    Setting(name="api_version", help="auto, v3 (Unblu 6 and 7) or v4 (Unblu 8)", default="auto"),
    Setting(name="recipient_team_id", help="The team that new conversations are assigned to"),
    Setting(
        name="engagement_type",
        help="The type of new conversations: OFFLINE_CHAT_REQUEST, or CHAT_REQUEST if agents are always online",
        default=OFFLINE_CHAT,
    ),
    Setting(name="locale", help="The language of new conversations, such as de-CH; default: the account's"),
    Setting(
        name="states_external",
        help="yes, or no: Unblu then shows agents' messages as read once they were sent",
        default=YES,
    ),
    Setting(name="name_prefix", help="yes to start each text with its sender's name, on every messenger", default=NO),
    Setting(
        name="outbound_to",
        help="A messenger on which agents may start conversations, as service:connection",
        outbound_messenger=True,
    ),
    Setting(name="api_version_found", help="The version that Unblu reported; set by Patchbay"),
)

_MEGABYTE = 1024 * 1024
_FILE = AttachmentRule(max_bytes=10 * _MEGABYTE)  # a file is part of a JSON object, which Unblu holds whole

#: Unblu documents no limits of texts and files. 4000 characters are a long letter.
CAPABILITIES = Capabilities(
    text_limit=4000,
    caption_limit=1000,
    attachments=dict.fromkeys(AttachmentKind, _FILE),
    sender_name=True,  # as the person who writes
    quotes=True,  # with API v3 in words
)

SEEN_STATES = frozenset({ReceiptState.DELIVERED, ReceiptState.READ})

BEHAVIOR = Behavior(
    contact_identity=ContactIdentity.LOOKED_UP,
    rate=Rate(requests=10, seconds=1.0),  # none is documented; other customers share the servers
    first_message_calls=6,
    receipt_states=SEEN_STATES,
    reports_references=True,
    completion_timeout=120.0,
    pending_file_statuses=frozenset({403}),  # until Unblu has scanned the file, whatever the webhook says
)


def list_shown_states(connection: Connection) -> frozenset[ReceiptState]:
    """Unblu itself says that a message was delivered and read where the owner has chosen that."""
    known = {ReceiptState.SENT, ReceiptState.FAILED}
    return frozenset(known if connection.setting("states_external") == NO else known | SEEN_STATES)
