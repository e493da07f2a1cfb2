"""What is known of a messenger's templates, in the table: the last list, and the latest news of each."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from patchbay.aws.stores import keys
from patchbay.aws.stores.table import ConditionFailed, Table
from patchbay.bridge.template_book import MOST_BYTES
from patchbay.bridge.template_store import KnownTemplates, TemplateList, TemplateNews

_LIST_KEPT = timedelta(days=2)
_NEWS_KEPT = timedelta(days=7)


class DynamoTemplates(KnownTemplates):
    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, connection_id: str) -> tuple[TemplateList | None, Sequence[TemplateNews]]:
        listed: TemplateList | None = None
        news = []
        for item in self._table.partition(keys.templates_key(connection_id)):
            if item["sk"] == keys.SORT:
                listed = _lists().validate_json(str(item["value"]))
            else:
                news.append(_news().validate_json(str(item["value"])))
        return listed, news

    def save(self, connection_id: str, listed: TemplateList) -> None:
        item = {"pk": keys.templates_key(connection_id), "sk": keys.SORT, "value": write_list(listed)}
        self._table.put({**item, "expires_at": int((listed.listed_at + _LIST_KEPT).timestamp())})

    def note(self, connection_id: str, news: TemplateNews) -> None:
        item = {
            "pk": keys.templates_key(connection_id),
            "sk": keys.fit_sort(f"{keys.NEWS_PREFIX}{news.name}#{news.language}"),
            "value": _news().dump_json(news).decode(),
            "reported_at": news.at.isoformat(),
            "expires_at": int((news.at + _NEWS_KEPT).timestamp()),
        }
        with suppress(ConditionFailed):
            condition = "attribute_not_exists(pk) OR reported_at <= :at"
            self._table.put(item, condition=condition, values={":at": news.at.isoformat()})


def write_list(listed: TemplateList) -> str:
    """As JSON that an item has room for: those that can be sent come first, and what is left out is not offered."""
    ordered = sorted(listed.templates, key=lambda one: not one.is_sendable)
    room, kept = MOST_BYTES, []
    for one in ordered:
        alone = TemplateList(templates=(one,), listed_at=listed.listed_at)
        room -= len(_lists().dump_json(alone, exclude_defaults=True))
        if room < 0:
            break
        kept.append(one)
    fitting = TemplateList(templates=tuple(kept), listed_at=listed.listed_at)
    return _lists().dump_json(fitting, exclude_defaults=True).decode()


@cache
def _lists() -> TypeAdapter[Any]:
    return TypeAdapter(TemplateList)


@cache
def _news() -> TypeAdapter[Any]:
    return TypeAdapter(TemplateNews)
