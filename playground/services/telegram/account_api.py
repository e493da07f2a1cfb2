"""Calls about the bot itself: who it is, where its updates go, the files and chats that it knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from playground.services.telegram.actions import Actions
from playground.services.telegram.bodies import Arguments
from playground.services.telegram.chats import Chats
from playground.services.telegram.errors import RefusedCall, bad_request
from playground.services.telegram.media import MOST_DOWNLOADED, kind_of_id, make_path
from playground.services.telegram.records import ALL_UPDATES, UNASKED_UPDATES, Bot, Json, WebhookSettings
from playground.services.telegram.serializers import show_bot, show_chat, show_webhook
from playground.services.telegram.state import State
from playground.services.telegram.webhooks import Webhooks
from playground.simulator_auth import is_public_address

_PORTS = {443, 80, 88, 8443}
_DOWNLOADABLE = timedelta(hours=1)
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}

Method = Callable[[Bot, Arguments], Json | bool]


class AccountApi:
    def __init__(self, state: State, webhooks: Webhooks, chats: Chats, actions: Actions) -> None:
        self._state = state
        self._actions = actions
        self._webhooks = webhooks
        self._chats = chats

    def methods(self) -> Mapping[str, Method]:
        return {
            "getMe": lambda bot, _: show_bot(bot, whole=True),
            "setWebhook": self.set_webhook,
            "deleteWebhook": self.delete_webhook,
            "getWebhookInfo": lambda bot, _: show_webhook(bot.webhook, self._webhooks.count_pending(bot)),
            "getFile": self.get_file,
            "getChat": self.get_chat,
            "getUserProfilePhotos": self.get_photos,
            "leaveChat": self.leave_chat,
        }

    # --- the webhook -------------------------------------------------------------------------------------------------

    def set_webhook(self, bot: Bot, arguments: Arguments) -> Json:
        """Nothing is sent to the new address now: whether it works shows with the first update."""
        values = arguments.values
        url = str(values["url"])
        secret = str(values.get("secret_token", ""))
        if len(secret) > 256:
            raise bad_request("secret token is too long")
        if not re.fullmatch(r"[\w-]*", secret, re.ASCII):
            raise bad_request("secret token contains unallowed characters")
        _check_address(url)
        connections = values.get("max_connections", 40)
        webhook = WebhookSettings(
            url=url,
            secret_token=secret,
            max_connections=min(max(1, connections), 100),
            ip_address=str(values.get("ip_address", "")),
            allowed_updates=_read_updates(values.get("allowed_updates"), bot.webhook.allowed_updates),
        )
        if values.get("drop_pending_updates"):
            self._webhooks.drop_pending(bot)
        elif _is_same(webhook, bot.webhook):
            bot.webhook.allowed_updates = webhook.allowed_updates
            return {"result": True, "description": "Webhook is already set"}
        bot.webhook = webhook
        self._webhooks.resume(bot)
        return {"result": True, "description": "Webhook was set"}

    def delete_webhook(self, bot: Bot, arguments: Arguments) -> Json:
        if arguments.values.get("drop_pending_updates"):
            self._webhooks.drop_pending(bot)
        was_set = bool(bot.webhook.url)
        bot.webhook = WebhookSettings(allowed_updates=bot.webhook.allowed_updates)
        return {"result": True, "description": "Webhook was deleted" if was_set else "Webhook is already deleted"}

    # --- files and chats ---------------------------------------------------------------------------------------------

    def get_file(self, _bot: Bot, arguments: Arguments) -> Json:
        file = self._state.files.get(str(arguments.values["file_id"]))
        if file is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if file.size > MOST_DOWNLOADED:
            raise bad_request("file is too big")
        path = make_path(kind_of_id(file.id), len(self._state.downloads), file)
        self._state.downloads[path] = (file, self._state.timeline.now() + _DOWNLOADABLE)
        shown: Json = {"file_id": file.id, "file_unique_id": file.unique_id}
        return {**shown, "file_size": file.size, "file_path": path}

    def get_chat(self, bot: Bot, arguments: Arguments) -> Json:
        chat = self._chats.find(bot, arguments.values["chat_id"])
        return {
            **show_chat(chat),
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys(_GIFTS, False),
        }

    def get_photos(self, _bot: Bot, arguments: Arguments) -> Json:
        """Nobody here has a photo that bots may see."""
        if arguments.values["user_id"] not in self._state.people:
            raise bad_request("user not found")
        return {"total_count": 0, "photos": []}

    def leave_chat(self, bot: Bot, arguments: Arguments) -> bool:
        chat = self._chats.find(bot, arguments.values["chat_id"])
        if chat.type == "private":
            raise bad_request("chat member status can't be changed in private chats")
        self._actions.change_bot_status(chat, None, "left")
        return True


_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


def _check_address(url: str) -> None:
    """Telegram calls https on a few ports; on this machine there is no certificate, and ports are what is free."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise bad_request("invalid webhook URL specified") from None
    if not is_public_address(url):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if parts.hostname not in _LOOPBACK and (port or 443) not in _PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def _read_updates(wanted: list[str] | None, before: frozenset[str]) -> frozenset[str]:
    """None leaves what was; an empty list means all that need not be asked for. Unknown kinds are refused here."""
    if wanted is None:
        return before
    names = frozenset(wanted)
    if names - ALL_UPDATES:
        raise RefusedCall(400, f"the simulator knows no updates of the kind {min(names - ALL_UPDATES)!r}")
    return names or UNASKED_UPDATES


def _is_same(one: WebhookSettings, other: WebhookSettings) -> bool:
    return (one.url, one.secret_token, one.max_connections, one.ip_address) == (
        other.url,
        other.secret_token,
        other.max_connections,
        other.ip_address,
    )
