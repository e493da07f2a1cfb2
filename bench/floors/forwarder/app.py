"""The least that takes messages from the queue and calls an API with each, over one kept-alive connection.

With a table it does in front of each call what no bridge can do without: it claims the message and finds the contact.
"""

from __future__ import annotations

import json
import os
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import boto3

ADDRESS = urlsplit(os.environ["FLOOR_TARGET_URL"])
TABLE_NAME = os.environ.get("FLOOR_TABLE_NAME", "")
dynamodb = boto3.client("dynamodb") if TABLE_NAME else None
connection = HTTPConnection(ADDRESS.hostname or "", ADDRESS.port, timeout=10)


def remember(message: str, contact: str) -> None:
    """Claims the message, and looks where the contact's conversation is."""
    if dynamodb is None:
        return
    dynamodb.update_item(
        TableName=TABLE_NAME,
        Key={"pk": {"S": f"message#{message}"}},
        UpdateExpression="SET claimed = :true",
        ConditionExpression="attribute_not_exists(outcome)",
        ExpressionAttributeValues={":true": {"BOOL": True}},
        ReturnValues="ALL_OLD",
    )
    dynamodb.get_item(TableName=TABLE_NAME, Key={"pk": {"S": f"contact#{contact}"}}, ConsistentRead=True)


def handler(event: dict[str, Any], _context: object) -> None:
    for record in event["Records"]:
        callback = json.loads(record["body"])
        if TABLE_NAME:
            remember(str(callback["message_token"]), callback["sender"]["id"])
        text = callback["message"]["text"]
        body = json.dumps({"text": text}).encode()
        connection.request("POST", ADDRESS.path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"the API answered {answer.status}")
