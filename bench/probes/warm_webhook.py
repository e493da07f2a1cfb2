"""CPU of a warm webhook, Patchbay's and the floor's in turn: writes milliseconds per webhook of each round."""

from __future__ import annotations

import contextlib
import io
import json
import os
import time
from collections.abc import Iterator

from bench.probes.canned import CannedAws
from bench.probes.setting import VIBER_TOKEN, Handler, Json, connect, load_handler, viber_webhook
from patchbay.domain.model import Side

ROUNDS = int(os.environ.get("ROUNDS", "40"))
WEBHOOKS = 25  #: in a round


def main() -> None:
    aws = CannedAws()
    aws.install()
    os.environ["FLOOR_SECRET"] = VIBER_TOKEN
    webhook_token = connect("viber", Side.MESSENGER, {}, {"auth_token": VIBER_TOKEN})
    ours = load_handler("functions/viber_webhook/app.py")
    floor = load_handler("bench/floors/webhook/app.py")
    events = _events(webhook_token)
    times: dict[str, list[float]] = {"ours": [], "floor": []}
    with contextlib.redirect_stdout(io.StringIO()) as log:
        for handler in (ours, floor):
            _time(handler, [next(events) for _ in range(2 * WEBHOOKS)])
        written = log.tell()
        for _ in range(ROUNDS):
            for name, handler in (("ours", ours), ("floor", floor)):
                times[name].append(_time(handler, [next(events) for _ in range(WEBHOOKS)]))
        logged = (log.tell() - written) / (ROUNDS * WEBHOOKS)
    expected = 2 * WEBHOOKS * (2 + ROUNDS)
    if len(aws.messages) != expected:
        raise RuntimeError(f"{len(aws.messages)} messages on the queue, not {expected}")
    print(json.dumps({**times, "logged": logged}))


def _events(webhook_token: str) -> Iterator[Json]:
    token = 5741311803571720127
    while True:
        token += 1
        yield viber_webhook(webhook_token, token % 50, token)


def _time(handler: Handler, events: list[Json]) -> float:
    started = time.process_time()
    statuses = {handler(event, None)["statusCode"] for event in events}
    took = (time.process_time() - started) * 1000 / len(events)
    if statuses != {200}:
        raise RuntimeError(f"the webhooks were answered {statuses}")
    return took


if __name__ == "__main__":
    main()
