"""The bot API: what bots call, and what reaches a phone by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import override
from urllib.parse import urlsplit

from flask import Response, jsonify, request

from playground.services.viber import phone
from playground.services.viber.backend import ViberBackend
from playground.services.viber.checks import REQUEST_BYTES, RefusedCall, bad_data, check_message, need
from playground.services.viber.state import (
    MANDATORY_EVENTS,
    OPTIONAL_EVENTS,
    UNFILTERED_EVENTS,
    Bot,
    Json,
    Line,
    Person,
)
from playground.simulator import Fault, Post, Timeline

_HOUR = timedelta(hours=1)
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class ViberService(ViberBackend):
    """Answers HTTP 200 to every call of its API; the number in `status` tells how it went."""

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self._add_routes()

    @override
    def refuse(self, fault: Fault) -> Response:
        """A token that is no longer valid is a status of Viber's, not of HTTP."""
        if fault.status == 401:
            return self._answer({"status": 2, "status_message": "invalidAuthToken"})
        return super().refuse(fault)

    # --- the API -----------------------------------------------------------------------------------------------------

    def _add_routes(self) -> None:
        methods = {
            "set_webhook": self._set_webhook,
            "send_message": self._send_message,
            "broadcast_message": self._broadcast_message,
            "get_account_info": self._get_account_info,
            "get_user_details": self._get_user_details,
            "get_online": self._get_online,
        }
        for name, method in methods.items():
            verbs = ["POST", "GET"] if name == "get_account_info" else ["POST"]
            self.app.add_url_rule(f"/pa/{name}", name, self._serve(method), methods=verbs)

    def _serve(self, method: Callable[[Bot, Json], Json]) -> Callable[[], Response]:
        def serve() -> Response:
            try:
                bot, payload = self._authorize(request.get_data())
                answer = {"status": 0, "status_message": "ok", **method(bot, payload)}
            except RefusedCall as refusal:
                self.annotate(f"status {refusal.status} {refusal.words}")
                answer = {"status": refusal.status, "status_message": refusal.words}
                if refusal.status == 12:
                    answer["message_token"] = str(next(self._tokens))  # here alone it is a string
            return self._answer(answer)

        return serve

    def _answer(self, answer: Json) -> Response:
        response: Response = jsonify({**answer, "chat_hostname": "SN-CHAT-02_"})
        return response

    def _authorize(self, raw: bytes) -> tuple[Bot, Json]:
        """The bot whose token is in the header, or in the body as older libraries send it."""
        if len(raw) > REQUEST_BYTES:
            raise bad_data("the request is larger than 30 KB")
        try:
            payload = json.loads(raw or b"{}")
        except ValueError:
            raise bad_data("not JSON") from None
        if not isinstance(payload, dict):
            raise bad_data("not an object")
        token = request.headers.get("X-Viber-Auth-Token") or payload.get("auth_token")
        if not token:
            raise RefusedCall(2, "missing_auth_token")
        bot = self.bots.get(str(token))
        if bot is None:
            raise RefusedCall(2, "invalidAuthToken")
        return bot, payload

    def _set_webhook(self, bot: Bot, payload: Json) -> Json:
        url = payload.get("url")
        if not isinstance(url, str):
            raise RefusedCall(4, "missingData: url")
        wanted = _read_event_types(payload.get("event_types"))
        if url:
            self._try_webhook(bot, url)
        bot.webhook = url
        if not url:
            return {"event_types": []}  # Viber's own library reads it from this answer too
        bot.event_types = wanted
        bot.send_name = payload.get("send_name") is True
        bot.send_photo = payload.get("send_photo") is True
        return {"event_types": sorted(bot.event_types)}

    def _try_webhook(self, bot: Bot, url: str) -> None:
        """The callback of this call comes while the call is open, so nothing is locked here."""
        address = urlsplit(url)
        if address.scheme != "https" and not (address.scheme == "http" and address.hostname in _LOOPBACK):
            raise RefusedCall(1, "invalidUrl")
        answer = self.call_webhook(self._make_webhook(bot, url, "webhook", {"message_token": next(self._tokens)}))
        if not self.is_accepted(answer):
            raise RefusedCall(1, f"Result of set webhook is HTTP status {answer.status}")

    def _get_account_info(self, bot: Bot, payload: Json) -> Json:
        del payload
        return {
            "id": bot.id,
            "name": bot.name,
            "uri": "patchbaydemo",
            "icon": "",
            "background": "",
            "category": "Companies, Brands & Products",
            "subcategory": "Business Services",
            "country": "GB",
            "webhook": bot.webhook,
            "event_types": sorted(bot.event_types),
            "subscribers_count": sum(person.subscribed and person.bot is bot for person in self.people.values()),
            "members": [],
        }

    def _get_user_details(self, bot: Bot, payload: Json) -> Json:
        person = self._find(bot, need(payload, "id", str))
        now = self.timeline.now()
        person.looked_up = [at for at in person.looked_up if now - at < 12 * _HOUR]
        if len(person.looked_up) >= 2:
            raise RefusedCall(12, "tooManyRequests")
        person.looked_up.append(now)
        details = {"primary_device_os": "Android 15", "viber_version": "25.1.0", "mcc": 234, "mnc": 10}
        user = {**self._profile(person), **details, "device_type": "Pixel 9"}
        return {"message_token": next(self._tokens), "user": user}

    def _get_online(self, bot: Bot, payload: Json) -> Json:
        ids = need(payload, "ids", list)
        if len(ids) > 100:
            raise bad_data("more than 100 ids")
        return {"users": [self._presence(bot, str(each)) for each in ids]}

    def _presence(self, bot: Bot, user_id: str) -> Json:
        person = self.people.get(user_id)
        if person is None or person.bot is not bot:
            return {"id": user_id, "online_status": 4, "online_status_message": "unavailable"}
        return {"id": user_id, "online_status": 0, "online_status_message": "online"}

    # --- sending to people -------------------------------------------------------------------------------------------

    def _send_message(self, bot: Bot, payload: Json) -> Json:
        with self._lock:
            if not bot.webhook:
                raise RefusedCall(10, "webhookNotSet")
            person = self._find(bot, need(payload, "receiver", str))
            check_message(payload)
            self._check_receiver(person, payload)
            line = self._put(person, payload)
        return {"message_token": int(line.id), "billing_status": 1}

    def _broadcast_message(self, bot: Bot, payload: Json) -> Json:
        receivers = need(payload, "broadcast_list", list)
        if len(receivers) > 300:
            raise bad_data("broadcast_list")
        failed: list[Json] = []
        for receiver in receivers:
            try:
                self._send_message(bot, {**payload, "receiver": receiver})
            except RefusedCall as refusal:
                failed.append({"receiver": receiver, "status": refusal.status, "status_message": refusal.words})
        return {"message_token": next(self._tokens), "failed_list": failed}

    def _find(self, bot: Bot, user_id: str) -> Person:
        person = self.people.get(user_id)
        if person is None or person.bot is not bot:
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
        now = self.timeline.now()
        person.unanswered = [at for at in person.unanswered if now - at < _HOUR]
        if len(person.unanswered) >= 100:
            raise RefusedCall(12, "tooManyRequests")
        person.unanswered.append(now)

    def _put(self, person: Person, message: Json) -> Line:
        """Takes an accepted message to the phone. What the phone does with it, callbacks tell."""
        line = Line(id=str(next(self._tokens)), author="agent", at=self.timeline.now(), status="sent")
        media = message.get("media")
        measured = self.measure(media) if self.measure and isinstance(media, str) else None
        mistake = phone.find_mistake(message, measured)
        if mistake:
            line.text = "[a message that this phone cannot show]"
            self.timeline.later(0.3, lambda: self._fail(person, line, mistake))
        else:
            phone.show(message, line)
            person.unread.append(line.id)
            for device in range(person.devices):
                self.timeline.later(0.2 + 0.3 * device, lambda: self._deliver(person, line))
        if line.buttons:
            person.keyboard_line = line.id
        person.lines.append(line)
        return line

    def _deliver(self, person: Person, line: Line) -> None:
        with self._lock:
            if line.status == "sent":
                line.status = "delivered"
            self._call_back(person, "delivered", {"message_token": int(line.id), "user_id": person.id})

    def _fail(self, person: Person, line: Line, desc: str) -> None:
        with self._lock:
            line.status, line.error = "failed", desc
            self._call_back(person, "failed", {"message_token": int(line.id), "user_id": person.id, "desc": desc})


def _read_event_types(wanted: object) -> frozenset[str]:
    """Absent means all, an empty list the mandatory ones alone."""
    if wanted is None:
        return MANDATORY_EVENTS | OPTIONAL_EVENTS | UNFILTERED_EVENTS
    if not isinstance(wanted, list):
        raise bad_data("event_types")
    names = frozenset(str(name) for name in wanted)
    if names - MANDATORY_EVENTS - OPTIONAL_EVENTS - UNFILTERED_EVENTS:
        raise bad_data("event_types")
    return MANDATORY_EVENTS | names
