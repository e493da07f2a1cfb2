"""What strangers can cost an owner is a number, and the documentation says the right one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bench.stranger import LONGEST_TEXT, Ceilings, sum_up
from chat import admission
from chat.live import LONGEST
from chat.model import NAME_LIMIT, TEXT_LIMIT, Site
from chat.ports import MOST_CHATS
from chat.writing import MOST_BYTES
from tests.harness.fakes.chats import WebChat, write_static
from tests.template.stack.scene import FUNCTIONS, RESOURCES, ROOT, TEMPLATE, WEBHOOKS, function_in, routes
from tests.template.test_ceilings import BRIDGE

SITE = Site(id="web", webhook_token="", base="")
HANDBOOK = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
TABLE = HANDBOOK.partition("## What the worst stranger costs")[2].partition("\n## ")[0]
CHAT_BYTES = 900


def _live_routes() -> Mapping[str, Any]:
    stage = RESOURCES["LiveStage"]["Properties"]
    return {"$default": stage["DefaultRouteSettings"], **stage["RouteSettings"]}


@cache
def worst() -> dict[str, Decimal]:
    parameters = TEMPLATE["Parameters"]
    settings = RESOURCES["Api"]["Properties"]["RouteSettings"]
    return sum_up(
        Ceilings(
            rates={route: one["ThrottlingRateLimit"] for route, one in settings.items()},
            live_rates={route: one["ThrottlingRateLimit"] for route, one in _live_routes().items()},
            connections_a_minute=admission.LIVE.most(SITE),
            connection_minutes=LONGEST // timedelta(minutes=1),
            webhook_routes=sum(len(routes(function_in(folder)[1])) for folder in WEBHOOKS) + len({BRIDGE}),
            webhook_rate=parameters["WebhookRate"]["Default"],
            visitors_a_day=admission.VISITORS.most(SITE),
            messages_a_minute=admission.MESSAGES.most(SITE),
            signals_a_minute=admission.SIGNALS * admission.MESSAGES.most(SITE),
            read_a_minute=admission.READING.most(SITE),
            upload_bytes_a_day=admission.UPLOADS.most(SITE),
            file_bytes=MOST_BYTES,
            file_bytes_a_day=parameters["FileMegabytesADay"]["Default"] * admission.MEGABYTE,
            retention_days=parameters["MediaRetentionDays"]["Default"],
            listed=MOST_CHATS,
            chat_bytes=CHAT_BYTES,
        )
    )


def test_the_handbook_says_what_each_thing_costs() -> None:
    rows = dict(re.findall(r"^\| ([^|]+?) \| [^|]+ \| ([0-9.]+) \|$", TABLE, re.MULTILINE))
    assert rows == {what: f"{dollars:.2f}" for what, dollars in worst().items()}


@pytest.mark.parametrize("path", ["docs/operations.md", "docs/cost.md"])
def test_the_documentation_says_the_sums(path: str) -> None:
    month = sum(worst().values(), Decimal(0))
    first = month - worst()["downloading those of all days before"]
    text = " ".join((ROOT / path).read_text(encoding="utf-8").split())
    assert f"about ${int(round(first, -1))} a day" in text
    assert f"${int(round(month, -1))} after a month" in text


def test_every_rate_of_the_template_is_in_the_sum() -> None:
    assert all(dollars > 0 for dollars in worst().values())
    assert len([name for name in FUNCTIONS if name.endswith("WebhookFunction")]) == len(WEBHOOKS)


def test_a_chat_in_a_list_is_no_larger_than_the_sum_takes_it_for(tmp_path: Path) -> None:
    web = WebChat(write_static(tmp_path))
    browser = web.browser()
    chat = browser.start("ü" * NAME_LIMIT)
    web.reply(chat, "ü" * TEXT_LIMIT)
    web.time.advance(70)
    for _ in range(MOST_CHATS - 1):
        web.reply(browser.start("ü" * NAME_LIMIT), "ü" * TEXT_LIMIT)
        web.time.advance(240)
    answer = browser.call("GET", "chats")
    assert len(answer.json["chats"]) == MOST_CHATS
    assert len(answer.body) / MOST_CHATS <= CHAT_BYTES
    assert len(("ठ" * TEXT_LIMIT).encode()) <= LONGEST_TEXT
