"""What the web chat keeps of one chat, row by row, for erasing or exporting a contact."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import unquote

from chat.aws import names
from chat.model import FOLDER, Upload
from patchbay.aws.stores.keys import SORT
from patchbay.aws.stores.table import Item, Table

_FILE = re.compile(rf"/({FOLDER}[A-Za-z0-9_-]{{43}}/)")


def list_leftovers(table: Table, site: str, chat_id: str) -> Iterator[Item | str]:
    """Rows of the table, and beginnings of keys in the bucket: files before the row that names them, the chat last.

    The visitor goes with their last chat.
    """
    head: Item | None = None
    for row in table.partition(names.chat_key(site, chat_id)):
        if "value" in row:
            yield from _list_files(row)
        if row["sk"] == SORT:
            head = row
        else:
            yield row
    if head is not None:
        yield from _list_visitor(table, site, str(json.loads(head["value"])["visitor"]), chat_id)
        yield head


def _list_files(row: Item) -> Iterator[str]:
    """Also those that were put into the store and never posted."""
    if str(row["sk"]).startswith(names.UPLOAD):
        from pydantic import TypeAdapter

        yield TypeAdapter(Upload).validate_json(row["value"]).key
        return
    yield from dict.fromkeys(_FILE.findall(unquote(row["value"])))


def _list_visitor(table: Table, site: str, visitor: str, chat_id: str) -> Iterator[Item]:
    rows = list(table.partition(names.visitor_key(site, visitor)))
    own = names.CHAT + chat_id
    yield from (row for row in rows if row["sk"] == own)
    if not any(str(row["sk"]).startswith(names.CHAT) and row["sk"] != own for row in rows):
        yield from (row for row in rows if str(row["sk"]).startswith((names.LIVE, names.PUSH)))
        yield from (row for row in rows if row["sk"] == SORT)
