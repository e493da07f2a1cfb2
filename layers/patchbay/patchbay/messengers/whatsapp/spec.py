"""WhatsApp as data: its settings, what it shows to customers, how the core must treat it, and its limits."""

from __future__ import annotations

import re

from patchbay.domain.model import AttachmentKind, ReceiptState
from patchbay.kit.behavior import Behavior, Rate
from patchbay.kit.capabilities import AttachmentRule, ButtonRule, Capabilities, CardRule, ReactionRule
from patchbay.kit.contract import HttpResponse, Setting
from patchbay.kit.template_settings import TEMPLATE_SETTINGS

DEFAULT_BASE_URL = "https://graph.facebook.com"
DEFAULT_API_VERSION = "v25.0"

META, AWS = "meta", "aws"  #: the doors
NEVER, ON_OPEN, ON_REPLY = "never", "on_open", "on_reply"

#: What the webhook must be subscribed to at Meta. Without the last three an account with several apps loses messages.
FIELDS = (
    *("messages", "smb_message_echoes", "user_preferences", "user_id_update"),
    *("message_template_status_update", "message_template_quality_update", "template_category_update"),
    *("account_alerts", "account_update", "phone_number_quality_update"),
    *("standby", "messaging_handovers"),
)

REPLY_WINDOW = 24 * 3600.0  #: seconds after a person's message in which a business may answer freely
TEXT = 4096
NAME = 64  #: of an agent in front of their words, which share the limit with it
CAPTION = 1024  #: nothing is documented; what else is shown below a file has this limit
BODY = 1024  #: of a message with reply buttons, or with a link as a button
LIST_BODY = 4096
REPLIES = 3  #: buttons below a message; more of them are a list
ROWS = 10  #: of a list
BUTTON_LABEL = 20
ROW_LABEL = 24
PAYLOAD_BYTES = 200  #: of a list's row; a reply button has 256 characters
CALLBACK_BYTES = 512  #: of what the status of a message sends back
CARD_TITLE = 100
CARD_TEXT = 700

_KB, _MB = 1024, 1024 * 1024
IMAGE_BYTES = 5 * _MB
MEDIA_BYTES = 16 * _MB  #: of a video or a sound
DOCUMENT_BYTES = 100 * _MB
VOICE_BYTES = 512 * _KB  #: a longer one is shown as a file that has to be downloaded
STICKER_BYTES = 100 * _KB

IMAGES = frozenset({"image/jpeg", "image/png"})
OGG = "audio/ogg"
AUDIO = frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", OGG})
VIDEO = frozenset({"video/mp4", "video/3gpp"})
_OFFICE = "application/vnd.openxmlformats-officedocument."
#: What can be uploaded, which is then shown as a file; all else goes as a link.
DOCUMENTS = frozenset(
    {
        *("text/plain", "application/pdf", "application/msword", "image/webp", *IMAGES, *AUDIO, *VIDEO),
        *("application/vnd.ms-excel", "application/vnd.ms-powerpoint"),
        *(f"{_OFFICE}{kind}" for kind in ("wordprocessingml.document", "spreadsheetml.sheet")),
        f"{_OFFICE}presentationml.presentation",
    }
)
OGG_UPLOAD = "audio/ogg; codecs=opus"  #: without the codec WhatsApp refuses it

_HEADING = NAME + 4  #: the name with what makes it bold, and the end of its line

_META_ONLY = {"door": frozenset({META})}
_AWS_ONLY = {"door": frozenset({AWS})}

SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="door",
        help="meta: the number is reached through Meta's own API; aws: through AWS End User Messaging Social",
        default=META,
    ),
    Setting(
        name="phone_number_id",
        help="The number's id, not the number itself: in Meta's App Dashboard > WhatsApp > API Setup, below From",
        required=True,
        only_for=_META_ONLY,
    ),
    Setting(
        name="waba_id",
        help="The WhatsApp Business Account ID, from the same page, beside the number's id",
        required=True,
        only_for=_META_ONLY,
    ),
    Setting(
        name="origination_phone_number_id",
        help="The number's id at AWS (phone-number-id-...) or its ARN: AWS End User Messaging > Social messaging",
        required=True,
        only_for=_AWS_ONLY,
    ),
    Setting(
        name="access_token",
        help=(
            "The token of a system user: in Meta's Business Settings > Users > System users > Generate new token, "
            "with whatsapp_business_messaging and whatsapp_business_management, and without an expiry"
        ),
        required=True,
        secret=True,
        only_for=_META_ONLY,
    ),
    Setting(
        name="app_secret",
        help="What Meta signs webhooks with: in the App Dashboard > App settings > Basic > App secret",
        required=True,
        secret=True,
        verifies=True,
        shared=True,
        only_for=_META_ONLY,
    ),
    Setting(
        name="verify_token",
        help="What Meta sends along once to see whether the webhook URL is yours; leave it out to generate one",
        secret=True,
        serves=True,
        generated=True,
        shared=True,
        only_for=_META_ONLY,
    ),
    Setting(
        name="pin",
        help="The number's two-step verification PIN, six digits: only to register a number that is not registered",
        secret=True,
        chosen=True,
        only_for=_META_ONLY,
    ),
    Setting(
        name="read_receipts",
        help=(
            "When customers see two blue ticks: on_reply, when an agent answers; on_open, when an agent opens the "
            "message, on platforms that report it; never"
        ),
        default=ON_REPLY,
    ),
    *TEMPLATE_SETTINGS,
    Setting(name="meta_api_version", help="The version of Meta's API", default=DEFAULT_API_VERSION),
    Setting(name="base_url", help="The URL of Meta's API", default=DEFAULT_BASE_URL, only_for=_META_ONLY),
)

CAPABILITIES = Capabilities(
    text_limit=TEXT - _HEADING,
    caption_limit=CAPTION - _HEADING,
    attachments={
        AttachmentKind.IMAGE: AttachmentRule(max_bytes=IMAGE_BYTES, content_types=IMAGES, needs_size=True),
        AttachmentKind.AUDIO: AttachmentRule(
            max_bytes=MEDIA_BYTES,
            content_types=AUDIO,
            needs_size=True,
            captions=False,
        ),
        AttachmentKind.VIDEO: AttachmentRule(max_bytes=MEDIA_BYTES, content_types=VIDEO, needs_size=True),
        AttachmentKind.FILE: AttachmentRule(max_bytes=DOCUMENT_BYTES, content_types=DOCUMENTS, needs_size=True),
    },
    buttons=ButtonRule(max_count=ROWS, max_label=ROW_LABEL, max_links=1, mixed=False),
    cards=CardRule(
        max_title=CARD_TITLE,
        max_text=CARD_TEXT,
        max_buttons=REPLIES,
        max_label=BUTTON_LABEL,
        max_links=1,
        mixed=False,
    ),
    locations=True,
    contact_cards=True,
    sender_name=True,
    typing=True,
    voice_notes=AttachmentRule(max_bytes=VOICE_BYTES, content_types=frozenset({OGG}), needs_size=True, captions=False),
    stickers=AttachmentRule(
        max_bytes=STICKER_BYTES, content_types=frozenset({"image/webp"}), needs_size=True, captions=False
    ),
    reactions=ReactionRule(),
    quotes=True,
)

#: Codes with which Meta asks the whole number for fewer calls; 131056 is about one person.
_FEWER = re.compile(rb'"code"\s*:\s*(4|80007|130429)\b')


def _asks_for_fewer(response: HttpResponse) -> bool:
    """Meta answers 400 to that, and not 429."""
    return response.status == 400 and _FEWER.search(response.body) is not None


BEHAVIOR = Behavior(
    payload_bytes=PAYLOAD_BYTES,
    agent_initiated=True,
    reply_window=REPLY_WINDOW,
    notes_newest=True,
    most_webhook_bytes=4 * _MB,  # Meta writes up to 3 MB
    receipt_states=frozenset({ReceiptState.SENT, ReceiptState.DELIVERED, ReceiptState.READ, ReceiptState.FAILED}),
    reports_references=True,
    rate=Rate(
        requests=80, asks_for_fewer=_asks_for_fewer
    ),  # of a number's messages in a second; Meta raises it to 1,000 by itself
)


def is_business_scoped(thread: str) -> bool:
    """Whether the id of a person is Meta's own, like CH.13491208655302741918, and not their number's digits."""
    return thread[2:3] == "." and thread[:2].isalpha()
