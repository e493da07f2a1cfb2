"""Meta's door: passes news on as signed webhooks, to the address that an app, an account or a number has.

What is not accepted is sent again, less and less often, for seven days.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import urlencode

from playground.services.whatsapp.bodies import sign, write_webhook
from playground.services.whatsapp.errors import RefusedCall
from playground.services.whatsapp.events import News
from playground.services.whatsapp.records import App, Callback, Json
from playground.services.whatsapp.state import State
from playground.simulator import Simulator, Webhook
from playground.simulator_auth import is_public_address

_HOUR, _DAY = 3600, 86_400
#: Seconds before each repetition; the last comes an hour before the seven days are over.
RETRIES = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, *(5 * (_DAY,)), 69_445)
MOST_BYTES = 3 * 1024 * 1024
_BATCH_SECONDS = 1.0


@dataclass(slots=True)
class _Batch:
    """News that travel together, for one app and address."""

    app: App
    url: str
    news: list[News] = field(default_factory=list)


class Webhooks:
    def __init__(self, simulator: Simulator, state: State) -> None:
        self._simulator = simulator
        self._state = state
        self._batches: dict[tuple[str, str], _Batch] = {}

    # --- addresses ---------------------------------------------------------------------------------------------------

    def verify(self, callback: Callback) -> None:
        """The handshake: our side must answer with the challenge and nothing else. Raises RefusedCall."""
        if not is_public_address(callback.url):
            raise RefusedCall(2200, title="Callback URL must be a valid URL with a secure protocol")
        challenge = str(self._state.random.randrange(10**8, 10**9))
        query = {"hub.mode": "subscribe", "hub.challenge": challenge, "hub.verify_token": callback.verify_token}
        url = f"{callback.url}{'&' if '?' in callback.url else '?'}{urlencode(query)}"
        headers = {"User-Agent": "facebookplatform/1.0 (+http://developers.facebook.com)", "Accept": "*/*"}
        answer = self._simulator.call_webhook(
            Webhook(method="GET", url=url, headers=headers, body=b"", note="handshake")
        )
        if answer.status != 200:
            title = "Callback verification failed with the following errors: HTTP Status Code = "
            raise RefusedCall(2200, title=f"{title}{answer.status}")
        if answer.body != challenge.encode():
            raise RefusedCall(
                2200, title="Callback verification failed with the following errors: the challenge was not returned"
            )

    def _find_addresses(self, news: News) -> Iterator[tuple[App, str]]:
        """Of a number, else of the account, else of the app. Nothing comes of fields that the app has not chosen."""
        account = self._state.accounts[str(news.entry["id"])]
        number = self._state.numbers.get(news.number)
        for app_id, override in account.subscriptions.items():
            app = self._state.apps[app_id]
            own = number.callback if number else None
            url = (own.url if own else "") or override.url or app.callback.url
            if url and news.field in app.fields:
                yield app, url

    # --- sending -----------------------------------------------------------------------------------------------------

    def take(self, news: News) -> None:
        for app, url in self._find_addresses(news):
            batch = self._batches.setdefault((app.id, url), _Batch(app, url))
            batch.news.append(news)
            if len(batch.news) >= self._state.quirks.batch:
                self._flush(batch)
            else:
                self._state.later(_BATCH_SECONDS, partial(self._flush, batch))

    def _flush(self, batch: _Batch) -> None:
        waiting, batch.news = batch.news, []
        while waiting:
            taken = _count_fitting(waiting)
            self._send(batch, waiting[:taken])
            waiting = waiting[taken:]

    def _send(self, batch: _Batch, news: list[News]) -> None:
        entries = [each.entry for each in news]
        quirks = self._state.quirks
        if quirks.joins_changes or quirks.joins_values:
            entries = _join(entries)
        if quirks.joins_values:
            entries = [{**entry, "changes": _join_values(entry["changes"])} for entry in entries]
        body = write_webhook(wrap(entries))
        groups = {each.group for each in news}
        self._simulator.send_webhook(
            Webhook(
                url=batch.url,
                headers=sign(body, batch.app.secret),
                body=body,
                note=", ".join(each.note for each in news),
                group=groups.pop() if len(groups) == 1 else batch.url,
            )
        )


def wrap(entries: list[Json]) -> Json:
    return {"object": "whatsapp_business_account", "entry": entries}


def _count_fitting(news: list[News]) -> int:
    """How many of them are one webhook of at most 3 MB; one is sent whatever it has."""
    size = 0
    for index, each in enumerate(news):
        size += len(write_webhook(each.entry)) + 100
        if size > MOST_BYTES and index:
            return index
    return len(news)


def _join(entries: list[Json]) -> list[Json]:
    joined: dict[str, Json] = {}
    for entry in entries:
        known = joined.setdefault(entry["id"], {**entry, "changes": []})
        known["changes"] += entry["changes"]
    return list(joined.values())


def _join_values(changes: list[Json]) -> list[Json]:
    """Neighbours of one number and field as one change, which lists what is in them."""
    joined: list[Json] = []
    for change in changes:
        value, last = change["value"], joined[-1]["value"] if joined else {}
        same = joined and joined[-1]["field"] == change["field"] and last.get("metadata") == value.get("metadata")
        if not same or "metadata" not in value:
            joined.append({**change, "value": dict(value)})
            continue
        for name in ("contacts", "messages", "statuses"):
            more = [each for each in value.get(name, []) if name != "contacts" or each not in last.get(name, [])]
            if more:
                last[name] = [*last.get(name, []), *more]
    return joined
