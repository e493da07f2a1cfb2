"""A customer's conversation: one that is active per customer and channel, found by its source id, else made."""

from __future__ import annotations

from dataclasses import replace

from patchbay.domain.errors import ContactGone, DeliveryError, Transient
from patchbay.domain.model import Contact, ContactKey, Conversation, Part
from patchbay.domain.text import shorten
from patchbay.kit.abilities import Opened
from patchbay.kit.contract import HttpResponse
from patchbay.kit.rest import read_answer, read_or
from patchbay.platforms.unblu.channels import explain_refusal, find_channel_id
from patchbay.platforms.unblu.client import Api
from patchbay.platforms.unblu.ids import name_later_source, name_source, name_thread
from patchbay.platforms.unblu.responses import ConversationsWire
from patchbay.platforms.unblu.schemas import ContactWire, ConversationWire
from patchbay.platforms.unblu.spec import OFFLINE_CHAT
from patchbay.platforms.unblu.thread import Thread, read_platform_id

_OVER = frozenset({"OFFBOARDING", "ENDED"})
_TOPIC = 120  #: characters; a line of the agents' queue

Json = dict[str, object]


def open_conversation(api: Api, key: ContactKey, contact: Contact, first: Part) -> Opened:
    """Raises ContactGone when Unblu does not know the customer (any more)."""
    customer = read_platform_id(contact.platform_id)
    if not customer.person_id or (api.dialect.has_contacts and not customer.contact_id):
        raise ContactGone("the customer has not been created in Unblu yet")
    thread = replace(customer, channel_id=find_channel_id(api), source_id=name_source(key))
    found = _find(api, thread, thread.source_id) or _make(api, thread, key, contact, first)
    thread = replace(thread, conversation_id=found)
    return Opened(conversation=_describe(thread, shared=api.dialect.has_contacts))


def is_over(api: Api, conversation_id: str) -> bool:
    """Whether it takes no messages any more: it has ended, or is not there."""
    path, query = api.dialect.read_conversation(conversation_id)
    response = api.get(*path, query=query)
    if response.status == 404:
        return True
    return response.ok and read_or(ConversationWire, response, ConversationWire()).state in _OVER


def read_conversation(api: Api, conversation_id: str) -> ConversationWire:
    """Empty when it is not there."""
    path, query = api.dialect.read_conversation(conversation_id)
    response = api.get(*path, query=query)
    if response.status == 404:
        return ConversationWire()
    if not response.ok:
        raise explain_refusal(api, response, "reading a conversation")
    return read_answer(ConversationWire, response)


def end_conversation(api: Api, conversation_id: str, reason: str) -> None:
    """What has ended already stays as it is."""
    body = {"reason": "EXTERNAL_CHANNEL_CLOSED", "comment": reason}
    response = api.post("conversations", conversation_id, "end", json=body, repeatable=True)
    if not response.ok and not is_over(api, conversation_id):
        raise explain_refusal(api, response, "ending a conversation")


def _describe(thread: Thread, *, shared: bool) -> Conversation:
    if not shared:
        return Conversation(external_id=thread.conversation_id, state=thread.remember())
    return Conversation(
        external_id=name_thread(thread.conversation_id, thread.source_id),
        aliases=(thread.conversation_id,),
        state=thread.remember(),
    )


# --- finding ---------------------------------------------------------------------------------------------------------


def _find(api: Api, thread: Thread, source_id: str) -> str:
    """The active conversation of that name; "" for none, which Unblu says as 404 or with an empty answer."""
    query = {"sourceId": source_id, "externalMessengerChannelId": thread.channel_id}
    response = api.get("conversations", "getBySourceIdAndChannelId", query=query)
    if response.status == 404 or (response.ok and not response.body.strip()):
        return ""
    if not response.ok:
        raise explain_refusal(api, response, "looking up a conversation")
    found = read_answer(ConversationWire, response)
    if found.state in _OVER or not found.id:
        return ""
    if api.dialect.has_contacts:
        _let_in(api, found, thread.contact_id)
    return found.id


def _let_in(api: Api, found: ConversationWire, contact_id: str) -> None:
    """A conversation of the time before contacts does not have the customer's, and an agent may have taken it out."""
    present = {one.external_messenger_contact_id for one in found.external_participants if one.state not in _OVER}
    if contact_id in present:
        return
    body = {"externalMessengerContactId": contact_id}
    response = api.post("conversations", found.id, "addExternalParticipant", json=body, repeatable=True)
    if response.status == 404:
        raise ContactGone("Unblu no longer has the customer")
    if not response.ok:
        raise explain_refusal(api, response, "adding the customer to their conversation")


