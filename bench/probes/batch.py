"""A batch of ten conversations through the dispatcher, and one bare call, in turn: `batch` with PLATFORM in JSON.

Writes seconds of each round, and the CPU of a batch.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import time
from itertools import count

from bench.context import Context
from bench.floors.call import Caller
from bench.probes.canned import CannedAws
from bench.probes.setting import VIBER_TOKEN, Handler, Json, connect, load_handler, viber_webhook
from patchbay.domain.model import Side

ROUNDS = int(os.environ.get("ROUNDS", "20"))
CONVERSATIONS = 10
_tokens = count(5741311803571720127)


def main() -> None:
    platform = json.loads(os.environ["PLATFORM"])
    aws = CannedAws()
    aws.install()
    connect("freshchat", Side.PLATFORM, platform["settings"], platform["secrets"])
    webhook_token = connect("viber", Side.MESSENGER, {}, {"auth_token": VIBER_TOKEN}, link="freshchat-1")
    webhook = load_handler("functions/viber_webhook/app.py")
    dispatcher = load_handler("functions/dispatcher/app.py")
    caller = Caller(platform["settings"]["base_url"], platform["secrets"]["api_token"])
    times: dict[str, list[float]] = {"ten": [], "one": [], "call": [], "cpu": []}
    with contextlib.redirect_stdout(io.StringIO()):
        for _ in range(2):  # opens the conversations, then warms up
            _dispatch(dispatcher, _records(aws, webhook, webhook_token, CONVERSATIONS))
            caller.call()
        for _ in range(ROUNDS):
            cpu = time.process_time()
            times["ten"].append(_dispatch(dispatcher, _records(aws, webhook, webhook_token, CONVERSATIONS)))
            times["cpu"].append(time.process_time() - cpu)
            times["call"].append(caller.call())
            times["one"].append(_dispatch(dispatcher, _records(aws, webhook, webhook_token, 1)))
    print(json.dumps(times))


def _records(aws: CannedAws, webhook: Handler, webhook_token: str, conversations: int) -> list[Json]:
    for person in range(conversations):
        answer = webhook(viber_webhook(webhook_token, person, next(_tokens)), None)
        if answer["statusCode"] != 200:
            raise RuntimeError(f"a webhook was answered {answer['statusCode']}")
    return aws.take_records()


def _dispatch(dispatcher: Handler, records: list[Json]) -> float:
    started = time.perf_counter()
    answer = dispatcher({"Records": records}, Context())
    took = time.perf_counter() - started
    if answer["batchItemFailures"]:
        raise RuntimeError("the batch was not delivered")
    return took


if __name__ == "__main__":
    main()
