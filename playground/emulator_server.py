"""The process of the local AWS: MiniStack, which ends when the one who started it is gone.

Run as a script by the Python of `.local/aws`, where no part of Patchbay is installed. Its standard input is a pipe that
nobody writes to: when it closes, the starter has ended, however that came about (a kill leaves no time to tidy up).

MiniStack enforces roles, but for conditions on the keys of DynamoDB's items, which it knows nothing of: they are added.
It unpacks all layers again for each worker of a function, three thousand files: here all workers read the same.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, override

from ministack.app import main
from ministack.core import iam_actions, lambda_runtime

_QUERIED = re.compile(r"\s*\w+\s*=\s*(:\w+)")


def end_with_starter() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


def leading_keys(request: Any) -> Iterator[str]:
    """The partition keys that a request to DynamoDB names, in our table's one attribute for them."""
    if "KeyConditionExpression" in request:
        wanted = _QUERIED.match(request["KeyConditionExpression"])
        if wanted:
            yield request["ExpressionAttributeValues"][wanted[1]]["S"]
        return
    for name in ("Key", "Item"):
        if "pk" in request.get(name, {}):
            yield request[name]["pk"]["S"]
    for name in ("TransactItems", "RequestItems"):
        yield from _inside(request.get(name))


def _inside(part: Any) -> Iterator[str]:
    """Of a batch or a transaction, whose items lie deeper."""
    if isinstance(part, list):
        for one in part:
            yield from _inside(one)
    elif isinstance(part, dict):
        if "pk" in part and "S" in part["pk"]:
            yield part["pk"]["S"]
            return
        for name, value in part.items():
            if name not in {"ExpressionAttributeValues", "ExpressionAttributeNames"}:
                yield from _inside(value)


def teach_leading_keys() -> None:
    """Adds `dynamodb:LeadingKeys` to what conditions of roles are compared with."""
    known = iam_actions.dynamodb_service_context

    def describe(body: bytes) -> dict[str, Any]:
        context: dict[str, Any] = known(body)
        try:
            found = list(leading_keys(json.loads(body or b"{}")))
        except (ValueError, KeyError, TypeError):
            found = []
        return {**context, "dynamodb:LeadingKeys": found} if found else context

    iam_actions.dynamodb_service_context = describe


class SharedLayer(zipfile.ZipFile):
    """A layer's archive, or that of a function's own code, which is unpacked as ever."""

    _unpacking = threading.Lock()

    @override
    def namelist(self) -> list[str]:
        """What is still to be checked: nothing of what was unpacked before."""
        return [] if self._shared().exists() else super().namelist()

    @override
    def extractall(self, path: Any = None, members: Any = None, pwd: bytes | None = None) -> None:
        place = Path(path)
        if not place.name.startswith("layer_"):
            super().extractall(path, members, pwd)
            return
        shared = self._shared()
        with self._unpacking:
            if not shared.exists():
                unfinished = shared.with_suffix(".unfinished")
                super().extractall(unfinished)
                unfinished.rename(shared)
        place.rmdir()
        place.symlink_to(shared)

    def _shared(self) -> Path:
        content = repr([(one.filename, one.CRC) for one in self.infolist()])
        return Path(tempfile.gettempdir(), f"layer-{hashlib.sha256(content.encode()).hexdigest()}")


def share_layers() -> None:
    lambda_runtime.zipfile = SimpleNamespace(**{**vars(zipfile), "ZipFile": SharedLayer})


if __name__ == "__main__":
    teach_leading_keys()
    share_layers()
    threading.Thread(target=end_with_starter, daemon=True).start()
    main()
