"""The items of sessions, and of what leads to them, in the table."""

from __future__ import annotations

from datetime import UTC
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from patchbay.aws.stores import keys
from patchbay.aws.stores.offered_replies import read_quick_replies, write_quick_replies
from patchbay.aws.stores.table import Item
from patchbay.domain.model import ConversationStatus, Session


def read_session(item: Item | None) -> Session | None:
    """The session in an item. One whose shape is older than this version's is read as far as it goes."""
    if item is None or "session" not in item:
        return None
    stored: dict[str, Any] = {**item["session"], "version": item["version"]}
    if "quick_replies" in item:
        stored["quick_replies"] = list(read_quick_replies(item["quick_replies"]))
    return _adapter().validate_python(stored)


def write_session(session: Session, primary: str) -> Item:
    """The item, without what is as it is when nothing is said. Index keys are there only while they are true."""
    body = _adapter().dump_python(session, mode="json", exclude_defaults=True, exclude={"quick_replies", "version"})
    item: Item = {
        "pk": primary,
        "sk": keys.SORT,
        "session": body,
        "version": session.version,
        "on_messenger": session.messenger_connection,
        "changed_on": session.updated_at.astimezone(UTC).date().isoformat(),
    }
    if session.platform_connection:
        item["on_platform"] = session.platform_connection
    if session.quick_replies:
        item["quick_replies"] = write_quick_replies(session.quick_replies)
    if session.conversation is not None and session.conversation.status is ConversationStatus.PENDING:
        since = session.pending_since or session.updated_at
        item |= {"pending_on": session.platform_connection, "pending_since": since.isoformat()}
    return item


def read_pointer(item: Item | None) -> tuple[str, str] | None:
    """Messenger's connection and contact that a pointer leads to. Older versions kept a whole copy of the session."""
    if item is None:
        return None
    if "session" in item:
        copied = item["session"]
        return str(copied["messenger_connection"]), str(copied["contact"]["external_id"])
    return str(item["messenger"]), str(item["contact"])


def list_conversation_keys(session: Session) -> tuple[str, ...]:
    conversation = session.conversation
    if conversation is None:
        return ()
    ids = dict.fromkeys(filter(None, (conversation.external_id, *conversation.aliases)))
    return tuple(keys.conversation_key(session.platform_connection, one) for one in ids)


def name_thread(session: Session) -> tuple[str, str]:
    contact = session.contact
    return keys.threads_key(session.messenger_connection, contact.person), keys.fit_sort(contact.external_id)


@cache
def _adapter() -> TypeAdapter[Session]:
    return TypeAdapter(Session)
