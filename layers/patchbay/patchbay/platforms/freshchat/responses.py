"""Freshchat's JSON objects in the API's answers. Never loaded by the webhook function."""

from __future__ import annotations

from patchbay.kit.schemas import Items, Wire
from patchbay.platforms.freshchat.schemas import ConversationWire, MessageWire, PersonWire


class ConversationsWire(Wire):
    conversations: Items[ConversationWire] = ()


class LinkWire(Wire):
    href: str = ""


class MessagesWire(Wire):
    """The messages are wanted, were it an empty list: an answer without them says nothing about what is there."""

    messages: Items[MessageWire]
    link: LinkWire | None = None


class UsersWire(Wire):
    users: Items[PersonWire] = ()


class PaginationWire(Wire):
    total_pages: int = 1


class PageWire(Wire, extra="allow"):
    """A page of channels, groups or agents, which are under their own name."""

    pagination: PaginationWire | None = None


class ConfigurationWire(Wire):
    app_id: str = ""
    account_domain: str = ""


class ErrorWire(Wire):
    status: str = ""
    message: str = ""
