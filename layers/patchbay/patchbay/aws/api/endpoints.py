"""The addresses of AWS's services."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from patchbay.domain.errors import Misconfigured

#: By how the names of a partition's regions begin. All other regions are under amazonaws.com.
_SUFFIXES = {
    "cn-": "amazonaws.com.cn",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
    "eu-isoe-": "cloud.adc-e.uk",
}
#: As in AWS_ENDPOINT_URL_SQS.
_VARIABLES = {
    "sqs": "SQS",
    "dynamodb": "DYNAMODB",
    "secretsmanager": "SECRETS_MANAGER",
    "social-messaging": "SOCIALMESSAGING",
}


def endpoint_of(service: str, region: str) -> str:
    """Of `service` in `region`, such as https://sqs.eu-central-1.amazonaws.com. Raises Misconfigured.

    AWS_ENDPOINT_URL leads all services elsewhere, AWS_ENDPOINT_URL_SQS and the like only one; with
    AWS_USE_FIPS_ENDPOINT the hosts are those with cryptography after FIPS 140.
    """
    named = _named(service)
    fips = _is_on("AWS_USE_FIPS_ENDPOINT")
    if named and fips:
        raise Misconfigured("AWS_USE_FIPS_ENDPOINT and AWS_ENDPOINT_URL exclude each other: remove one of them")
    if named:
        return _check(named)
    if _is_on("AWS_USE_DUALSTACK_ENDPOINT"):
        raise Misconfigured(
            "AWS_USE_DUALSTACK_ENDPOINT is not supported: remove it, or name the service's address in"
            f" AWS_ENDPOINT_URL_{_VARIABLES[service]}"
        )
    suffix = next((suffix for prefix, suffix in _SUFFIXES.items() if region.startswith(prefix)), "amazonaws.com")
    # In GovCloud, the ordinary hosts of these two comply.
    kind = "-fips" if fips and not (region.startswith("us-gov-") and service in {"sqs", "dynamodb"}) else ""
    return f"https://{service}{kind}.{region}.{suffix}"


def _named(service: str) -> str:
    if _is_on("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"):
        return ""
    return os.environ.get(f"AWS_ENDPOINT_URL_{_VARIABLES[service]}") or os.environ.get("AWS_ENDPOINT_URL") or ""


def _is_on(variable: str) -> bool:
    return os.environ.get(variable, "").lower() == "true"


def _check(named: str) -> str:
    """A user, a path or a query would be left out of the requests. The message quotes none of them."""
    try:
        parts = urlsplit(named)
        is_plain = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_plain = False
    if not is_plain or "@" in parts.netloc or parts.path.strip("/") or parts.query or parts.fragment:
        raise Misconfigured("AWS_ENDPOINT_URL must be a scheme and a host, such as https://sqs.eu-central-1.api.aws")
    return named.rstrip("/")
