"""Where visitors take notifications, in the table, and the calls to the push services of browsers' makers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING

from pydantic import TypeAdapter
from pydantic_core import to_json

from chat.aws import names
from chat.aws.rows import Rows
from chat.model import Subscription
from chat.ports import PushFailed, PushServices, Subscriptions
from patchbay.bridge.ports import Clock

if TYPE_CHECKING:
    import requests

_AFTER = "~"  #: sorts behind every digit and letter that ids are made of


class DynamoSubscriptions(Subscriptions):
    def __init__(self, rows: Rows, clock: Clock) -> None:
        self._rows = rows
        self._clock = clock

    def subscriptions(self, site: str, visitor: str) -> Sequence[Subscription]:
        key, now = names.visitor_key(site, visitor), self._clock.now()
        found = self._rows.query(key, names.PUSH, names.PUSH + _AFTER)
        known = [_adapter().validate_json(row["value"]) for row in found]
        return [one for one in known if now < one.until]

    def save_subscription(self, site: str, visitor: str, subscription: Subscription) -> None:
        key, now = names.visitor_key(site, visitor), int(self._clock.now().timestamp())
        item = {
            "pk": key,
            "sk": names.PUSH + subscription.id,
            "value": to_json(subscription).decode(),
            "expires_at": int(subscription.until.timestamp()) + 1,
        }
        known = self._rows.check(key, "revoked = :no AND expires_at > :now", no=False, now=now)
        self._rows.write([self._rows.put(item), known])

    def forget_subscription(self, site: str, visitor: str, subscription_id: str) -> None:
        self._rows.delete_all(names.visitor_key(site, visitor), [names.PUSH + subscription_id])


class HttpPushServices(PushServices):
    """Over connections that lead to public addresses only: a visitor's browser says where to."""

    def __init__(self, *, local: bool) -> None:
        self._local = local

    @property
    def local(self) -> bool:
        return self._local

    @cached_property
    def _session(self) -> requests.Session:
        from patchbay.aws.net.http import make_session
        from patchbay.aws.net.ssrf import GuardedAdapter

        session = make_session()
        for scheme in ("https://", "http://"):
            session.mount(scheme, GuardedAdapter(local=self._local))
        return session

    def post(self, address: str, headers: Mapping[str, str], body: bytes, seconds: float) -> int:
        from patchbay.aws.net.http import NETWORK_FAILURES
        from patchbay.aws.net.sockets import Call
        from patchbay.domain.errors import MediaRefused

        try:
            with (
                Call(seconds).running(),
                self._session.post(
                    address, data=body, headers=dict(headers), timeout=seconds, allow_redirects=False, stream=True
                ) as answer,
            ):
                return answer.status_code
        except MediaRefused:
            raise PushFailed("the address is not public") from None
        except NETWORK_FAILURES as error:
            raise PushFailed(type(error).__name__) from None


@cache
def _adapter() -> TypeAdapter[Subscription]:
    return TypeAdapter(Subscription)
