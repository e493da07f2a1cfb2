"""What the worst stranger costs an owner in a day: everything that anybody may call, as fast and as dear as it goes.

Pure: throttles and ceilings in, dollars out. A test fills them in from the template and the web chat, and keeps the
table in the handbook true.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bench.prices import S3_READ, Usage, total

DAY, MINUTES = 86_400, 1_440
CONTAINERS = 5  #: of a function, in which what is allowed once a second is allowed
LOG_LINE = 350  #: bytes that the API writes for each call
BUSY = 0.5 * 0.02  #: GB-seconds: 512 MB for 20 ms
LONGEST_TEXT = 12_000  #: bytes of 4,000 characters

CALL = Usage(api_requests=1, lambda_requests=1, lambda_gb_seconds=BUSY, log_bytes=LOG_LINE)
#: What becomes of one after the web chat has taken it: counters, the chat's transaction, the queue, the dispatcher.
MESSAGE = Usage(write_units=16, read_units=6, sqs_requests=4, lambda_requests=1, lambda_gb_seconds=BUSY, log_bytes=4000)
SIGNAL = Usage(write_units=4, read_units=4, sqs_requests=4, lambda_requests=1, lambda_gb_seconds=BUSY, log_bytes=2000)
VISITOR = Usage(write_units=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceilings:
    """`rates` are those of routes, a second, and `live_rates` those of the WebSocket API.

    A connection there may stay open for `connection_minutes`. A visitor has `listed` chats, each of `chat_bytes` in a
    list.
    """

    rates: Mapping[str, int]
    live_rates: Mapping[str, int]
    connections_a_minute: int
    connection_minutes: int
    webhook_routes: int
    webhook_rate: int
    visitors_a_day: int
    messages_a_minute: int
    signals_a_minute: int
    read_a_minute: int
    upload_bytes_a_day: int
    file_bytes: int
    file_bytes_a_day: int
    retention_days: int
    listed: int
    chat_bytes: int


def sum_up(ceilings: Ceilings) -> dict[str, Decimal]:
    """Dollars a day, by what is done."""
    return dict(_lines(ceilings))


def _lines(ceilings: Ceilings) -> Iterator[tuple[str, Decimal]]:
    rates = ceilings.rates
    listing = Usage(read_units=2 + ceilings.listed, bytes_out=ceilings.listed * ceilings.chat_bytes)
    calls = rates["ANY /webchat/{webhook_token}/{proxy+}"] * DAY
    yield "asking for lists of chats", total((CALL + listing).times(calls))
    messages = ceilings.read_a_minute * MINUTES
    yield "reading transcripts", total(Usage(read_units=3, bytes_out=LONGEST_TEXT).times(messages))
    written = MESSAGE.times(ceilings.messages_a_minute) + SIGNAL.times(ceilings.signals_a_minute)
    yield "writing, typing, new visitors", total(written.times(MINUTES) + VISITOR.times(ceilings.visitors_a_day))
    renewals = Usage(secret_reads=1, read_units=1).times(CONTAINERS * DAY)
    yield "guessing the web chat's own key", total(renewals)
    page = (CALL + Usage(bytes_out=3000)).times(rates["GET /webchat/{webhook_token}"] * DAY)
    yield "opening the page", total(page)
    yield "live connections", _live(ceilings)
    yield "asking for files that are there or not", _media(rates)
    consents = rates["GET /oauth/{service}/{app}/start"] + rates["GET /oauth/{service}/{app}/callback"]
    yield "beginning consents", total((CALL + Usage(write_units=1, bytes_out=4000)).times(consents * DAY))
    webhook_tokens = ceilings.webhook_routes * ceilings.webhook_rate * DAY
    yield "webhooks to unknown URLs", total((CALL + Usage(read_units=1.5)).times(webhook_tokens))
    day = ceilings.upload_bytes_a_day / ceilings.file_bytes * ceilings.file_bytes_a_day
    yield "downloading a day's uploads", total(Usage(bytes_out=day))
    yield "downloading those of all days before", total(Usage(bytes_out=day * (ceilings.retention_days - 1)))


def _live(ceilings: Ceilings) -> Decimal:
    """Opened as often as there are tickets, kept open, and talked on; what has no ticket runs the function as well."""
    opened = ceilings.connections_a_minute * MINUTES
    attempts = Usage(lambda_requests=1, lambda_gb_seconds=BUSY).times(ceilings.live_rates["$connect"] * DAY)
    words = Usage(live_messages=1).times(ceilings.live_rates["$default"] * DAY)
    kept = Usage(write_units=3, read_units=2, live_minutes=ceilings.connection_minutes).times(opened)
    return total(attempts + words + kept)


def _media(rates: Mapping[str, int]) -> Decimal:
    gets, heads = rates["GET /media/{token}/{filename}"] * DAY, rates["HEAD /media/{token}/{filename}"] * DAY
    return total(CALL.times(gets + heads) + Usage(write_units=gets)) + S3_READ * (gets + heads)
