"""What AWS charges, and what a bridged message costs by it. Pure: quantities in, dollars out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

READ_ON = "2025-06-01"  #: the day of the list prices below
REGION = "us-east-1"

#: Dollars for one unit of each quantity: AWS's public list prices of REGION, first tier, without free tiers.
PRICES: Mapping[str, Decimal] = {
    "api_requests": Decimal("1.00") / 10**6,  # HTTP API, per request of up to 512 KB
    "lambda_requests": Decimal("0.20") / 10**6,
    "lambda_gb_seconds": Decimal("0.0000133334"),  # arm64
    "sqs_requests": Decimal("0.50") / 10**6,  # FIFO, per request of up to 64 KB
    "write_units": Decimal("0.625") / 10**6,  # DynamoDB on demand
    "read_units": Decimal("0.125") / 10**6,
    "secret_reads": Decimal("0.05") / 10**4,  # Secrets Manager, per 10,000 calls
    "log_bytes": Decimal("0.50") / 10**9,  # CloudWatch Logs, ingested
    "bytes_out": Decimal("0.09") / 10**9,  # to the internet
    "traces": Decimal("5.00") / 10**6,  # X-Ray, recorded
    "live_messages": Decimal("1.00") / 10**6,  # WebSocket API, of up to 32 KB
    "live_minutes": Decimal("0.25") / 10**6,  # of each connection
}

#: Dollars a month for one of each thing that costs the same with or without messages.
MONTHLY: Mapping[str, Decimal] = {
    "alarm": Decimal("0.10"),  # for each metric that an alarm watches
    "custom_metric": Decimal("0.30"),  # S3's request metrics are charged like these
    "dashboard": Decimal("3.00"),
    "secret": Decimal("0.40"),
}

S3_READ = Decimal("0.40") / 10**6  #: GET and HEAD, which a message needs none of

TITLES: Mapping[str, str] = {
    "api_requests": "API Gateway, HTTP API requests",
    "lambda_requests": "Lambda requests",
    "lambda_gb_seconds": "Lambda GB-seconds, arm64",
    "sqs_requests": "SQS FIFO requests",
    "write_units": "DynamoDB write units, the index included",
    "read_units": "DynamoDB read units",
    "secret_reads": "Secrets Manager calls",
    "log_bytes": "CloudWatch Logs bytes",
    "bytes_out": "Bytes to the internet",
    "traces": "X-Ray traces",
    "live_messages": "API Gateway, WebSocket messages",
    "live_minutes": "API Gateway, WebSocket connection minutes",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What something uses, in the units of PRICES."""

    api_requests: float = 0.0
    lambda_requests: float = 0.0
    lambda_gb_seconds: float = 0.0
    sqs_requests: float = 0.0
    write_units: float = 0.0
    read_units: float = 0.0
    secret_reads: float = 0.0
    log_bytes: float = 0.0
    bytes_out: float = 0.0
    traces: float = 0.0
    live_messages: float = 0.0  #: WebSocket, of up to 32 KB
    live_minutes: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        return Usage(**{name: value + getattr(other, name) for name, value in self.quantities.items()})

    def times(self, factor: float) -> Usage:
        return Usage(**{name: value * factor for name, value in self.quantities.items()})

    @property
    def quantities(self) -> dict[str, float]:
        return {field.name: getattr(self, field.name) for field in fields(self)}


def price(usage: Usage) -> dict[str, Decimal]:
    """Dollars by quantity."""
    return {name: Decimal(repr(float(amount))) * PRICES[name] for name, amount in usage.quantities.items()}


def total(usage: Usage) -> Decimal:
    return sum(price(usage).values(), Decimal(0))


# --- DynamoDB --------------------------------------------------------------------------------------------------------


def item_bytes(item: Mapping[str, Mapping[str, Any]]) -> int:
    """The size of an item in DynamoDB's own JSON, by DynamoDB's rules (Developer Guide, "Item sizes and formats")."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def value_bytes(value: Mapping[str, Any]) -> int:
    [(kind, content)] = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            digits = content.replace("-", "").replace(".", "").strip("0")
            return math.ceil(len(digits) / 2) + 1 + int(str(content).startswith("-"))
        case "B":
            return len(bytes(content))
        case "SS":
            return 3 + sum(1 + len(one.encode()) for one in content)
        case "BOOL" | "NULL":
            return 1
        case "M":
            return 3 + sum(1 + len(name.encode()) + value_bytes(one) for name, one in content.items())
        case "L":
            return 3 + sum(1 + value_bytes(one) for one in content)
    raise ValueError(f"items of Patchbay hold no {kind}")


def write_units(size: int, *, transaction: bool = False) -> int:
    """For one write of an item of `size` bytes, its entries in indexes apart."""
    return max(1, math.ceil(size / 1024)) * (2 if transaction else 1)


def read_units(size: int, *, consistent: bool) -> float:
    return max(1, math.ceil(size / 4096)) * (1.0 if consistent else 0.5)
