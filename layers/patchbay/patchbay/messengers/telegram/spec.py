"""Telegram as data: its settings, what it shows to customers, how the core must treat it, and its limits."""

from __future__ import annotations

import re

from patchbay.domain.model import AttachmentKind
from patchbay.kit.behavior import Behavior, Rate
from patchbay.kit.capabilities import (
    AlbumRule,
    AttachmentRule,
    ButtonRule,
    Capabilities,
    CardRule,
    ChangeRule,
    ReactionRule,
)
from patchbay.kit.contract import ALLOWED_SOURCES, Setting

DEFAULT_BASE_URL = "https://api.telegram.org"
YES, NO = "yes", "no"

#: What the bot gets. Telegram sends nothing else, and would by itself also send what nobody here reads.
UPDATES = ("message", "edited_message", "message_reaction", "callback_query", "my_chat_member")

#: The same of the business accounts whose owners let the bot answer.
BUSINESS_UPDATES = ("business_connection", "business_message", "edited_business_message", "deleted_business_messages")

TEXT = 4096  #: UTF-16 units of a message, after its markup is read
CAPTION = 1024
NAME = 64  #: of an agent above their words, which share the limit with it
DOWNLOAD_BYTES = 20 * 1024 * 1024  #: the largest file that Telegram gives out to a bot
PHOTO_BYTES = 10 * 1024 * 1024
UPLOAD_BYTES = 50 * 1024 * 1024
ALBUM_FILES = 10
STICKER_BYTES = 512 * 1024
DELETABLE = 48 * 3600.0  #: seconds for which a bot may delete its messages
PAYLOAD_BYTES = 64  #: of what a button sends back
VENUE = 256  #: of a place's name, and of its address
CALLBACK_TEXT = 200  #: of the line that is shown above the chat when a button was pressed

_HEADING = NAME + 1  #: the name and the end of its line

_AUDIO = frozenset({"audio/mpeg", "audio/mp4", "audio/ogg"})
_IN_COLOR = "\ufe0f"
#: With which a bot may react.
_REACTIONS = (
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 "
    "🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 "
    "🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡"
)
_WITHOUT_COLOR = re.compile("[❤🕊⚡✍☃♂♀](?!\ufe0f)")  #: signs that are text unless another one behind them says not


def write_in_color(emoji: str) -> str:
    """As everybody writes it but Telegram, which leaves the sign out that says so."""
    return _WITHOUT_COLOR.sub(lambda found: f"{found[0]}{_IN_COLOR}", emoji)


def write_without_color(emoji: str) -> str:
    return emoji.replace(_IN_COLOR, "")


BLOCKED = "the customer has blocked the bot, and must unblock it first"
REMOVED = "the bot has been removed from the group"
BUSINESS_GONE = (
    "the bot is not connected with the business account any more: answer on the phone, or have the account's owner add "
    "the bot again (Settings > Telegram Business > Chatbots)"
)
BUSINESS_LATE = (
    "the customer has not written within the last 24 hours, and after that only the business account's owner can "
    "answer, on the phone"
)
BUSINESS_SILENT = (
    "the bot may not reply in the business account: its owner must allow that (Settings > Telegram Business > Chatbots)"
)

SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="bot_token",
        help="The bot's token: in Telegram write /mybots to @BotFather > your bot > API Token (digits:letters)",
        required=True,
        secret=True,
    ),
    Setting(
        name="webhook_secret",
        help="What Telegram sends along to prove that it is calling; leave it out to generate one",
        secret=True,
        verifies=True,
        generated=True,
    ),
    Setting(name="base_url", help="The URL of the Bot API, for a server of your own", default=DEFAULT_BASE_URL),
    Setting(name="welcome_message", help="What customers see when they press Start; leave it empty to show nothing"),
    Setting(name="groups", help="yes to carry what people write to the bot in groups; no to refuse", default=NO),
    Setting(
        name="business",
        help=(
            "The people whose Telegram Business accounts are answered, by @username or id, separated by commas; no for "
            "none"
        ),
        default=NO,
    ),
    ALLOWED_SOURCES,
)

CAPABILITIES = Capabilities(
    text_limit=TEXT - _HEADING,
    caption_limit=CAPTION - _HEADING,
    attachments={
        # A GIF goes as a file, which plays; as a photo it would stand still.
        AttachmentKind.IMAGE: AttachmentRule(
            max_bytes=PHOTO_BYTES, content_types=frozenset({"image/jpeg", "image/png"}), needs_size=True
        ),
        AttachmentKind.AUDIO: AttachmentRule(
            max_bytes=UPLOAD_BYTES,
            content_types=_AUDIO,
            needs_size=True,
        ),
        AttachmentKind.VIDEO: AttachmentRule(
            max_bytes=UPLOAD_BYTES, content_types=frozenset({"video/mp4"}), needs_size=True
        ),
        AttachmentKind.FILE: AttachmentRule(max_bytes=UPLOAD_BYTES, needs_size=True),
    },
    albums=AlbumRule(
        max_files=ALBUM_FILES,
        max_bytes=UPLOAD_BYTES,  # of one call, whatever is in it
        mixes=(
            frozenset({AttachmentKind.IMAGE, AttachmentKind.VIDEO}),
            frozenset({AttachmentKind.AUDIO}),
            frozenset({AttachmentKind.FILE}),
        ),
        single_types=frozenset({"audio/ogg", "image/gif"}),  # played as a voice note, and as an animation
    ),
    buttons=ButtonRule(max_count=20, max_label=64),
    cards=CardRule(max_title=100, max_text=800, max_buttons=8, max_label=64),
    locations=True,
    contact_cards=True,
    sender_name=True,
    typing=True,
    voice_notes=AttachmentRule(max_bytes=UPLOAD_BYTES, content_types=_AUDIO, needs_size=True),
    stickers=AttachmentRule(
        max_bytes=STICKER_BYTES, content_types=frozenset({"image/webp"}), needs_size=True, captions=False
    ),
    reactions=ReactionRule(emojis=frozenset(form for one in _REACTIONS.split() for form in (one, write_in_color(one)))),
    edits=ChangeRule(),
    deletions=ChangeRule(within=DELETABLE),
    quotes=True,
)

BEHAVIOR = Behavior(
    payload_bytes=PAYLOAD_BYTES,
    reports_references=True,
    typing_lasts=5.0,
    rate=Rate(requests=30),  # of a bot's messages in a second, as Telegram's answers to frequent questions have it
)
