"""The same calls through boto3, which knows profiles, proxies and single sign-on: for the command and for set-up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from patchbay.aws.api.contract import AwsApi, AwsError, AwsUnreachable, Json


class BotoApi(AwsApi):
    """Over a client of boto3. Its own exception is the cause of each AwsError."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def call(self, operation: str, request: Mapping[str, Any]) -> Json:
        method = getattr(self._client, xform_name(operation))
        try:
            answer: Json = method(**request)
        except (ClientError, BotoCoreError) as error:
            raise translate(operation, error) from error
        return {name: _as_json(value) for name, value in answer.items()}


def translate(operation: str, error: ClientError | BotoCoreError) -> AwsError:
    """The stores' own error for one of boto3's."""
    if isinstance(error, BotoCoreError):
        return AwsUnreachable(operation, type(error).__name__)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return AwsError(operation, error.response["Error"].get("Code", ""), status, dict(error.response))


def _as_json(value: object) -> object:
    """Times are numbers in JSON."""
    if isinstance(value, list):
        return [_as_json(one) for one in value]
    if isinstance(value, dict):
        return {name: _as_json(one) for name, one in value.items()}
    return value.timestamp() if isinstance(value, datetime) else value
