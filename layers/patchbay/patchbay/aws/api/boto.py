"""The same calls through boto3, which knows profiles, proxies and single sign-on: for the command and for set-up."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from patchbay.aws.api.contract import AwsApi, AwsError, AwsUnreachable, Json


class BotoApi(AwsApi):
    """Over a client of boto3. Its own exception is the cause of each AwsError."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def call(self, operation: str, request: Mapping[str, Any]) -> Json:
        method = getattr(self._client, method_of(operation))
        try:
            answer: Json = method(**request)
        except ClientError as error:
            raise _translate(operation, error) from error
        except BotoCoreError as error:
            raise AwsUnreachable(operation, type(error).__name__) from error
        return {name: _as_json(value) for name, value in answer.items()}


def method_of(operation: str) -> str:
    """boto3's name of "GetItem" is "get_item"."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


def _translate(operation: str, error: ClientError) -> AwsError:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return AwsError(operation, error.response["Error"].get("Code", ""), status, dict(error.response))


def _as_json(value: object) -> object:
    """Times are numbers in JSON."""
    if isinstance(value, list):
        return [_as_json(one) for one in value]
    if isinstance(value, dict):
        return {name: _as_json(one) for name, one in value.items()}
    return value.timestamp() if isinstance(value, datetime) else value
