"""Freshchat's JSON objects in the API's answers. Never loaded by the webhook function."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator

from patchbay.platforms.freshchat.wire import ConversationWire, Messages, Time
from patchbay.wire import String, Wire, no_null_list


class ConversationsWire(Wire):
    conversations: Annotated[tuple[ConversationWire, ...], BeforeValidator(no_null_list)] = ()


class LinkWire(Wire):
    href: String = ""


class MessagesWire(Wire):
    """The messages are wanted, were it an empty list: an answer without them says nothing about what is there."""

    messages: Messages
    link: LinkWire | None = None


class AvatarWire(Wire):
    url: String = ""


class PersonWire(Wire):
    """A user or an agent."""

    id: String = ""
    reference_id: String = ""
    first_name: String = ""
    avatar: AvatarWire | None = None
    created_time: Time = None


class UsersWire(Wire):
    users: Annotated[tuple[PersonWire, ...], BeforeValidator(no_null_list)] = ()


class PaginationWire(Wire):
    total_pages: int = 1


class PageWire(Wire, extra="allow"):
    """A page of channels, groups or agents, which are under their own name."""

    pagination: PaginationWire | None = None


class ConfigurationWire(Wire):
    app_id: String = ""
    account_domain: String = ""


class ErrorWire(Wire):
    status: String = ""
    message: String = ""
