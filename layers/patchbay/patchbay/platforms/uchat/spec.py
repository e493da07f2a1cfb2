"""UChat as data: its settings, what it shows to agents, and how the core must treat it."""

from __future__ import annotations

from patchbay.kit.behavior import Behavior, ContactIdentity, Rate
from patchbay.kit.capabilities import AttachmentRule, Capabilities
from patchbay.kit.contract import ALLOWED_SOURCES, Setting
from patchbay.kit.displayable_types import allow_drawn

DEFAULT_BASE_URL = "https://www.uchat.com.au"

SETTINGS = (
    Setting(
        name="base_url",
        help="The URL of UChat; partners with their own domain use that",
        default=DEFAULT_BASE_URL,
    ),
    Setting(name="workspace_id", help="The workspace's id, as in the partner's list of workspaces"),
    Setting(
        name="partner_api_key",
        help="The partner API key, from the API keys of the partner's own workspace; without one, the partner "
        "sets the webhook manually",
        secret=True,
    ),
    Setting(
        name="flow_api_key",
        help='The API key of the bot, from the settings of its flow, with the permission "manage flow"',
        required=True,
        secret=True,
    ),
    Setting(
        name="webhook_verification_key",
        help="The key that UChat signs webhooks with; leave it out to generate one",
        secret=True,
        verifies=True,
        generated=True,
    ),
    Setting(
        name="bot_url",
        help="The URL for customers' messages, from UChat's answer; set it only if the webhook is set manually",
    ),
    ALLOWED_SOURCES,
)

_FILE = AttachmentRule(max_bytes=100 * 1024 * 1024, captions=False)  # a link to our copy, which UChat may keep

#: UChat documents no limits of texts, files and calls. 4000 characters are a long letter; 5 calls a second are what one
#: tenant of a shared service can well be expected to make.
CAPABILITIES = Capabilities(
    notices=False,  # the customer's next step in a flow is what they write
    text_limit=4000,
    attachments=allow_drawn(_FILE),  # UChat's agents read in a browser
    sender_name=True,  # as the contact's name
)

BEHAVIOR = Behavior(rate=Rate(requests=5, seconds=1.0), contact_identity=ContactIdentity.NUMBERED)
