"""What calls may hold: the methods and types of the Bot API 10.1 that the simulator knows, and no others.

A kind is a name of a type below, or one of `int float str bool`, `id` (a chat's number, or its @name), `file` (an
address, a known file's id, or an upload) and `attachable` (the same, with the upload named by `attach://`). `[kind]` is
a list, and `kind!` must be there.
"""

from __future__ import annotations

from collections.abc import Mapping

Fields = Mapping[str, str]

_FORMATTED: Fields = {"parse_mode": "str"}
_CAPTION: Fields = {
    "caption": "str",
    "parse_mode": "str",
    "caption_entities": "[MessageEntity]",
    "show_caption_above_media": "bool",
}
_SIZE: Fields = {"width": "int", "height": "int", "duration": "int"}
_TRACK: Fields = {"duration": "int", "performer": "str", "title": "str"}

TYPES: Mapping[str, Fields] = {
    "MessageEntity": {
        "type": "str!",
        "offset": "int!",
        "length": "int!",
        "url": "str",
        "language": "str",
        "custom_emoji_id": "str",
        "unix_time": "int",
        "date_time_format": "str",
    },
    "ReplyParameters": {
        "message_id": "int!",
        "chat_id": "id",
        "allow_sending_without_reply": "bool",
        "quote": "str",
        "quote_parse_mode": "str",
        "quote_entities": "[MessageEntity]",
        "quote_position": "int",
    },
    "LinkPreviewOptions": {
        "is_disabled": "bool",
        "url": "str",
        "prefer_small_media": "bool",
        "prefer_large_media": "bool",
        "show_above_text": "bool",
    },
    "ReplyMarkup": {
        "inline_keyboard": "[[InlineKeyboardButton]]",
        "keyboard": "[[KeyboardButton]]",
        "is_persistent": "bool",
        "resize_keyboard": "bool",
        "one_time_keyboard": "bool",
        "remove_keyboard": "bool",
        "force_reply": "bool",
        "input_field_placeholder": "str",
        "selective": "bool",
    },
    "InlineKeyboardMarkup": {"inline_keyboard": "[[InlineKeyboardButton]]!"},
    "InlineKeyboardButton": {
        "text": "str!",
        "icon_custom_emoji_id": "str",
        "style": "str",
        "url": "str",
        "callback_data": "str",
        "switch_inline_query": "str",
        "switch_inline_query_current_chat": "str",
        "copy_text": "CopyTextButton",
    },
    "CopyTextButton": {"text": "str!"},
    "KeyboardButton": {
        "text": "str!",
        "icon_custom_emoji_id": "str",
        "style": "str",
        "request_contact": "bool",
        "request_location": "bool",
    },
    "ReactionType": {"type": "str!", "emoji": "str", "custom_emoji_id": "str"},
    "InputMedia": {
        "type": "str!",
        "media": "attachable!",
        "thumbnail": "attachable",
        "cover": "attachable",
        "start_timestamp": "int",
        "has_spoiler": "bool",
        "supports_streaming": "bool",
        "disable_content_type_detection": "bool",
        **_CAPTION,
        **_SIZE,
        **_TRACK,
    },
}

_PLAIN_CAPTION: Fields = {name: kind for name, kind in _CAPTION.items() if name != "show_caption_above_media"}
_ANY_MEDIUM = frozenset({"type", "media", *_PLAIN_CAPTION})

#: The fields of `InputMedia` that each kind of medium has in an album.
MEDIA_FIELDS: Mapping[str, frozenset[str]] = {
    "photo": _ANY_MEDIUM | {"show_caption_above_media", "has_spoiler"},
    "video": _ANY_MEDIUM
    | {
        "show_caption_above_media",
        "has_spoiler",
        "thumbnail",
        "cover",
        "start_timestamp",
        "supports_streaming",
        *_SIZE,
    },
    "audio": _ANY_MEDIUM | {"thumbnail", *_TRACK},
    "document": _ANY_MEDIUM | {"thumbnail", "disable_content_type_detection"},
}

_BUSINESS: Fields = {"business_connection_id": "str"}
_PLACE: Fields = {**_BUSINESS, "chat_id": "id!", "message_thread_id": "int"}
_ALBUM: Fields = {
    **_PLACE,
    "disable_notification": "bool",
    "protect_content": "bool",
    "allow_paid_broadcast": "bool",
    "message_effect_id": "str",
    "reply_parameters": "ReplyParameters",
}
_SEND: Fields = {**_ALBUM, "reply_markup": "ReplyMarkup"}
_MESSAGE: Fields = {**_BUSINESS, "chat_id": "id", "message_id": "int", "inline_message_id": "str"}
_COORDINATES: Fields = {"latitude": "float!", "longitude": "float!"}

