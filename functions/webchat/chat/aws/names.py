"""Names of the web chat's records in the table. All of them begin alike, so that a role can be held to them.

A partition for each visitor: the visitor, their chats, their open pages, and where they take notifications. One for
each chat: its head, its messages by position, the ids that were used, its uploads. One record for each counter.
"""

from __future__ import annotations

PREFIX = "WEBCHAT#"
MESSAGE, ID, UPLOAD, CHAT = "MESSAGE#", "ID#", "UPLOAD#", "CHAT#"  #: how sort keys begin
LIVE, PUSH = "LIVE#", "PUSH#"
_DIGITS = 12


def visitor_key(site: str, visitor: str) -> str:
    return f"{PREFIX}VISITOR#{site}#{visitor}"


def chat_key(site: str, chat_id: str) -> str:
    return f"{PREFIX}CHAT#{site}#{chat_id}"


def counter_key(key: str) -> str:
    return f"{PREFIX}COUNT#{key}"


def message_sort(position: int) -> str:
    """Sorts as positions do."""
    return f"{MESSAGE}{position:0{_DIGITS}}"
