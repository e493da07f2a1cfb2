"""The web chat as data: its settings, what it shows to visitors, and how the core must treat it."""

from __future__ import annotations

from patchbay.domain.model import ReceiptState
from patchbay.kit.behavior import Behavior
from patchbay.kit.capabilities import AttachmentRule, ButtonRule, Capabilities, CardRule, ChangeRule, ReactionRule
from patchbay.kit.contract import Setting
from patchbay.kit.displayable_types import allow_drawn

ADDRESS = "address"  #: learned when the account is connected: where the page is, and the service below it

LANGUAGES = ("en", "de", "fr", "es", "fi")
#: What is a whole number, the least and the most that it may be, and one to write.
NUMBERS = {
    "retention_days": (1, 3650, "30"),
    "visitors_a_day": (1, 1_000_000, "1000"),
    "messages_a_minute": (20, 60_000, "300"),
    "uploads_mb_a_day": (1, 1_000_000, "500"),
}

SWITCHES = ("open", "push", "push_text")  #: what is yes or no

_FILE_BYTES = 100 * 1024 * 1024

SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="service_key",
        help="The key that the web chat and the bridge share; leave it out to generate one",
        secret=True,
        verifies=True,
        generated=True,
    ),
    Setting(
        name="push_key",
        help="The key that notifications are sent with; leave it out to generate one",
        secret=True,
        serves=True,
        generated=True,
    ),
    Setting(name="title", help="The title above the chat", default="Chat with us"),
    Setting(name="welcome_message", help="What visitors read before they write; leave it empty to show nothing"),
    Setting(name="colour", help="The colour of buttons and of the visitor's messages, such as #2f6fed"),
    Setting(
        name="allowed_origins",
        help="The sites that may show the chat, separated by commas, such as https://www.example.com",
    ),
    Setting(
        name="language",
        help=f"The language for visitors whose own language the page does not speak: {', '.join(LANGUAGES)}",
        default=LANGUAGES[0],
    ),
    Setting(name="retention_days", help="How many days a chat is kept after its last message", default="30"),
    Setting(name="open", help="Whether visitors may write: yes or no", default="yes"),
    Setting(name="push", help="Whether visitors may ask for notifications: yes or no", default="no"),
    Setting(name="push_text", help="Whether a notification shows the message itself: yes or no", default="no"),
    Setting(name="visitors_a_day", help="How many new visitors the chat accepts in 24 hours", default="1000"),
    Setting(name="messages_a_minute", help="How many messages from visitors it accepts in a minute", default="300"),
    Setting(name="uploads_mb_a_day", help="How many megabytes of files it accepts in 24 hours", default="500"),
)

CAPABILITIES = Capabilities(
    text_limit=4000,
    caption_limit=1000,
    attachments=allow_drawn(AttachmentRule(max_bytes=_FILE_BYTES)),
    buttons=ButtonRule(max_count=20, max_label=80),
    cards=CardRule(max_cards=10, max_title=200, max_text=1000, max_buttons=5, max_label=80),
    link_schemes=frozenset({"https", "http", "tel"}),
    locations=True,
    sender_name=True,
    typing=True,
    reactions=ReactionRule(),
    edits=ChangeRule(),
    deletions=ChangeRule(),
    quotes=True,
)

#: A visitor sees that the platform has a message, and that it was read. That it was delivered there looks the same.
SHOWN_STATES = frozenset({ReceiptState.SENT, ReceiptState.READ, ReceiptState.FAILED})

BEHAVIOR = Behavior(
    idempotent_sends=True,
    receipt_states=frozenset({ReceiptState.DELIVERED, ReceiptState.READ}),
    receipts_cover_earlier=True,
    reports_references=True,
    reports_typing=True,
)