METHODS: Mapping[str, Fields] = {
    "getMe": {},
    "setWebhook": {
        "url": "str!",
        "certificate": "file",
        "ip_address": "str",
        "max_connections": "int",
        "allowed_updates": "[str]",
        "drop_pending_updates": "bool",
        "secret_token": "str",
    },
    "deleteWebhook": {"drop_pending_updates": "bool"},
    "getWebhookInfo": {},
    "getFile": {"file_id": "str!"},
    "getChat": {"chat_id": "id!"},
    "getUserProfilePhotos": {"user_id": "int!", "offset": "int", "limit": "int"},
    "leaveChat": {"chat_id": "id!"},
    "sendMessage": {
        **_SEND,
        **_FORMATTED,
        "text": "str!",
        "entities": "[MessageEntity]",
        "link_preview_options": "LinkPreviewOptions",
    },
    "sendPhoto": {**_SEND, **_CAPTION, "photo": "file!", "has_spoiler": "bool"},
    "sendVideo": {
        **_SEND,
        **_CAPTION,
        **_SIZE,
        "video": "file!",
        "thumbnail": "file",
        "cover": "file",
        "start_timestamp": "int",
        "has_spoiler": "bool",
        "supports_streaming": "bool",
    },
    "sendAnimation": {
        **_SEND,
        **_CAPTION,
        **_SIZE,
        "animation": "file!",
        "thumbnail": "file",
        "has_spoiler": "bool",
    },
    "sendAudio": {**_SEND, **_PLAIN_CAPTION, **_TRACK, "audio": "file!", "thumbnail": "file"},
    "sendVoice": {**_SEND, **_PLAIN_CAPTION, "voice": "file!", "duration": "int"},
    "sendVideoNote": {**_SEND, "video_note": "file!", "duration": "int", "length": "int", "thumbnail": "file"},
    "sendDocument": {
        **_SEND,
        **_PLAIN_CAPTION,
        "document": "file!",
        "thumbnail": "file",
        "disable_content_type_detection": "bool",
    },
    "sendSticker": {**_SEND, "sticker": "file!", "emoji": "str"},
    "sendMediaGroup": {**_ALBUM, "media": "[InputMedia]!"},
    "sendLocation": {
        **_SEND,
        **_COORDINATES,
        "horizontal_accuracy": "float",
        "live_period": "int",
        "heading": "int",
        "proximity_alert_radius": "int",
    },
    "sendVenue": {
        **_SEND,
        **_COORDINATES,
        "title": "str!",
        "address": "str!",
        "foursquare_id": "str",
        "foursquare_type": "str",
        "google_place_id": "str",
        "google_place_type": "str",
    },
    "sendContact": {**_SEND, "phone_number": "str!", "first_name": "str!", "last_name": "str", "vcard": "str"},
    "sendChatAction": {**_PLACE, "action": "str!"},
    "editMessageText": {
        **_MESSAGE,
        **_FORMATTED,
        "text": "str!",
        "entities": "[MessageEntity]",
        "link_preview_options": "LinkPreviewOptions",
        "reply_markup": "InlineKeyboardMarkup",
    },
    "editMessageCaption": {**_MESSAGE, **_CAPTION, "reply_markup": "InlineKeyboardMarkup"},
    "editMessageReplyMarkup": {**_MESSAGE, "reply_markup": "InlineKeyboardMarkup"},
    "deleteMessage": {"chat_id": "id!", "message_id": "int!"},
    "deleteMessages": {"chat_id": "id!", "message_ids": "[int]!"},
    "setMessageReaction": {"chat_id": "id!", "message_id": "int!", "reaction": "[ReactionType]", "is_big": "bool"},
    "getBusinessConnection": {"business_connection_id": "str!"},
    "readBusinessMessage": {"business_connection_id": "str!", "chat_id": "int!", "message_id": "int!"},
    "deleteBusinessMessages": {"business_connection_id": "str!", "message_ids": "[int]!"},
    "answerCallbackQuery": {
        "callback_query_id": "str!",
        "text": "str",
        "show_alert": "bool",
        "url": "str",
        "cache_time": "int",
    },
}

_ACTIONS = (
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker "
    "find_location record_video_note upload_video_note"
)
CHAT_ACTIONS = frozenset(_ACTIONS.split())

_REACTIONS = (
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 "
    "🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 "
    "🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡"
)
#: The emoji that anybody may react with.
REACTIONS = frozenset(_REACTIONS.split())


def plain_emoji(emoji: str) -> str:
    """As Telegram has it: without the sign that asks for a coloured picture, which some libraries write."""
    return emoji.replace("\ufe0f", "")
