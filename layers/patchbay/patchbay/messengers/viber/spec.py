"""Viber as data: its settings, what it shows to customers, how the core must treat it, and its limits."""

from __future__ import annotations

from patchbay.domain.feedback import FeedbackKind
from patchbay.domain.model import AttachmentKind, ReceiptState
from patchbay.kit.behavior import Behavior
from patchbay.kit.capabilities import AttachmentRule, ButtonRule, Capabilities, CardRule
from patchbay.kit.contract import Setting

DEFAULT_BASE_URL = "https://chatapi.viber.com/pa"

REQUEST_BYTES = 30_000  #: Viber: "maximum total JSON size of the request is 30kb"
SENDER_NAME = 28
CARD_IMAGE_BYTES = 500 * 1024
FILE_NAME = 256
URL = 2000
CONTACT_NAME = 28
CONTACT_PHONE = 18
BUTTON_TEXT = 250  #: with its markup
BUTTON_REPLY = 100  #: what iPhones take as a button's ActionBody; Android takes 250
KEYBOARD_ROWS = 12  #: the phone refuses a keyboard of more

PICTURE_EXTENSIONS = (".jpeg", ".jpg", ".png")
_FORBIDDEN_EXTENSIONS = (
    "action apk app bat bin cmd com command cpl csh exe gadget inf1 ins inx ipa isu job jse ksh lnk msc msi msp mst "
    "osx out paf pif prg ps1 reg rgs run sct shb shs u3p vb vbe vbs vbscript workflow ws wsf"
)

SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="auth_token",
        help="The bot's token: Viber Admin Panel > your bot > Edit info > Your app key (three groups of 16 hex digits)",
        required=True,
        secret=True,
        verifies=True,
    ),
    Setting(name="base_url", help="The URL of Viber's API", default=DEFAULT_BASE_URL),
    Setting(
        name="sender_name",
        help=f"The name shown when a message names no agent, up to {SENDER_NAME} characters; default: the bot's name",
    ),
    Setting(name="sender_avatar", help="The https URL of an image for that name, up to 100 KB"),
    Setting(
        name="welcome_message", help="What customers see when they open the chat for the first time; empty for nothing"
    ),
)

CAPABILITIES = Capabilities(
    text_limit=7000,
    caption_limit=512,  # Viber's own pages say 120, 512 and 768
    attachments={
        # A GIF goes as a file: Viber's pictures must not be animated, and phones refuse those that are. 1 MB is what
        # iPhones take, Android takes 3 MB.
        AttachmentKind.IMAGE: AttachmentRule(
            max_bytes=1024 * 1024, content_types=frozenset({"image/jpeg", "image/png"})
        ),
        AttachmentKind.VIDEO: AttachmentRule(
            max_bytes=26 * 1024 * 1024, content_types=frozenset({"video/mp4"}), needs_size=True
        ),
        AttachmentKind.FILE: AttachmentRule(
            max_bytes=50 * 1024 * 1024,
            forbidden_extensions=frozenset(_FORBIDDEN_EXTENSIONS.split()),
            needs_size=True,
            captions=False,
        ),
    },
    buttons=ButtonRule(max_count=KEYBOARD_ROWS, max_label=BUTTON_REPLY),
    cards=CardRule(max_cards=6, max_title=60, max_text=120, max_buttons=2, max_label=100),
    locations=True,
    location_labels=False,
    contact_cards=True,
    sender_name=True,
)

BEHAVIOR = Behavior(
    receipt_states=frozenset({ReceiptState.DELIVERED, ReceiptState.READ, ReceiptState.FAILED}),
    receipts_cover_earlier=True,  # Viber: `seen` comes once for all that was unread
    selectable_feedback=frozenset({FeedbackKind.DELIVERED, FeedbackKind.READ}),
)
