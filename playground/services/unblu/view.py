"""What the agents see, for the page."""

from __future__ import annotations

from playground.served_files import write_name
from playground.services.unblu.questions import word_answer
from playground.services.unblu.records import Channel, Conversation, Json, Message, StoredFile
from playground.services.unblu.state import State

_MEDIA = {"image", "video", "audio"}
_MODES = [
    "reply",
    "quick_replies",
    "private_note",
    "send_file",
    "multiple_choice",
    "rating",
    "text_question",
    "card",
]
_LINKS = {"LINK_INTERNAL", "LINK_EXTERNAL", "LINK_COBROWSABLE"}


def show_desk(state: State) -> dict[str, object]:
    return {
        "service": state.service,
        "title": "Unblu",
        "side": "platform",
        "agents": [
            {"id": agent.id, "name": agent.name, "avatar": None, "online": agent.online} for agent in state.agents
        ],
        "modes": _MODES,
        "tools": ["resolve", "assign", "abort_question", *(["start_chat"] if state.generation == "v4" else [])],
        "offline_notice": "Chats that need an agent immediately are refused.",
        "reopens": False,
        "reports_reading": True,
        "switch": {
            "action": "generation",
            "title": "API",
            "value": state.generation,
            "options": [{"value": "v4", "label": "v4 (Unblu 8)"}, {"value": "v3", "label": "v3 (Unblu 6 and 7)"}],
        },
        "channels": [_show_channel(state, channel) for channel in state.channels],
        "complaints": state.complaints[-5:],
        "complaint_count": len(state.complaints),
        "conversations": [
            _show_conversation(state, one) for one in sorted(state.conversations, key=_last_activity, reverse=True)
        ],
    }


def _show_channel(state: State, channel: Channel) -> Json:
    return {
        "id": channel.id,
        "title": channel.name,
        "status": channel.status,
        "outbound": state.generation == "v4" and bool(channel.fields.get("outboundSupported")),
        "address_type": channel.fields.get("contactIdentifierFieldType") or "OTHER",
    }


def _last_activity(conversation: Conversation) -> float:
    last = conversation.messages[-1].at if conversation.messages else conversation.created_at
    return last.timestamp()


def _show_conversation(state: State, conversation: Conversation) -> Json:
    customer = conversation.context()
    return {
        "id": conversation.id,
        "contact": {
            "id": customer.person.id if customer else "",
            "name": _name_customer(conversation),
            "avatar": None,
        },
        "status": conversation.state.lower(),
        "assigned_to": conversation.assignee.name if conversation.assignee else "",
        "team": state.teams[conversation.team] if conversation.team else "",
        "typing": False,
        "messages": [_show_message(state, conversation, message) for message in conversation.messages],
    }


def _name_customer(conversation: Conversation) -> str:
    customer = conversation.context()
    if customer is None:
        return conversation.topic or "Visitor"
    return customer.contact.name if customer.contact else customer.person.name


def _show_message(state: State, conversation: Conversation, message: Message) -> Json:
    outward = not message.from_channel and not message.internal and message.type != "SYSTEM"
    return {
        "id": message.id,
        "author": _author_of(message),
        "name": message.sender.name if message.sender else "Unblu",
        "avatar": None,
        "at": message.at.isoformat(timespec="milliseconds"),
        "text": _text_of(conversation, message),
        "attachment": _show_file(state, message.file) if message.file else None,
        "buttons": _show_buttons(message),
        "cards": _show_cards(message),
        "location": None,
        "question": _show_question(message) if message.is_question else None,
        "answers": message.answers.id if message.answers else "",
        "status": message.state if outward else "",
        "error": message.failure if outward else "",
        "retryable": outward and message.retryable,
    }


def _author_of(message: Message) -> str:
    if message.type in {"SYSTEM", "QUESTION_ABORTED"}:
        return "system"
    if message.from_channel:
        return "customer"
    return "note" if message.internal else "agent"


def _text_of(conversation: Conversation, message: Message) -> str:
    if message.type == "FILE":
        return str(message.body.get("caption") or "")
    if message.type in {"CARD", "LIST"}:
        return ""
    if message.type == "REPLY":
        question = conversation.message(message.body["questionMessageId"])
        return word_answer(question) if question else str(message.body["value"])
    return str(message.body.get("text") or message.fallback)


def _show_buttons(message: Message) -> list[Json]:
    quick = [{"label": one["text"], "url": None} for one in message.body.get("quickReplies") or []]
    options = [{"label": one["label"], "url": None} for one in message.body.get("options", [])]
    decline = message.body.get("declineLabel")
    return [*quick, *options, *([{"label": decline, "url": None}] if decline else [])]


def _show_question(message: Message) -> Json:
    return {"status": message.answer_status.lower(), "answer": word_answer(message)}


def _show_cards(message: Message) -> list[Json]:
    if message.type == "CARD":
        return [_show_card(message.body, message.body["actions"])]
    if message.type == "LIST":
        return [_show_card(part, []) for part in (message.body["header"], *message.body["items"])]
    return []


def _show_card(card: Json, actions: list[Json]) -> Json:
    return {
        "title": card["title"],
        "text": card["body"],
        "image": card["imageUrl"],
        "buttons": [
            {"label": one["label"], "url": one["value"] if one["actionType"] in _LINKS else None} for one in actions
        ],
    }


def _show_file(state: State, file: StoredFile) -> Json:
    kind = file.content_type.split("/", maxsplit=1)[0]
    return {
        "kind": kind if kind in _MEDIA else "file",
        "url": f"{state.base_url}/files/{file.key}/{write_name(file.name)}",
        "name": file.name,
        "size": len(file.data),
    }
