"""CPU of a dispatched event: ours, the same code with boto3, and the floor's, in turn: `dispatch BATCHES`.

With boto3 means as the functions were with it: its clients, its translation of items, and the log of Powertools, which
needs botocore.

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
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from bench.context import Context
from patchbay.aws import clients
from patchbay.aws.api.boto import BotoApi
from patchbay.aws.api.client import Service
from patchbay.aws.api.contract import AwsApi
from patchbay.aws.handlers import dispatcher
from patchbay.aws.powertools import PowertoolsTelemetry
from patchbay.aws.stores import table

WARM_UP = 2  #: batches
_SERVICES = ("sqs", "dynamodb", "secretsmanager")
Json = dict[str, Any]
Handler = Callable[[Json, object], Json | None]


def main(batches_path: str) -> None:
    batches = json.loads(Path(batches_path).read_text(encoding="utf-8"))
    handlers: dict[str, Handler] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        with patch.object(clients, "_make", Mock(side_effect=_make_with_boto3)) as made:  # until there are all clients
            with patch.object(dispatcher, "JsonTelemetry", PowertoolsTelemetry):
                handlers["boto3"] = _with_its_items(_load("functions/dispatcher/app.py"))
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


def _with_its_items(handler: Handler) -> Handler:
    """The stores share one table module, so that boto3's translation is put there for each batch."""
    write, read = TypeSerializer().serialize, TypeDeserializer().deserialize

    def write_attributes(item: Json) -> Json:
        return {name: write(value) for name, value in item.items()}

    def read_attributes(attributes: Json) -> Json:
        return {name: read(value) for name, value in attributes.items()}

    def handle(event: Json, context: object) -> Json | None:
        with (
            patch.object(table, "write_attributes", write_attributes),
            patch.object(table, "read_attributes", read_attributes),
        ):
            return handler(event, context)

    return handle


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
