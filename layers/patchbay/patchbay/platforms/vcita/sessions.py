"""A contact's session on the business's channel: made once, found again, woken when it sleeps.

vcita: sessions are singular per channel and contact. They start asleep, and go to sleep when the staff go on with the
customer on another channel; then they are activated, not created again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from patchbay.domain.errors import ContactGone, ConversationGone, DeliveryError, Transient
from patchbay.domain.model import Contact, ContactKey, Conversation, ConversationStatus
from patchbay.kit.abilities import Opened
from patchbay.kit.contract import HttpResponse
from patchbay.kit.rest import read_answer
from patchbay.platforms.vcita.client import Api, read_data, refusal
from patchbay.platforms.vcita.problems import read_problem
from patchbay.platforms.vcita.responses import AnswerWire, ThingWire
from patchbay.platforms.vcita.threads import Thread, name_person, read_thread

_GONE = frozenset({"deleted", "failed"})
_PREFERENCE = ("inactive", "pending", "active")


def open_session(api: Api, key: ContactKey, contact: Contact) -> Opened:
    """Raises ContactGone when vcita does not know the contact (any more)."""
    if not contact.platform_id:
        raise ContactGone("the customer has not been created in vcita yet")
    thread = Thread(
        session_uid="",
        external_uid=name_person(key, contact.platform_id),
        contact_uid=contact.platform_id,
        channel_uid=api.channel_uid,
    )
    body = {
        "business_uid": api.business_uid,
        "channel_uid": thread.channel_uid,
        "contact_uid": thread.contact_uid,
        "external_uid": thread.external_uid,
    }
    response = api.communication.post("sessions", json=body, repeatable=True)  # a second one meets the first
    if response.ok:
        return _describe(read_data(response).session, thread)
    if response.status == 422 and read_problem(response).is_existing:
        return _describe(_find_usable(api, thread), thread)
    raise _judge(response)


def wake_session(api: Api, conversation: Conversation) -> ConversationStatus:
    """The status that the session has now. Raises ConversationGone when it cannot be woken."""
    thread = read_thread(conversation, api.channel_uid)
    if not (thread.session_uid or thread.contact_uid):
        raise ConversationGone("the session is no longer known")
    session_uid = thread.session_uid or _find_usable(api, thread).uid
    response = api.communication.put("sessions", session_uid, json={"status": "active"})
    if response.status == 404:
        raise ConversationGone("vcita does not have the session")
    if not response.ok and response.status != 422:  # refused when it is active already, and for worse reasons
        raise refusal(response, "activating a session")
    told = read_data(response).session.status.lower() if response.ok else ""
    if told in _PREFERENCE:  # what vcita has taken and not done yet, a webhook tells
        return _read_status(told)
    listed = next((one.status.lower() for one in _list(api, thread) if one.uid == session_uid), "")
    if told in _GONE or listed in _GONE or not (listed or response.ok):
        raise ConversationGone("the session has ended in vcita")
    return _read_status(listed)


def _find_usable(api: Api, thread: Thread) -> ThingWire:
    """The contact's session, the most awake one should vcita show several, and the last of equals."""
    usable = [one for one in _list(api, thread) if one.uid and one.status.lower() not in _GONE]
    found = max(enumerate(usable), key=lambda each: (_rank(each[1]), each[0]), default=None)
    if found is None:
        raise Transient("vcita reported an existing session but did not return it")
    return found[1]


def _rank(session: ThingWire) -> int:
    status = session.status.lower()
    return _PREFERENCE.index(status) if status in _PREFERENCE else -1


def _list(api: Api, thread: Thread) -> Sequence[ThingWire]:
    if not thread.contact_uid:
        return ()  # without a contact vcita shows everybody's
    plain = {
        "business_uid": api.business_uid,
        "channel_uid": thread.channel_uid,
        "contact_uid": thread.contact_uid,
    }
    # vcita describes the parameters one way, and uses them the other.
    for query in ({f"filter[{name}]": value for name, value in plain.items()}, plain):
        response = api.communication.get("sessions", query=query)
        if response.status not in {400, 422}:
            break
    if not response.ok:
        raise refusal(response, "listing a contact's sessions")
    return read_answer(AnswerWire, response).data.sessions


def _describe(session: ThingWire, thread: Thread) -> Opened:
    if not session.uid:
        raise Transient("vcita created the session but returned no id")
    known = replace(thread, session_uid=session.uid)
    conversation = Conversation(
        external_id=session.uid,
        aliases=(thread.external_uid,),
        status=_read_status(session.status),
        state=known.remember(),
    )
    return Opened(conversation=conversation)


def _read_status(word: str) -> ConversationStatus:
    """A sleeping session is as good as a pending one: it was just asked to wake, or will be."""
    return ConversationStatus.ACTIVE if word.lower() == "active" else ConversationStatus.PENDING


def _judge(response: HttpResponse) -> DeliveryError:
    problem = read_problem(response)
    about_channel = problem.names("channel")
    if response.status in {404, 422} and problem.names("contact") and not about_channel:
        return ContactGone("vcita does not have the contact")
    if response.status == 404 or (response.status == 422 and about_channel):
        return Transient("vcita's channel accepts no conversations: run `patchbay doctor`")
    return refusal(response, "opening a session")
