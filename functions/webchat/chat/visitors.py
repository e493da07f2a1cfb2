"""A visitor comes, has chats, erases them and leaves."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from chat.admission import MESSAGES, VISITORS
from chat.context import ChatContext, Draft
from chat.errors import Refused, unavailable, unknown_chat, unknown_token
from chat.model import Chat, Site, Visitor, fingerprint, name_begun, name_chat
from chat.ports import MOST_CHATS, NotNotified
from chat.push import PushActions
from chat.requests import NewChat, NewVisitor
from patchbay.domain.errors import Conflict

_TOKEN_BYTES = 32
_HOUR = timedelta(hours=1)
_MOST_CHATS_AN_HOUR = 20


class VisitorActions:
    def __init__(self, context: ChatContext) -> None:
        self._context = context

    def arrive(self, site: Site, new: NewVisitor, source: str) -> tuple[Visitor, str]:
        """A new visitor and their token, which is stored nowhere. `source` is the network they come from."""
        context = self._context
        context.admission.admit(site, source, VISITORS)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        until = context.clock.now() + site.retention
        visitor = Visitor(id=fingerprint(site.id, token), language=new.language, until=until)
        context.visitors.save_visitor(site.id, visitor)
        context.info("visitor made", site)
        return visitor, token

    def chats(self, site: Site, visitor_id: str) -> Sequence[Chat]:
        """Newest activity first."""
        self._context.visitor(site, visitor_id)
        chats = [chat for chat in self._context.visitors.chats_of(site.id, visitor_id) if not chat.erased]
        return sorted(chats, key=lambda chat: chat.updated_at, reverse=True)

    def start(self, site: Site, visitor_id: str, new: NewChat, source: str) -> tuple[Chat, bool]:
        """The chat, and whether it is a new one: asked twice, it is the same."""
        context = self._context
        visitor = context.visitor(site, visitor_id)
        name = name_chat(site.id, visitor_id, new.id)
        known = context.chats.chat(site.id, name)
        if known is None:
            context.admission.limit(site, visitor_id, "chats", _MOST_CHATS_AN_HOUR, _HOUR)
            context.admission.admit(site, source, MESSAGES)  # it costs what a message does
            if len(context.visitors.chats_of(site.id, visitor_id)) >= MOST_CHATS:
                raise Refused(409, "too_many_chats", "There are too many chats. Delete one first.")
            try:
                return self._start(site, visitor, new.id, new.name), True
            except Conflict:
                known = context.chats.chat(site.id, name)
        if known is None:
            raise unknown_token()
        if known.visitor != visitor_id or known.erased:
            raise Refused(409, "id_taken", "The chat with this id is being deleted. Choose a new random id.")
        return known, False

    def begin(self, site: Site, beside: Chat, key: str) -> tuple[Chat, bool]:
        """A chat that the other side begins, under the name of the visitor's chat `beside`; and whether it is new.

        No ceiling counts it: agents begin it. But a visitor has no more chats than their list can hold.
        """
        context, own_id = self._context, name_begun(beside.id, key)
        known = context.chats.chat(site.id, name_chat(site.id, beside.visitor, own_id))
        if known is None:
            visitor = context.visitors.visitor(site.id, beside.visitor)
            if visitor is None or visitor.revoked:
                raise unknown_chat()
            if len(context.visitors.chats_of(site.id, visitor.id)) >= MOST_CHATS:
                raise Refused(409, "too_many_chats", "The visitor has reached the limit on chats.")
            try:
                return self._start(site, visitor, own_id, beside.name, beside.begun_as), True
            except Conflict:
                known = context.chats.chat(site.id, name_chat(site.id, visitor.id, own_id))
        if known is None or known.erased:
            raise unknown_chat()
        return known, False

    def _start(self, site: Site, visitor: Visitor, own_id: str, name: str, begun_as: str = "") -> Chat:
        now = self._context.clock.now()
        chat = Chat(
            site=site.id,
            id=name_chat(site.id, visitor.id, own_id),
            own_id=own_id,
            visitor=visitor.id,
            name=name,
            begun_as=begun_as,
            language=visitor.language,
            created_at=now,
            updated_at=now,
            until=now + site.retention,
        )
        started = self._context.chats.start(chat)
        self._context.visitors.renew(started)
        self._context.info("chat started", site)
        return started

    def rename(self, site: Site, chat: Chat, name: str) -> Chat:
        """Agents see the new name at once, or with the visitor's next message. It stays the same person for them."""
        context = self._context

        def decide(chat: Chat) -> Draft | None:
            if chat.name == name:
                return None
            return Draft(chat=replace(chat, name=name, begun_as=chat.begun_as or chat.name))

        renamed = context.edit(site, chat, decide)
        if renamed.version != chat.version and renamed.last:
            try:
                context.notes.renamed(site, renamed, context.clock.now())
            except NotNotified:
                context.warning("note not taken", site, "renamed")
        return renamed

    def erase(self, site: Site, chat: Chat) -> None:
        """Erases the chat for everybody, then tells the bridge: whatever breaks on the way is done by asking again."""
        context = self._context
        erased = context.edit(site, chat, lambda chat: Draft(chat=replace(chat, erased=True)), erased=True)
        try:
            context.notes.left(site, erased, context.clock.now())
        except NotNotified:
            context.warning("note not taken", site, "left")
            raise unavailable() from None
        context.forget_files(site, context.every_entry(erased))
        context.forget_uploads(erased)
        context.chats.erase(erased)
        context.info("chat erased", site)

    def leave(self, site: Site, visitor_id: str) -> None:
        """Revokes the token and erases all its chats. Asked again it finishes what broke off."""
        context = self._context
        visitor = context.visitors.visitor(site.id, visitor_id)
        if visitor is None:
            raise unknown_token()
        if not visitor.revoked:
            context.visitors.save_visitor(site.id, replace(visitor, revoked=True))
        for chat in context.visitors.chats_of(site.id, visitor_id):
            self.erase(site, chat)
        PushActions(context).forget(site, visitor_id)
        context.visitors.forget_visitor(site.id, visitor_id)
        context.info("visitor left", site)