# --- making ----------------------------------------------------------------------------------------------------------


def _make(api: Api, thread: Thread, key: ContactKey, contact: Contact, first: Part) -> str:
    """Unblu names no status for a source id that is taken, so a refusal is looked into before it counts."""
    topic = shorten(f"{key.service.capitalize()}: {(contact.name or 'Customer').strip()}", _TOPIC)
    response = _post(api, thread, topic, thread.source_id, contact.reference)
    if response.ok:
        return _read_id(response)
    found = "" if response.status == 403 else _find_despite(api, thread, topic, first)
    if not found:
        raise _judge(response, api)
    return found


def _find_despite(api: Api, thread: Thread, topic: str, first: Part) -> str:
    """The conversation that stands in the way of a new one, or one under another name; "" when that is not why."""
    if found := _find(api, thread, thread.source_id):  # another call was faster
        return found
    if not _is_known(api, thread):
        raise ContactGone("Unblu no longer has the customer")
    if api.dialect.has_contacts:
        return _find_shared(api, thread)
    # API v3 also says that a source id stays taken when its conversation has ended.
    later = name_later_source(thread.source_id, first.key)
    if found := _find(api, thread, later):
        return found
    response = _post(api, thread, topic, later)
    return _read_id(response) if response.ok else ""


def _find_shared(api: Api, thread: Thread) -> str:
    """Where the customer takes part under another name than theirs: an agent has started it, or has let them in.

    Unblu: a contact has one active conversation.
    """
    body = {
        "$_type": "ConversationQuery",
        "searchFilters": [
            {
                "$_type": "ParticipantExternalMessengerContactIdConversationSearchFilter",
                "field": "PARTICIPANT_EXTERNAL_MESSENGER_CONTACT_ID",
                "operator": {"$_type": "AnyOfIdListOperator", "type": "ANY_OF", "values": [thread.contact_id]},
            },
            {
                "$_type": "ExternalMessengerChannelIdConversationSearchFilter",
                "field": "EXTERNAL_MESSENGER_CHANNEL_ID",
                "operator": {"$_type": "EqualsIdOperator", "type": "EQUALS", "value": thread.channel_id},
            },
        ],
        "orderBy": [{"$_type": "ConversationOrderBy", "field": "CREATION_TIMESTAMP", "order": "DESCENDING"}],
        "offset": 0,
        "limit": 20,
    }
    response = api.post("conversations", "search", json=body, repeatable=True)
    if not response.ok:
        raise explain_refusal(api, response, "looking up a conversation")
    items = read_answer(ConversationsWire, response).items
    return next((one.id for one in items if one.id and one.state not in _OVER), "")


def _post(api: Api, thread: Thread, topic: str, source_id: str, reference: str = "") -> HttpResponse:
    setting = api.connection.setting
    body: Json = {
        **api.dialect.name_participants(thread),
        "initialEngagementType": setting("engagement_type", OFFLINE_CHAT),
        "topic": topic,
        "externalMessengerChannelId": thread.channel_id,
        "sourceId": source_id,
    }
    if reference:
        body["metadata"] = {"reference": reference}
    if team := setting("recipient_team_id"):
        body["recipient"] = api.dialect.name_team(team)
    if locale := setting("locale"):
        body["locale"] = locale
    return api.post("conversations", "create", json=body, repeatable=True)  # a second one meets the first's source id


def _is_known(api: Api, thread: Thread) -> bool:
    """Whether Unblu has the customer; where there are contacts, on the channel that there is now."""
    path, query = api.dialect.read_customer(thread)
    response = api.get(*path, query=query)
    channel_id = read_or(ContactWire, response, ContactWire()).external_messenger_channel_id if response.ok else ""
    return response.status != 404 and channel_id in {"", thread.channel_id}


def _read_id(response: HttpResponse) -> str:
    found = read_answer(ConversationWire, response).id
    if not found:
        raise Transient("Unblu created the conversation but returned no id")
    return found


def _judge(response: HttpResponse, api: Api) -> DeliveryError:
    if response.status != 403 and api.connection.setting("engagement_type") == "CHAT_REQUEST":
        # Unblu: it is refused while no agent is online.
        return Transient(
            f"Unblu accepts no new conversation now (HTTP {response.status}): check that an agent is online"
        )
    return explain_refusal(api, response, "opening a conversation")
