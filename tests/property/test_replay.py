"""Whoever replays signed webhooks, whenever and as often as they like, has no message delivered twice."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from patchbay.bridge import retry_policy
from patchbay.kit.abilities import TimestampsWebhooks
from patchbay.kit.contract import WebhookRequest
from tests.harness.fakes.bridge import TOKEN, Bridge
from tests.harness.fakes.services import Pigeon

DAYS = st.floats(min_value=0, max_value=60)
#: How far the service's clock is from ours, in days: it may be wrong by any time, and stays wrong.
SKEW = st.floats(min_value=-50, max_value=50)


class DatedPigeon(Pigeon, TimestampsWebhooks):
    """Its signed body says when it was written."""

    def read_timestamp(self, request: WebhookRequest) -> datetime | None:
        return datetime.fromisoformat(json.loads(request.body)["at"])


def post(bridge: Bridge, body: bytes) -> None:
    request = WebhookRequest(method="POST", headers={"x-token": TOKEN}, body=body, received_at=bridge.time.now())
    answer = bridge.receiver(bridge.messenger).receive("hook-pigeon", request)
    assert answer.status == 200
    bridge.settle()


@settings(max_examples=60)
@given(SKEW, st.lists(DAYS, min_size=1, max_size=6))
def test_a_replay_is_never_delivered_twice(skew: float, moments: list[float]) -> None:
    bridge = Bridge(messenger=DatedPigeon())
    start = bridge.time.now()
    written = start + timedelta(days=skew)
    body = json.dumps({"thread": "asa", "id": "m-1", "text": "pay 500 EUR", "at": written.isoformat()}).encode()
    post(bridge, body)
    taken = -retry_policy.CLOCKS_DIFFER <= -skew * 86400 <= retry_policy.WEBHOOK_PATIENCE
    for moment in sorted(moments):
        bridge.time.jump(max(start + timedelta(days=moment), bridge.time.now()))
        post(bridge, body)
    assert bridge.platform.everything().count("pay 500 EUR") <= 1
    assert not taken or bridge.platform.everything() == ["pay 500 EUR"]
