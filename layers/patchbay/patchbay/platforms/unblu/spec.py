"""Unblu as data: its settings, what it shows to agents, and how the core must treat it."""

from __future__ import annotations

from patchbay.domain.model import AttachmentKind, ReceiptState
from patchbay.kit.behavior import Behavior, ContactIdentity, Rate
from patchbay.kit.capabilities import AttachmentRule, Capabilities
from patchbay.kit.contract import Setting

CHANNEL_NAME = "Patchbay"
OFFLINE_CHAT = "OFFLINE_CHAT_REQUEST"
YES, NO = "yes", "no"

SETTINGS = (
    Setting(name="base_url", help="The URL of Unblu, like https://unblu.cloud", required=True),
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
        help="The secret with which Unblu signs its calls; leave it out to have one generated",
        secret=True,
        verifies=True,
        generated=True,
    ),
    Setting(
        name="channel_name",
        help="The name of the channel in Unblu; Patchbay creates it if it does not exist",
        default=CHANNEL_NAME,
    ),
    Setting(name="api_version", help="auto, v3 (Unblu 6 and 7) or v4 (Unblu 8)", default="auto"),
    Setting(name="recipient_team_id", help="The team that new conversations are assigned to"),
    Setting(
        name="engagement_type",
        help="How new conversations start: OFFLINE_CHAT_REQUEST, or CHAT_REQUEST if agents are always online",
        default=OFFLINE_CHAT,
    ),
    Setting(name="locale", help="The language of new conversations, like de-CH; leave it out to use the account's"),
    Setting(
        name="states_external",
        help=("yes; or no, with which Unblu shows agents' messages as read as soon as Patchbay has received them"),
        default=YES,
    ),
    Setting(name="name_prefix", help="yes to start each text with its sender's name, on every messenger", default=NO),
    Setting(
        name="outbound_to",
        help=(
            "If agents may start conversations: the messenger to use, as service:connection. It must "
            "accept first messages"
        ),
        outbound_messenger=True,
    ),
    Setting(name="api_version_found", help="The API version found when the account was connected; Patchbay sets it"),
)

_MEGABYTE = 1024 * 1024
_FILE = AttachmentRule(max_bytes=10 * _MEGABYTE)  # a file is part of a JSON object, which Unblu holds whole

#: Unblu documents no limits of texts and files. 4000 characters are a long letter.
CAPABILITIES = Capabilities(
    text_limit=4000,
    caption_limit=1000,
    attachments=dict.fromkeys(AttachmentKind, _FILE),
    sender_name=True,  # as the person who writes
)

BEHAVIOR = Behavior(
    contact_identity=ContactIdentity.LOOKED_UP,
    rate=Rate(requests=10, seconds=1.0),  # none is documented; other customers share the servers
    first_message_calls=6,
    receipt_states=frozenset({ReceiptState.DELIVERED, ReceiptState.READ}),
    completion_timeout=120.0,
    pending_file_statuses=frozenset({403}),  # until Unblu has scanned the file, whatever the webhook says
)
