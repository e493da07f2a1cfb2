"""The bot API: what bots call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Response

from playground.services.viber.actions import Actions
from playground.services.viber.auth import Auth
from playground.services.viber.bodies import check_message, need
from playground.services.viber.errors import RefusedCall, bad_data
from playground.services.viber.records import (
    MANDATORY_EVENTS,
    OPTIONAL_EVENTS,
    UNFILTERED_EVENTS,
    Bot,
    Json,
    Person,
)
from playground.services.viber.serializers import make_answer, show_account, show_profile
from playground.services.viber.state import State
from playground.services.viber.webhooks import Webhooks

_HOUR = timedelta(hours=1)


class BotRoutes:
    """Answers HTTP 200 to every call; the number in `status` is the result."""

    def __init__(self, state: State, auth: Auth, webhooks: Webhooks, actions: Actions) -> None:
        self._state = state
        self._auth = auth
        self._webhooks = webhooks
        self._actions = actions
        for method in (
            self.set_webhook,
            self.send_message,
            self.get_account_info,
            self.get_user_details,
            self.get_online,
        ):
            name = method.__name__
            verbs = ["POST", "GET"] if name == "get_account_info" else ["POST"]
            state.app.add_url_rule(f"/pa/{name}", name, self._serve(method), methods=verbs)

    def _serve(self, method: Callable[[Bot, Json], Json]) -> Callable[[], Response]:
        def serve() -> Response:
            try:
                bot, payload = self._auth.authenticate()
                answer = {"status": 0, "status_message": "ok", **method(bot, payload)}
            except RefusedCall as refusal:
                self._state.annotate(f"status {refusal.status} {refusal.text}")
                answer = {"status": refusal.status, "status_message": refusal.text}
                if refusal.status == 12:
                    answer["message_token"] = str(self._state.make_token())  # only here it is a string
            return make_answer(answer)

        return serve

    # --- the bot -----------------------------------------------------------------------------------------------------

    def set_webhook(self, bot: Bot, payload: Json) -> Json:
        """The callback that tests the webhook comes while the call is open, so nothing is locked here."""
        url = payload.get("url")
        if not isinstance(url, str):
            raise RefusedCall(4, "missingData: url")
        wanted = _read_event_types(payload.get("event_types"))
        if url:
            self._webhooks.try_webhook(bot, url)
        bot.webhook = url
        if not url:
            return {"event_types": []}  # Viber's own library reads it from this answer too
        bot.event_types = wanted
        bot.send_name = payload.get("send_name") is True
        bot.send_photo = payload.get("send_photo") is True
        return {"event_types": sorted(bot.event_types)}

    def get_account_info(self, bot: Bot, payload: Json) -> Json:
        del payload
        subscribers = sum(person.subscribed and person.bot is bot for person in self._state.people.values())
        return show_account(bot, subscribers)

    # --- people ------------------------------------------------------------------------------------------------------

    def get_user_details(self, bot: Bot, payload: Json) -> Json:
        person = self._find(bot, need(payload, "id", str))
        now = self._state.timeline.now()
        person.looked_up = [at for at in person.looked_up if now - at < 12 * _HOUR]
        if len(person.looked_up) >= 2:
            raise RefusedCall(12, "tooManyRequests")
        person.looked_up.append(now)
        details = {"primary_device_os": "Android 15", "viber_version": "25.1.0", "mcc": 234, "mnc": 10}
        user = {**show_profile(person, self._state.base_url), **details, "device_type": "Pixel 9"}
        return {"message_token": self._state.make_token(), "user": user}

    def get_online(self, bot: Bot, payload: Json) -> Json:
        ids = need(payload, "ids", list)
        if len(ids) > 100:
            raise bad_data("more than 100 ids")
        return {"users": [self._show_presence(bot, str(user_id)) for user_id in ids]}

    def _show_presence(self, bot: Bot, user_id: str) -> Json:
        if self._state.find_person(bot, user_id) is None:
            return {"id": user_id, "online_status": 4, "online_status_message": "unavailable"}
        return {"id": user_id, "online_status": 0, "online_status_message": "online"}

    # --- messages ----------------------------------------------------------------------------------------------------

    def send_message(self, bot: Bot, payload: Json) -> Json:
        with self._state.lock:
            if not bot.webhook:
                raise RefusedCall(10, "webhookNotSet")
            person = self._find(bot, need(payload, "receiver", str))
            check_message(payload)
            self._check_receiver(person, payload)
            line = self._actions.deliver(person, payload)
        return {"message_token": int(line.id), "billing_status": 1}

    def _find(self, bot: Bot, user_id: str) -> Person:
        person = self._state.find_person(bot, user_id)
        if person is None:
            raise RefusedCall(5, "receiverNotRegistered")
        return person

    def _check_receiver(self, person: Person, message: Json) -> None:
        if not person.subscribed:
            raise RefusedCall(6, "notSubscribed")
        if not person.devices:
            raise RefusedCall(11, "receiverNoSuitableDevice")
        version = message.get("min_api_version", 1)
        if isinstance(version, int) and version > person.api_version:
            raise RefusedCall(13, "apiVersionNotSupported")
        now = self._state.timeline.now()
        person.unanswered = [at for at in person.unanswered if now - at < _HOUR]
        if len(person.unanswered) >= 100:
            raise RefusedCall(12, "tooManyRequests")
        person.unanswered.append(now)


def _read_event_types(wanted: object) -> frozenset[str]:
    """Absent means all, an empty list only the mandatory ones."""
    if wanted is None:
        return MANDATORY_EVENTS | OPTIONAL_EVENTS | UNFILTERED_EVENTS
    if not isinstance(wanted, list):
        raise bad_data("event_types")
    names = frozenset(str(name) for name in wanted)
    if names - MANDATORY_EVENTS - OPTIONAL_EVENTS - UNFILTERED_EVENTS:
        raise bad_data("event_types")
    return MANDATORY_EVENTS | names
