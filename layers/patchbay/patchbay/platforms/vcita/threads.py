"""The ids of a conversation: vcita's session, our name for the person on the channel, and vcita's contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patchbay.domain.errors import ConversationGone
from patchbay.domain.model import ContactKey, Conversation

_JOINT = "~"  #: vcita's ids are letters and digits, so the last one is always ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """ "" is what is not known: a session that was found again only by a message has no `session_uid`."""

    session_uid: str
    external_uid: str
    contact_uid: str
    channel_uid: str

    def remember(self) -> dict[str, str]:
        """As the state of a conversation, or the hints of an event."""
        fields = {
            "session_uid": self.session_uid,
            "external_uid": self.external_uid,
            "contact_uid": self.contact_uid,
            "channel_uid": self.channel_uid,
        }
        return {name: value for name, value in fields.items() if value}


def name_person(key: ContactKey, contact_uid: str) -> str:
    """The `external_uid` of a person.

    vcita: there is one session per channel and contact, and one per channel and external_uid. With the contact's uid
    as part of the name both rules always meet in the same session, also after our table was lost and vcita's contact
    was deleted or merged and found again; otherwise a new contact would meet the old one's session by name.
    """
    return f"{key.encode()}{_JOINT}{contact_uid}"


def split_name(external_uid: str) -> tuple[ContactKey | None, str]:
    """Whose name it is, and vcita's contact; (None, "") for a name that is not ours."""
    encoded, joint, contact_uid = external_uid.rpartition(_JOINT)
    key = ContactKey.decode(encoded) if joint else None
    return (key, contact_uid) if key else (None, "")


def read_thread(conversation: Conversation, channel_uid: str) -> Thread:
    """Raises ConversationGone for a session of another channel: the business had that one before it joined again."""
    state: Mapping[str, str] = conversation.state
    if state.get("channel_uid", channel_uid) != channel_uid:
        raise ConversationGone("the session belongs to a channel that the business no longer has")
    return Thread(
        session_uid=state.get("session_uid", ""),
        external_uid=state.get("external_uid") or next(iter(conversation.aliases), conversation.external_id),
        contact_uid=state.get("contact_uid", ""),
        channel_uid=channel_uid,
    )
