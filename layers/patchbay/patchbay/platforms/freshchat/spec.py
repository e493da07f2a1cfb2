"""Freshchat as data: its settings, what it shows to agents, and how the core must treat it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from patchbay.domain.model import AttachmentKind
from patchbay.kit.behavior import Behavior, ContactIdentity
from patchbay.kit.capabilities import AttachmentRule, Capabilities
from patchbay.kit.contract import Setting
from patchbay.kit.standard_webhooks import SECRET_PREFIX

WEBHOOK, APP, BOTH = "webhook", "app", "both"  #: the values of `events`

SETTINGS = (
    Setting(
        name="base_url",
        help="The chat URL, shown beside the API token, such as https://api.eu.freshchat.com/v2",
        required=True,
    ),
    Setting(
        name="api_token",
        help="The API token, from Admin Settings > APIs for chat > Generate token (an account has only one)",
        required=True,
        secret=True,
    ),
    Setting(name="channel_id", help="The channel in which customers' conversations appear", required=True),
    Setting(
        name="events",
        help="How Freshchat reports what agents do: by the account's webhook, by the Patchbay app, or by both",
        default=WEBHOOK,
        shared=True,
    ),
    Setting(
        name="webhook_public_key",
        help="The public key, from Admin Settings > Webhooks; you get it after you have entered the webhook address",
        secret=True,
        verifies=True,
        only_for={"events": frozenset({WEBHOOK, BOTH})},
    ),
    Setting(
        name="app_secret",
        help="The secret that the Patchbay app in Freshchat signs with; leave it out to generate one",
        secret=True,
        verifies=True,
        generated=True,
        prefix=SECRET_PREFIX,
        only_for={"events": frozenset({APP, BOTH})},
    ),
    Setting(name="agent_id", help="The agent who writes the private notes about messages that were not delivered"),
    Setting(name="assigned_group_id", help="The group that new conversations are assigned to"),
)


_MEGABYTE = 1024 * 1024

#: Freshchat documents no limits. 4000 characters is what its own editor takes; files stay well below the 25 MB that
#: agents are told.
CAPABILITIES = Capabilities(
    text_limit=4000,
    attachments={
        AttachmentKind.IMAGE: AttachmentRule(
            max_bytes=15 * _MEGABYTE, content_types=frozenset({"image/png", "image/jpeg", "image/gif"})
        ),
        AttachmentKind.FILE: AttachmentRule(max_bytes=15 * _MEGABYTE),
    },
    sender_name=True,  # as the name of the user
)

BEHAVIOR = Behavior(
    contact_identity=ContactIdentity.LOOKED_UP,
    first_message_calls=4,
    reopens_conversations=True,
    failures_as_notes=True,
)


def expects_webhook(settings: Mapping[str, str]) -> bool:
    """Whether the account's webhook is to be switched on."""
    return settings.get("events", WEBHOOK) != APP


def expects_app(settings: Mapping[str, str]) -> bool:
    """Whether the app is to be installed in the account."""
    return settings.get("events", WEBHOOK) in {APP, BOTH}


def name_tenant(settings: Mapping[str, str]) -> str:
    """The account itself: connections that share a webhook address are channels of the same one."""
    return urlsplit(settings.get("base_url", "").strip()).hostname or ""
