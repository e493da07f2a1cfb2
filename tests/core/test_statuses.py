"""The table of statuses, and how long a service asks us to wait."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patchbay.domain.errors import DeliveryError, Rejected, Transient, Uncertain
from patchbay.kit.contract import HttpRequest, HttpResponse
from patchbay.kit.statuses import Meaning, Rule, Statuses, read_retry_after

STATUSES = Statuses(title="Pigeon")
NOW = datetime(2015, 10, 21, 7, 28, tzinfo=UTC)
DATE = "Wed, 21 Oct 2015 07:28:00 GMT"


def check(status: int, *, repeatable: bool = False, method: str = "POST", statuses: Statuses = STATUSES) -> str:
    """The name of what comes out."""
    request = HttpRequest(method=method, url="https://pigeon.test/letters", repeatable=repeatable)
    try:
        statuses.check(request, HttpResponse(status=status), lambda _response: "give another token")
    except DeliveryError as failure:
        return type(failure).__name__
    return "returned"


@pytest.mark.parametrize(
    ("status", "once", "repeatable"),
    [
        (200, "returned", "returned"),
        (204, "returned", "returned"),
        (302, "returned", "returned"),
        (400, "returned", "returned"),
        (401, "AuthorizationNeeded", "AuthorizationNeeded"),
        (403, "AuthorizationNeeded", "AuthorizationNeeded"),
        (404, "returned", "returned"),
        (408, "Uncertain", "Transient"),
        (409, "returned", "returned"),
        (410, "returned", "returned"),
        (422, "returned", "returned"),
        (425, "Transient", "Transient"),
        (429, "Transient", "Transient"),
        (500, "Uncertain", "Transient"),
        (502, "Uncertain", "Transient"),
        (503, "Transient", "Transient"),
        (504, "Uncertain", "Transient"),
        (520, "Uncertain", "Transient"),
        (599, "Uncertain", "Transient"),
        (999, "Uncertain", "Transient"),
    ],
)
def test_each_status_has_one_meaning(status: int, once: str, repeatable: str) -> None:
    assert check(status) == once
    assert check(status, repeatable=True) == repeatable
    assert check(status, method="PATCH") == once
    for method in ("GET", "HEAD", "PUT", "DELETE"):
        assert check(status, method=method) == repeatable


def test_what_a_service_documents_otherwise_comes_before_the_table() -> None:
    def is_own(response: HttpResponse) -> bool:
        return response.status == 500

    rule = Rule((500, 502), Meaning.LATER, "it says so", "its API", when=is_own)
    statuses = Statuses(title="Pigeon", exceptions=(rule,))
    assert check(500, statuses=statuses) == "Transient"
    assert check(502, statuses=statuses) == "Uncertain"
    assert check(401, statuses=statuses) == "AuthorizationNeeded"
    assert check(401, statuses=statuses.anonymous) == "returned"
    assert check(500, statuses=statuses.anonymous) == "Transient"


def test_failures_say_who_what_and_what_to_do() -> None:
    request = HttpRequest(method="POST", url="https://pigeon.test/letters")

    def told(status: int) -> str:
        with pytest.raises(DeliveryError) as caught:
            STATUSES.check(request, HttpResponse(status=status), lambda response: f"{response.status}: another token")
        return str(caught.value)

    assert told(503) == "Pigeon is not taking requests at the moment (HTTP 503)"
    assert told(502) == "Pigeon returned a server error (HTTP 502) and may have processed the request"
    assert told(408) == "Pigeon did not answer in time (HTTP 408) and may have processed the request"
    assert told(401) == "401: another token"
    refusal = STATUSES.refuse(HttpResponse(status=422), "a letter", "too long", "")
    assert isinstance(refusal, Rejected)
    assert (str(refusal), refusal.code) == ("Pigeon refused the request: a letter (HTTP 422, too long)", "http_422")


@pytest.mark.parametrize(
    ("status", "kind"), [(429, Transient), (503, Transient), (500, Uncertain), (502, Uncertain), (408, Uncertain)]
)
def test_the_wait_that_is_asked_for_arrives_in_seconds(status: int, kind: type[Transient | Uncertain]) -> None:
    response = HttpResponse(status=status, headers={"retry-after": "7"})
    with pytest.raises(kind) as caught:
        STATUSES.check(HttpRequest(method="POST", url="https://pigeon.test"), response, lambda _response: "")
    assert type(caught.value) is kind
    assert vars(caught.value)["retry_after"] == 7


# --- Retry-After -----------------------------------------------------------------------------------------------------


def wait(value: str, date: str = DATE, received_at: datetime | None = None) -> float | None:
    headers = {"retry-after": value, **({"date": date} if date else {})}
    return read_retry_after(HttpResponse(status=503, headers=headers, received_at=received_at))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("2.5", 2.5),
        ("120", 120.0),
        ("9" * 60, 86_400.0),
        ("Wed, 21 Oct 2015 07:29:30 GMT", 90.0),
        ("Wednesday, 21-Oct-15 07:29:30 GMT", 90.0),
        ("Wed Oct 21 07:29:30 2015", 90.0),
        ("Wed, 21 Oct 2015 07:29:30 +0000", 90.0),
        ("Wed, 21 Oct 2015 07:00:00 GMT", 0.0),
        ("Wed, 21 Oct 2115 07:28:00 GMT", 86_400.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("+5", None),
        ("1e9", None),
        ("inf", None),
        ("nan", None),
        ("²", None),
        ("٧", None),
        ("7 seconds", None),
        ("7, 8", None),
        ("Wed, 21 Oct 99999 07:28:00 GMT", None),
        ("Wed, 99 Foo 2015 07:28:00 GMT", None),
        ("9" * 100_000, 86_400.0),
        (f"{DATE}{'x' * 100_000}", None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wait_is_read_in_both_of_its_forms(value: str, seconds: float | None) -> None:
    assert wait(value) == seconds


def test_a_date_is_compared_with_the_services_own_clock_else_with_ours() -> None:
    later = "Wed, 21 Oct 2015 07:29:30 GMT"
    assert wait(later, date="", received_at=NOW) == 90
    assert wait(later, date="tomorrow", received_at=NOW) == 90
    assert wait(later, date="Wed, 21 Oct 2015 07:29:00 GMT", received_at=NOW) == 30
    assert wait(later, date="") is None


@given(st.text(max_size=200) | st.text("0123456789:., +-GMTWedOct", max_size=80), st.text(max_size=80))
def test_no_header_however_odd_breaks_anything(value: str, date: str) -> None:
    found = wait(value, date)
    assert found is None or 0 <= found <= 86_400


def test_a_header_is_read_in_linear_time() -> None:
    started = time.perf_counter()
    for value in ("9" * 2_000_000 + "x", "9." * 1_000_000, "," * 2_000_000, " " * 2_000_000, "(" * 2_000_000):
        assert wait(value) is None
    assert wait("9" * 2_000_000) == 86_400
    assert time.perf_counter() - started < 1
