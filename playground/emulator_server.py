"""The process of the local AWS: MiniStack, which ends when the one who started it is gone.

Run as a script by the Python of `.local/aws`, where no part of Patchbay is installed. Its standard input is a pipe that
nobody writes to: when it closes, the starter has ended, however that came about (a kill leaves no time to tidy up).

MiniStack enforces roles, but for conditions on the keys of DynamoDB's items, which it knows nothing of: they are added.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

from ministack.app import main
from ministack.core import iam_actions

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


if __name__ == "__main__":
    teach_leading_keys()
    threading.Thread(target=end_with_starter, daemon=True).start()
    main()
