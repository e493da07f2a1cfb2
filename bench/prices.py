"""What AWS charges, by `prices.json`, which `make prices` renews from AWS's own list. Quantities in, dollars out."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

REGION = "us-east-1"  #: of the figures in docs/benchmarks.md
DATA = Path(__file__).with_name("prices.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """Dollars for one unit of each quantity in a region: AWS's public list, first tier, without free tiers and taxes.

    `monthly` is for one of each thing that costs the same with or without messages; `s3_read` for a GET or HEAD, which
    a message needs none of.
    """

    region: str
    as_of: str
    units: Mapping[str, Decimal]
    monthly: Mapping[str, Decimal]
    s3_read: Decimal

    def price(self, usage: Usage) -> dict[str, Decimal]:
        """Dollars by quantity."""
        return {name: Decimal(repr(float(amount))) * self.units[name] for name, amount in usage.quantities.items()}

    def total(self, usage: Usage) -> Decimal:
        return sum(self.price(usage).values(), Decimal(0))


MONTHLY_NAMES = ("alarm", "custom_metric", "dashboard", "secret")  #: S3's request metrics cost as much as custom ones
S3_READS = "s3_reads"

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
    """What something uses, in the units of a price list."""

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


def regions() -> tuple[str, ...]:
    """Those with prices."""
    return tuple(json.loads(DATA.read_text(encoding="utf-8")))


@cache
def price_list(region: str = REGION) -> PriceList:
    """Raises KeyError for a region without prices: `make prices` adds one."""
    stored = json.loads(DATA.read_text(encoding="utf-8"))[region]
    units = {name: Decimal(one["dollars"]) / one["per"] for name, one in stored["prices"].items()}
    return PriceList(
        region=region,
        as_of=stored["as_of"],
        units={name: units[name] for name in TITLES},
        monthly={name: units[name] for name in MONTHLY_NAMES},
        s3_read=units[S3_READS],
    )


def price(usage: Usage) -> dict[str, Decimal]:
    return price_list().price(usage)


def total(usage: Usage) -> Decimal:
    return price_list().total(usage)


READ_ON = price_list().as_of
PRICES: Mapping[str, Decimal] = price_list().units
MONTHLY: Mapping[str, Decimal] = price_list().monthly
S3_READ = price_list().s3_read


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
