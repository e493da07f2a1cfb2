"""What AWS's JSON services answer, and which of it are errors: read as botocore does, and no kinder."""

from __future__ import annotations

import json
import re
import zlib

from patchbay.aws.api.contract import AwsError, AwsUnreachable, Json
from patchbay.aws.api.exchange import Answer

#: Anything else comes from somebody who is not AWS, and may quote what was asked.
_CODE = re.compile(r"[A-Za-z0-9._-]{1,100}")


def read_answer(operation: str, answer: Answer) -> Json:
    """Raises AwsError where the answer is an error, AwsUnreachable where it was damaged on the way."""
    if not _is_whole(answer):
        raise AwsUnreachable(operation, "ChecksumMismatch")
    document = _read_document(answer.body)
    if answer.status >= 300:
        raise AwsError(operation, _code(answer, document or {}), answer.status, document)
    if document is None:
        raise AwsUnreachable(operation, "UnreadableAnswer")
    return document


def _is_whole(answer: Answer) -> bool:
    """DynamoDB says what its answers' checksums are."""
    stated = answer.headers.get("x-amz-crc32")
    return stated is None or stated == str(zlib.crc32(answer.body))


def _read_document(body: bytes) -> Json | None:
    """None where it is no JSON object, such as a proxy's page."""
    try:
        document = json.loads(body) if body else {}
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _code(answer: Answer, document: Json) -> str:
    """Such as "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException:http://...", of which one word counts.

    SQS has had a protocol with other codes before, which it still names in a header: "code;fault".
    """
    stated, status = document.get("__type"), str(answer.status)
    if answer.status >= 500 and _is_page(answer.body):
        return status
    code = stated.partition(":")[0].rpartition("#")[2] if isinstance(stated, str) else status
    old = answer.headers.get("x-amzn-query-error", "").split(";")
    if len(old) == 2 and old[0]:
        code = old[0]
    return code if _CODE.fullmatch(code) else status


def _is_page(body: bytes) -> bool:
    """A load balancer's own, or nothing."""
    return not body.strip() or body.strip().startswith(b"<html>")
