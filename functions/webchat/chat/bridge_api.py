"""What the bridge calls, below `bridge/`: the web chat as a service with an API."""

from __future__ import annotations

from dataclasses import replace

from chat.agents import AgentActions
from chat.bridge_requests import (
    MOST_BRIDGE_BYTES,
    BridgeMessage,
    NewContent,
    NewState,
    NewThread,
    TheirReaction,
)
from chat.context import ChatContext
from chat.errors import Refused
from chat.model import SERVICE, Chat
from chat.push import PushActions
from chat.requests import Typing, read_body
from chat.responses import answer, nothing, show_contact
from chat.routing import Call, Routes, find_action
from chat.visitors import VisitorActions
from patchbay.kit.contract import WebhookResponse


class BridgeApi:
    def __init__(self, context: ChatContext) -> None:
        self._bridging, self._visiting = AgentActions(context), VisitorActions(context)
        self._push = PushActions(context)
        self._routes: Routes = {
            "about": {"GET": self._describe},
            "chats/*": {"DELETE": self._clear},
            "chats/*/beside": {"POST": self._begin},
            "chats/*/messages": {"POST": self._post},
            "chats/*/messages/*": {"PUT": self._change, "DELETE": self._erase_message},
            "chats/*/messages/*/reaction": {"PUT": self._react},
            "chats/*/messages/*/state": {"PUT": self._move_state},
            "chats/*/typing": {"PUT": self._type},
        }

    def respond(self, call: Call, path: tuple[str, ...]) -> WebhookResponse:
        """Raises Refused."""
        action, ids = find_action(self._routes, path, call.request.method)
        return action(replace(call, ids=ids))

    def _describe(self, call: Call) -> WebhookResponse:
        return answer(200, {"service": SERVICE, "title": call.site.title})

    def _begin(self, call: Call) -> WebhookResponse:
        new = read_body(NewThread, call.request)
        begun, is_new = self._visiting.begin(call.site, self._chat(call), new.key)
        return answer(201 if is_new else 200, show_contact(begun))

    def _post(self, call: Call) -> WebhookResponse:
        message, chat = read_body(BridgeMessage, call.request, MOST_BRIDGE_BYTES), self._chat(call)
        entry, new = self._bridging.post(call.site, chat, message)
        if new:
            self._push.notify(call.site, chat, entry)
        return answer(201 if new else 200, {"id": entry.id})

    def _change(self, call: Call) -> WebhookResponse:
        new = read_body(NewContent, call.request, MOST_BRIDGE_BYTES)
        self._bridging.change(call.site, self._chat(call), call.ids[1], new)
        return nothing()

    def _react(self, call: Call) -> WebhookResponse:
        new = read_body(TheirReaction, call.request)
        self._bridging.react(call.site, self._chat(call), call.ids[1], new)
        return nothing()

    def _move_state(self, call: Call) -> WebhookResponse:
        self._bridging.move_state(call.site, self._chat(call), call.ids[1], read_body(NewState, call.request))
        return nothing()

    def _type(self, call: Call) -> WebhookResponse:
        self._bridging.type(call.site, self._chat(call), read_body(Typing, call.request))
        return nothing()

    def _erase_message(self, call: Call) -> WebhookResponse:
        chat = self._find(call)
        if chat is not None:
            self._bridging.erase_message(call.site, chat, call.ids[1])
        return nothing()

    def _clear(self, call: Call) -> WebhookResponse:
        chat = self._find(call)
        if chat is not None:
            self._bridging.clear(call.site, chat)
            self._push.forget(call.site, chat.visitor)
        return nothing()

    def _chat(self, call: Call) -> Chat:
        return self._bridging.find(call.site, call.ids[0])

    def _find(self, call: Call) -> Chat | None:
        """None when the chat has gone: then there is nothing to erase."""
        try:
            return self._chat(call)
        except Refused:
            return None
