"""The addresses of AWS's services."""

from __future__ import annotations

import os

_HOSTS = {"sqs": "sqs", "dynamodb": "dynamodb", "secretsmanager": "secretsmanager"}


def endpoint_of(service: str, region: str) -> str:
    """Of `service` in `region`; AWS_ENDPOINT_URL leads all of them to a local AWS."""
    named = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get("AWS_ENDPOINT_URL")
    if named:
        return named
    suffix = os.environ.get("URL_SUFFIX") or "amazonaws.com"
    return f"https://{_HOSTS[service]}.{region}.{suffix}"
