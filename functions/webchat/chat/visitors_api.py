"""What visitors' browsers call, below `api/`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from chat.admission import LIVE, READING
from chat.attachments import TYPES
from chat.context import ChatContext
from chat.corrections import Corrections
from chat.errors import Refused, closed, too_many, unknown_address
from chat.model import REACTIONS, TEXT_LIMIT, Chat
from chat.push import PushActions, allows_push
from chat.reading import Admit, Answer, TranscriptReader
from chat.requests import (
    NewChat,
    NewMessage,
    NewName,
    NewReaction,
    NewSubscription,
    NewText,
    NewUpload,
    NewVisitor,
    ReadUpTo,
    Typing,
    read_body,
)
from chat.responses import Json, answer, nothing, show_chat, show_entry
from chat.routing import Action, Call, Routes, find_action
from chat.tickets import TICKET_TIME
from chat.visitors import VisitorActions
from chat.writing import MOST_BYTES, MessageWriter
from patchbay.kit.contract import WebhookResponse

_MOST_READS, _READS_WINDOW = 600, timedelta(minutes=5)
_MISSES = frozenset({"unknown_visitor", "unknown_chat"})  #: what a stranger who guesses is answered
_MOST_KNOWN = 5000
CHANGES = ("PATCH", "PUT")  #: both change what is there: there is one thing to change in each
_MOST_CONNECTIONS, _MINUTE = 10, timedelta(minutes=1)
_LISTED = 4  #: chats of a list that count as another read


class VisitorsApi:
    def __init__(self, context: ChatContext) -> None:
        self._context = context
        self._visiting, self._writing, self._reading = (
            VisitorActions(context),
            MessageWriter(context),
            TranscriptReader(context),
        )
        self._push = PushActions(context)
        self._corrections = Corrections(context, self._writing)
        self._known: dict[str, None] = {}  #: visitors whose token was good in this container, the latest last
        self._routes: Routes = {
            "about": {"GET": self._describe},
            "visitors": {"POST": while_open(self._arrive)},
            "visitors/me": {"DELETE": self._leave},
            "visitors/me/push": {"GET": self._show_push_key, "POST": self._subscribe},
            "visitors/me/push/*": {"DELETE": self._unsubscribe},
            "chats": {"GET": self._list, "POST": while_open(self._start)},
            "chats/*": {"GET": self._show, **dict.fromkeys(CHANGES, while_open(self._rename)), "DELETE": self._erase},
            "chats/*/messages": {"GET": self._catch_up, "POST": while_open(self._post)},
            "chats/*/messages/*": {
                "GET": self._show_message,
                **dict.fromkeys(CHANGES, while_open(self._change_message)),
                "DELETE": self._delete_message,
            },
            "chats/*/messages/*/reaction": {"PUT": while_open(self._react)},
            "chats/*/uploads": {"POST": while_open(self._offer_upload)},
            "chats/*/typing": {"POST": while_open(self._type)},
            "chats/*/read": {"POST": self._read},
            "live": {"POST": self._offer_connection},
        }

    def respond(self, call: Call, path: tuple[str, ...]) -> WebhookResponse:
        """Raises Refused."""
        action, ids = find_action(self._routes, path, call.request.method)
        try:
            return action(replace(call, ids=ids))
        except Refused as refused:
            if refused.code in _MISSES:
                self._context.admission.note_miss(call.source)
            raise

    # --- visitors and chats ------------------------------------------------------------------------------------------

    def _describe(self, call: Call) -> WebhookResponse:
        site = call.site
        about = {
            "title": site.title,
            "welcome_message": site.setting("welcome_message"),
            "colour": site.setting("colour"),
            "language": site.setting("language", "en"),
            "open": site.is_open,
            "live": self._context.live.is_on,
            "push": allows_push(site),
            "text_limit": TEXT_LIMIT,
            "reactions": REACTIONS,
            "upload": {"max_bytes": MOST_BYTES, "types": TYPES, "extensions": self._context.files.extensions(TYPES)},
        }
        return answer(200, about)

    def _arrive(self, call: Call) -> WebhookResponse:
        visitor, token = self._visiting.arrive(call.site, read_body(NewVisitor, call.request), call.source)
        return answer(201, {"visitor": visitor.id, "token": token})

    def _leave(self, call: Call) -> WebhookResponse:
        self._visiting.leave(call.site, self._visitor(call))
        return nothing()

    def _show_push_key(self, call: Call) -> WebhookResponse:
        visitor = self._visitor(call)
        self._count_read(call, visitor)
        return answer(200, {"key": self._push.show_key(call.site)})

    def _subscribe(self, call: Call) -> WebhookResponse:
        new = read_body(NewSubscription, call.request)
        return answer(201, {"id": self._push.subscribe(call.site, self._visitor(call), new, call.source).id})

    def _unsubscribe(self, call: Call) -> WebhookResponse:
        visitor = self._visitor(call)
        self._count_read(call, visitor)
        self._context.visitor(call.site, visitor)
        self._push.unsubscribe(call.site, visitor, call.ids[0])
        return nothing()

    def _list(self, call: Call) -> WebhookResponse:
        visitor = self._visitor(call)
        self._count_read(call, visitor)
        chats = self._visiting.chats(call.site, visitor)
        self._note_known(visitor)
        self._count_read(call, visitor, len(chats) // _LISTED)
        return answer(200, {"chats": [show_chat(chat) for chat in chats]})

    def _start(self, call: Call) -> WebhookResponse:
        chat, new = self._visiting.start(call.site, self._visitor(call), read_body(NewChat, call.request), call.source)
        return answer(201 if new else 200, show_chat(chat))

    def _show(self, call: Call) -> WebhookResponse:
        chat = self._chat(call)
        self._count_read(call, chat.visitor)
        return answer(200, show_chat(chat))

    def _rename(self, call: Call) -> WebhookResponse:
        new, chat = read_body(NewName, call.request), self._chat(call)
        self._writing.admit(call.site, chat, call.source)
        return answer(200, show_chat(self._visiting.rename(call.site, chat, new.name)))

    def _erase(self, call: Call) -> WebhookResponse:
        chat = self._context.own_chat(call.site, self._visitor(call), call.ids[0], erased=True)
        self._visiting.erase(call.site, chat)
        return nothing()

    # --- messages ----------------------------------------------------------------------------------------------------

    def _catch_up(self, call: Call) -> WebhookResponse:
        chat = self._chat(call)
        self._count_read(call, chat.visitor)
        self._context.presence.note(chat.visitor, self._context.clock.now())
        query, admit = call.request.query, self._admit_reading(call)
        if query.get("before"):
            return answer(200, self._show_answer(chat, self._reading.turn_back(chat, query["before"], admit)))
        caught_up = self._reading.catch_up(call.site, chat, query.get("after") or None, admit)
        return answer(200, self._show_answer(chat, caught_up))

    def _show_answer(self, chat: Chat, caught_up: Answer) -> Json:
        typing = chat.typing_until is not None and self._context.clock.now() < chat.typing_until
        document: Json = {
            "messages": [show_entry(entry) for entry in caught_up.entries],
            "cursor": caught_up.cursor,
            "typing": {"name": chat.typing_name} if typing else None,
            "reset": caught_up.reset,
        }
        return {**document, "earlier": caught_up.earlier} if caught_up.whole else document

    def _post(self, call: Call) -> WebhookResponse:
        message = read_body(NewMessage, call.request)
        entry, new = self._writing.post(call.site, self._chat(call), message, call.source)
        return answer(201 if new else 200, show_entry(entry))

    def _show_message(self, call: Call) -> WebhookResponse:
        chat = self._chat(call)
        self._count_read(call, chat.visitor)
        return answer(200, show_entry(self._corrections.find(chat, call.ids[1])))

    def _change_message(self, call: Call) -> WebhookResponse:
        new = read_body(NewText, call.request)
        changed = self._corrections.change(call.site, self._chat(call), call.ids[1], new.text, call.source)
        return answer(200, show_entry(changed))

    def _react(self, call: Call) -> WebhookResponse:
        new = read_body(NewReaction, call.request)
        changed = self._corrections.react(call.site, self._chat(call), call.ids[1], new.emoji, call.source)
        return answer(200, show_entry(changed))

    def _delete_message(self, call: Call) -> WebhookResponse:
        self._corrections.delete(call.site, self._chat(call), call.ids[1], call.source)
        return nothing()

    def _offer_upload(self, call: Call) -> WebhookResponse:
        new = read_body(NewUpload, call.request)
        upload, form = self._writing.offer_upload(call.site, self._chat(call), new, call.source)
        return answer(201, {"upload": upload.id, "url": form.url, "fields": form.fields})

    def _type(self, call: Call) -> WebhookResponse:
        typing = read_body(Typing, call.request)
        self._reading.type(call.site, self._chat(call), typing.typing)
        return nothing()

    def _read(self, call: Call) -> WebhookResponse:
        up_to = read_body(ReadUpTo, call.request)
        self._reading.read(call.site, self._chat(call), up_to.up_to)
        return nothing()

    def _offer_connection(self, call: Call) -> WebhookResponse:
        live, site, visitor = self._context.live, call.site, self._visitor(call)
        if not live.is_on:
            raise unknown_address()
        self._context.visitor(site, visitor)
        self._note_known(visitor)
        self._context.admission.limit_here(site, visitor, "connections", _MOST_CONNECTIONS, _MINUTE)
        self._context.admission.admit(site, call.source, LIVE)
        address = live.offer(site, visitor, call.request.headers.get("origin", ""))
        return answer(201, {"url": address, "valid_for": TICKET_TIME.seconds})

    # --- who calls ---------------------------------------------------------------------------------------------------

    def _visitor(self, call: Call) -> str:
        """Who calls, by what they say. Where too much was guessed, only those get further who are known here."""
        visitor = self._context.identify(call.site, call.authorization)
        if visitor not in self._known:
            wait = self._context.admission.is_guessing(call.source)
            if wait:
                raise too_many(wait)
        return visitor

    def _chat(self, call: Call) -> Chat:
        chat = self._context.own_chat(call.site, self._visitor(call), call.ids[0])
        self._note_known(chat.visitor)
        return chat

    def _note_known(self, visitor: str) -> None:
        self._known.pop(visitor, None)
        if len(self._known) >= _MOST_KNOWN:
            del self._known[next(iter(self._known))]
        self._known[visitor] = None

    def _admit_reading(self, call: Call) -> Admit:
        """A message that comes by itself, as most do, is not counted: that would cost more than reading it."""

        def admit(messages: int) -> None:
            if messages > 1:
                self._context.admission.admit(call.site, call.source, READING, messages)

        return admit

    def _count_read(self, call: Call, visitor: str, amount: int = 1) -> None:
        self._context.admission.limit_here(call.site, visitor, "reads", _MOST_READS, _READS_WINDOW, amount)


def while_open(action: Action) -> Action:
    """What is refused while the owner keeps the chat closed."""

    def act(call: Call) -> WebhookResponse:
        if not call.site.is_open:
            raise closed()
        return action(call)

    return act
