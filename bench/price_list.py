"""`make prices`: reads prices.json anew from AWS's public price list, which needs no account.

python -m bench.price_list              # the regions that are in it
python -m bench.price_list eu-central-1 # one more, or one of them
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import requests

from bench.prices import DATA, regions

Json = dict[str, Any]
HOST = "https://pricing.us-east-1.amazonaws.com"
ADDRESS = HOST + "/offers/v1.0/aws/{service}/current/{region}/index.json"
TIMEOUT = (10, 120)  #: seconds to connect, and between two pieces of a file of up to a hundred megabytes
_GIGABYTE = 10**9
# A region's usage types begin with its short name, those of us-east-1 often with nothing. "Global-" are free tiers.
_PREFIX = r"(?!Global-)([A-Z]+[0-9]*-)?"

Fetch = Callable[[str], Json]


class PriceListFailed(Exception):
    """The list could not be read, or lacks a price. The message says which, and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a price stands in the list: the usage type of a product, as a pattern. It is for `per` of our units.

    `everywhere`: the same in all regions, so that the list of a region may lack it.
    """

    service: str
    usage: str
    per: int = 1
    everywhere: bool = False


PLACES: Mapping[str, Place] = {
    "api_requests": Place("AmazonApiGateway", "ApiGatewayHttpRequest"),
    "live_messages": Place("AmazonApiGateway", "ApiGatewayMessage"),
    "live_minutes": Place("AmazonApiGateway", "ApiGatewayMinute"),
    "lambda_requests": Place("AWSLambda", "Request-ARM"),
    "lambda_gb_seconds": Place("AWSLambda", "Lambda-GB-Second-ARM"),
    "sqs_requests": Place("AWSQueueService", "Requests-FIFO(-RBP)?(-Tier1)?"),
    "write_units": Place("AmazonDynamoDB", "WriteRequestUnits"),
    "read_units": Place("AmazonDynamoDB", "ReadRequestUnits"),
    "secret_reads": Place("AWSSecretsManager", "AWSSecretsManagerAPIRequest"),
    "log_bytes": Place("AmazonCloudWatch", "DataProcessing-Bytes", per=_GIGABYTE),
    "bytes_out": Place("AWSDataTransfer", "DataTransfer-Out-Bytes", per=_GIGABYTE),
    "traces": Place("AWSXRay", "XRay-TracesStored"),
    "s3_reads": Place("AmazonS3", "Requests-Tier2"),
    "alarm": Place("AmazonCloudWatch", "CW:AlarmMonitorUsage"),
    "custom_metric": Place("AmazonCloudWatch", "CW:MetricMonitorUsage"),
    "dashboard": Place("AmazonCloudWatch", "DashboardsUsageHour", everywhere=True),
    "secret": Place("AWSSecretsManager", "AWSSecretsManager-Secrets"),
}


def fetch(address: str) -> Json:
    """Raises PriceListFailed."""
    try:
        answer = requests.get(address, timeout=TIMEOUT)
        answer.raise_for_status()
        content: Json = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise PriceListFailed(
            f"AWS's price list could not be read ({type(error).__name__}): {address}. Check that this machine reaches "
            f"{HOST}, then run `make prices` again. The prices are as they were"
        ) from None
    return content


def read_region(region: str, known: Mapping[str, Json], fetch: Fetch = fetch) -> Json:
    """What prices.json holds of a region. `known` are its present prices. Raises PriceListFailed."""
    files = {
        service: fetch(ADDRESS.format(service=service, region=region))
        for service in sorted({place.service for place in PLACES.values()})
    }
    prices = {}
    for name, place in PLACES.items():
        file = files[place.service]
        dollars = max(_find(file, place.usage), default=None)
        if dollars is not None:
            source = ADDRESS.format(service=place.service, region=region)
            prices[name] = {"dollars": f"{dollars.normalize():f}", "per": place.per, "source": source}
        elif place.everywhere and name in known:
            prices[name] = known[name]
        else:
            raise PriceListFailed(
                f"AWS's list of {place.service} for {region} has no price for {name} (usage type {place.usage}). "
                "Check PLACES in bench/price_list.py against the list. The prices are as they were"
            )
    published = max(str(file["publicationDate"])[:10] for file in files.values())
    return {"as_of": published, "prices": prices}


def _find(file: Json, usage: str) -> Iterator[Decimal]:
    """The first tier that is not free, of each product of this usage type."""
    pattern = re.compile(_PREFIX + usage)
    for sku, product in file["products"].items():
        if not pattern.fullmatch(str(product["attributes"].get("usagetype", ""))):
            continue
        for term in file["terms"].get("OnDemand", {}).get(sku, {}).values():
            tiers = sorted(map(_read_tier, term["priceDimensions"].values()))
            yield from [dollars for _, dollars in tiers if dollars > 0][:1]


def _read_tier(dimension: Json) -> tuple[Decimal, Decimal]:
    try:
        return Decimal(dimension.get("beginRange") or "0"), Decimal(dimension["pricePerUnit"]["USD"])
    except (InvalidOperation, KeyError):
        raise PriceListFailed("AWS's price list has a price that is no number in dollars") from None


def renew(path: Path, wanted: Sequence[str], fetch: Fetch = fetch) -> Iterator[str]:
    """Rewrites the file once all is read; what changed, line by line. Raises PriceListFailed."""
    stored: dict[str, Json] = json.loads(path.read_text(encoding="utf-8"))
    fresh = {region: read_region(region, stored.get(region, {}).get("prices", {}), fetch) for region in wanted}
    path.write_text(json.dumps({**stored, **fresh}, indent=2) + "\n", encoding="utf-8")
    for region, new in fresh.items():
        yield f"{region}: AWS's list of {new['as_of']}"
        before = stored.get(region, {}).get("prices", {})
        for name, one in new["prices"].items():
            old, now = _dollars(before.get(name)), _dollars(one)
            if old != now:
                yield f"  {name}: {old} -> {now}"


def _dollars(price: Json | None) -> str:
    return "none" if price is None else f"{Decimal(price['dollars']) / price['per']:f}"


def main() -> int:
    try:
        for line in renew(DATA, sys.argv[1:] or regions()):
            print(line)
    except PriceListFailed as failure:
        print(f"prices: {failure}.", file=sys.stderr)
        return 1
    print("Run `make docs` to renew the tables of costs.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
