"""The least that takes messages from the queue and calls an API with each, over one kept-alive connection."""

from __future__ import annotations

import json
import os
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

ADDRESS = urlsplit(os.environ["FLOOR_TARGET_URL"])
connection = HTTPConnection(ADDRESS.hostname or "", ADDRESS.port, timeout=10)


def handler(event: dict[str, Any], _context: object) -> None:
    for record in event["Records"]:
        text = json.loads(record["body"])["message"]["text"]
        body = json.dumps({"text": text}).encode()
        connection.request("POST", ADDRESS.path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"the API answered {answer.status}")
