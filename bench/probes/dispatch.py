"""CPU of a dispatched event: ours, the same code with boto3's clients, and the floor's, in turn: `dispatch BATCHES`.

BATCHES is a file with batches of records by those three names: `ours`, `boto3`, `floor`. Writes milliseconds per event
of each round.
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import Mock, patch

import boto3

from bench.context import Context
from patchbay.aws import clients
from patchbay.aws.api.boto import BotoApi
from patchbay.aws.api.client import Service
from patchbay.aws.api.contract import AwsApi

WARM_UP = 2  #: batches
_SERVICES = ("sqs", "dynamodb", "secretsmanager")
Json = dict[str, Any]
Handler = Callable[[Json, object], Json | None]


def main(batches_path: str) -> None:
    batches = json.loads(Path(batches_path).read_text(encoding="utf-8"))
    handlers: dict[str, Handler] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        with patch.object(clients, "_make", Mock(side_effect=_make_with_boto3)) as made:  # until there are all clients
            handlers["boto3"] = _load("functions/dispatcher/app.py")
            _time(handlers["boto3"], batches["boto3"].pop())
            if made.call_count < len(_SERVICES):
                raise RuntimeError(f"the dispatcher made {made.call_count} clients of boto3")
        handlers["ours"] = _load("functions/dispatcher/app.py")
        handlers["floor"] = _load("bench/floors/forwarder/app.py")
        times: dict[str, list[float]] = {name: [] for name in handlers}
        while batches["ours"]:
            for name, handler in handlers.items():
                times[name].append(_time(handler, batches[name].pop()))
    print(json.dumps({name: taken[WARM_UP:] for name, taken in times.items()}))


def _load(path: str) -> Handler:
    handler: Handler = runpy.run_path(path)["handler"]
    return handler


def _make_with_boto3(service: Service, patience: clients.Patience) -> AwsApi:
    make: Any = boto3.client
    return BotoApi(make(service.name, config=clients._config(patience)))


def _time(handler: Handler, records: Sequence[Json]) -> float:
    started = time.process_time()
    answer = handler({"Records": records}, Context())
    taken = (time.process_time() - started) * 1000 / len(records)
    if answer and answer["batchItemFailures"]:
        raise RuntimeError("the batch was not delivered")
    return taken


if __name__ == "__main__":
    main(*sys.argv[1:])
