"""Prices are read from files in the format of AWS's public price list, and never lost when that fails."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from bench import price_list
from bench.price_list import PLACES, PriceListFailed, fetch, read_region, renew
from bench.prices import DATA, regions
from bench.prices import price_list as prices_of
from tools import costs

Json = dict[str, Any]
#: An invented usage type for each price, as one region spells them.
SPELLED = {
    "sqs_requests": "EU-Requests-FIFO-RBP",
    "dashboard": "DashboardsUsageHour",
    "live_minutes": "EUW1-ApiGatewayMinute",
}


def usage_of(name: str) -> str:
    return SPELLED.get(name, f"EU-{PLACES[name].usage}")


def product(usage: str, *tiers: tuple[str, str]) -> tuple[Json, Json]:
    """A product and its terms: `tiers` are where each begins, and its price."""
    dimensions = {
        f"{usage}.{begin}": {"beginRange": begin, "endRange": "Inf", "pricePerUnit": {"USD": dollars}, "unit": "1"}
        for begin, dollars in tiers
    }
    term = {f"{usage}.term": {"offerTermCode": "JRTCKXETXF", "priceDimensions": dimensions}}
    return {"sku": usage, "attributes": {"usagetype": usage}}, term


def make_file(service: str, *without: str) -> Json:
    """An offer file: all that is looked for, a free tier, and products of other usage types."""
    wanted = [name for name, place in PLACES.items() if place.service == service and name not in without]
    made = [product(usage_of(name), ("300000000", "0.5"), ("0", "2.0000000000")) for name in wanted]
    made.append(product("Global-" + PLACES[wanted[0]].usage if wanted else "Global-Other", ("0", "0.0000000000")))
    made.append(product("EU-SomethingElse", ("0", "99")))
    return {
        "offerCode": service,
        "publicationDate": "2026-10-01T09:00:00Z",
        "products": {one["sku"]: one for one, _ in made},
        "terms": {"OnDemand": {one["sku"]: term for one, term in made}},
    }


def answer(address: str) -> Json:
    return make_file(address.split("/")[-4])


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "prices.json"
    path.write_text(DATA.read_text())
    return path


def test_the_first_tier_of_each_price_is_read(stored: Path) -> None:
    lines = list(renew(stored, ["eu-west-1"], answer))
    content = json.loads(stored.read_text())
    assert content["eu-west-1"]["as_of"] == "2026-10-01"
    assert {one["dollars"] for one in content["eu-west-1"]["prices"].values()} == {"2"}
    assert content["us-east-1"] == json.loads(DATA.read_text())["us-east-1"]
    assert "  write_units: 0.000000705 -> 2" in lines
    assert any(line.startswith("eu-west-1: AWS's list of 2026-10-01") for line in lines)


def test_a_price_that_is_free_at_first_is_that_of_the_next_tier() -> None:
    def with_free_tier(address: str) -> Json:
        file = make_file(address.split("/")[-4])
        for sku in file["products"]:
            file["products"][sku], file["terms"]["OnDemand"][sku] = product(sku, ("0", "0.0"), ("100", "0.09"))
        return file

    assert read_region("eu-west-1", {}, with_free_tier)["prices"]["bytes_out"]["dollars"] == "0.09"


def test_a_price_that_is_missing_is_named_and_nothing_is_overwritten(stored: Path) -> None:
    before = stored.read_text()
    with pytest.raises(PriceListFailed, match=r"AmazonDynamoDB for eu-west-1 has no price for write_units"):
        list(renew(stored, ["eu-west-1"], lambda address: make_file(address.split("/")[-4], "write_units")))
    assert stored.read_text() == before


def test_what_costs_the_same_everywhere_stays_when_a_regions_list_lacks_it() -> None:
    known = json.loads(DATA.read_text())["eu-west-1"]["prices"]
    fresh = read_region("eu-west-1", known, lambda address: make_file(address.split("/")[-4], "dashboard"))
    assert fresh["prices"]["dashboard"] == known["dashboard"]


def test_a_list_that_cannot_be_reached_changes_nothing(
    stored: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise requests.ConnectionError("no route to a host with a name")

    monkeypatch.setattr("bench.price_list.requests.get", refuse)
    monkeypatch.setattr("bench.price_list.DATA", stored)
    monkeypatch.setattr("sys.argv", ["price_list"])
    before = stored.read_text()
    assert price_list.main() == 1
    assert stored.read_text() == before
    said = capsys.readouterr().err
    assert "could not be read (ConnectionError): https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/" in said
    assert "run `make prices` again" in said
    with pytest.raises(PriceListFailed):
        fetch("https://pricing.us-east-1.amazonaws.com/")


def test_every_region_has_every_price_and_the_stacks_is_one_of_them() -> None:
    assert {"us-east-1", costs.region()} <= set(regions())
    for region in regions():
        stored = json.loads(DATA.read_text())[region]["prices"]
        assert set(stored) == set(PLACES)
        assert all(one["source"].startswith("https://") for one in stored.values())
        assert all(dollars > Decimal(0) for dollars in prices_of(region).units.values())
