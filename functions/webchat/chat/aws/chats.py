"""Visitors, chats and transcripts in the table.

A chat and what changes in it are written in one transaction that the chat's version decides: two tabs and the
dispatcher write at once, and nothing is lost, doubled or out of order. Values travel as JSON in one attribute.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_json

from chat.aws import names
from chat.aws.rows import Rows
from chat.model import Chat, Entry, Listener, Upload, Visitor
from chat.ports import MOST_CHATS, Chats, Listeners, Visitors
from patchbay.aws.stores.keys import SORT
from patchbay.aws.stores.table import Item, Table
from patchbay.bridge.ports import Clock
from patchbay.domain.errors import Conflict

_KINDS = {kind.__name__: kind for kind in (Visitor, Chat, Entry, Upload, Listener)}
_UPLOADS_KEPT = timedelta(days=3)  #: longer than the store keeps a file that was not posted
_AFTER = "~"  #: sorts behind every digit and letter that ids are made of


class DynamoStore(Visitors, Chats, Listeners):
    def __init__(self, table: Table, rows: Rows, clock: Clock) -> None:
        self._table = table
        self._rows = rows
        self._clock = clock

    # --- visitors ----------------------------------------------------------------------------------------------------

    def visitor(self, site: str, visitor: str) -> Visitor | None:
        return self._read(Visitor, self._table.get(names.visitor_key(site, visitor), consistent=True))

    def save_visitor(self, site: str, visitor: Visitor) -> None:
        key = names.visitor_key(site, visitor.id)
        self._table.put({**_write(key, SORT, visitor, visitor.until), "revoked": visitor.revoked})

    def renew(self, chat: Chat) -> None:
        key = names.visitor_key(chat.site, chat.visitor)
        known = self._read(Visitor, self._table.get(key, consistent=True))
        if known is None or known.revoked:
            return
        kept = replace(known, until=max(known.until, chat.until))
        item = {**_write(key, SORT, kept, kept.until), "revoked": False}
        # Not over a visitor who has left meanwhile. Two tabs that renew at once write the same.
        try:
            self._rows.write(
                [
                    self._rows.put(item, "revoked = :no", no=False),
                    self._rows.put(_membership(chat), "attribute_exists(pk)"),
                ]
            )
        except Conflict:
            return

    def forget_visitor(self, site: str, visitor: str) -> None:
        key = names.visitor_key(site, visitor)
        self._rows.delete_all(key, [str(item["sk"]) for item in self._table.partition(key, names.LIVE)])
        self._rows.write([self._rows.delete(key)])

    def chats_of(self, site: str, visitor: str) -> Sequence[Chat]:
        key = names.visitor_key(site, visitor)
        found = self._rows.query(key, names.CHAT, names.CHAT + _AFTER)
        ids = [str(item["sk"]).removeprefix(names.CHAT) for item in found][:MOST_CHATS]
        heads = self._rows.get_all([names.chat_key(site, chat_id) for chat_id in ids])
        return [chat for item in heads if (chat := self._read(Chat, item))]

    # --- open pages --------------------------------------------------------------------------------------------------

    def add_listener(self, site: str, visitor: str, listener: Listener) -> None:
        item = _write(names.visitor_key(site, visitor), names.LIVE + listener.ticket, listener, listener.until)
        self._table.put(item, condition="attribute_not_exists(pk)")

    def listeners(self, site: str, visitor: str) -> Sequence[Listener]:
        rows = self._table.partition(names.visitor_key(site, visitor), names.LIVE)
        return [found for row in rows if (found := self._read(Listener, row))]

    def remove_listener(self, site: str, visitor: str, listener: Listener) -> None:
        self._table.delete(names.visitor_key(site, visitor), names.LIVE + listener.ticket)

    # --- chats -------------------------------------------------------------------------------------------------------

    def start(self, chat: Chat) -> Chat:
        started = replace(chat, version=1)
        now = _seconds(self._clock.now())
        # What is out of date may still be there: DynamoDB takes it away within days.
        free, known = "attribute_not_exists(pk) OR expires_at <= :now", "revoked = :no AND expires_at > :now"
        self._rows.write(
            [
                self._rows.put(_write_chat(started), free, now=now),
                self._rows.put(_membership(started)),
                self._rows.check(names.visitor_key(chat.site, chat.visitor), known, no=False, now=now),
            ]
        )
        return started

    def chat(self, site: str, chat_id: str) -> Chat | None:
        return self._read(Chat, self._table.get(names.chat_key(site, chat_id), consistent=True))

    def save(
        self, chat: Chat, *, new: Entry | None = None, changed: Entry | None = None, gone: Entry | None = None
    ) -> Chat:
        key = names.chat_key(chat.site, chat.id)
        saved = replace(chat, version=chat.version + 1)
        if not (new or changed or gone):  # half the price of a transaction
            values = {":version": chat.version}
            self._table.put(_write_chat(saved), condition="version = :version", values=values)
            return saved
        steps = [self._rows.put(_write_chat(saved), "version = :version", version=chat.version)]
        for entry in (new, changed):
            if entry is not None:
                item = _write(key, names.message_sort(entry.position), entry, entry.until)
                steps.append(self._rows.put(item))
        if new is not None:
            used = {"pk": key, "sk": names.ID + new.id, "position": new.position, "expires_at": _seconds(new.until)}
            steps.append(self._rows.put(used, "attribute_not_exists(pk)"))
        if gone is not None:
            steps.append(self._rows.delete(key, names.message_sort(gone.position)))
        self._rows.write(steps)
        return saved

    def entry(self, chat: Chat, entry_id: str) -> tuple[Entry | None, bool]:
        key = names.chat_key(chat.site, chat.id)
        used = self._table.get(key, names.ID + entry_id, consistent=True)
        if used is None:
            return None, False
        position = int(used["position"])
        if position <= chat.cleared:
            return None, True
        return self._read(Entry, self._table.get(key, names.message_sort(position), consistent=True)), True

    def entries(self, chat: Chat, *, first: int = 1, last: int | None = None, most: int = 200) -> Sequence[Entry]:
        key = names.chat_key(chat.site, chat.id)
        lowest = names.message_sort(max(first, chat.cleared + 1))
        highest = names.MESSAGE + _AFTER if last is None else names.message_sort(max(last, 0))
        if highest < lowest:
            return []
        latest: list[Entry] = []
        for item in self._rows.query(key, lowest, highest, most=most):
            entry = self._read(Entry, item)
            if entry is not None:
                latest.append(entry)
            if len(latest) == most:
                break
        return latest[::-1]

    def sweep(self, chat: Chat) -> None:
        last = names.message_sort(chat.cleared)
        self._remove(chat, self._rows.query(names.chat_key(chat.site, chat.id), names.MESSAGE, last))
        uploads = self._rows.query(names.chat_key(chat.site, chat.id), names.UPLOAD, names.UPLOAD + _AFTER)
        self._remove(chat, uploads)

    def erase(self, chat: Chat) -> None:
        key = names.chat_key(chat.site, chat.id)
        rest = self._rows.query(key, SORT + " ", _AFTER)
        self._remove(chat, rest)
        membership = self._rows.delete(names.visitor_key(chat.site, chat.visitor), names.CHAT + chat.id)
        self._rows.write([self._rows.delete(key), membership])

    def uploads(self, chat: Chat) -> Sequence[Upload]:
        rows = self._rows.query(names.chat_key(chat.site, chat.id), names.UPLOAD, names.UPLOAD + _AFTER)
        return [_adapter("Upload").validate_json(row["value"]) for row in rows]

    def save_upload(self, site: str, upload: Upload) -> None:
        key = names.chat_key(site, upload.chat)
        item = _write(key, names.UPLOAD + upload.id, upload, upload.until)
        self._table.put({**item, "expires_at": _seconds(upload.until + _UPLOADS_KEPT)})

    def upload(self, site: str, chat_id: str, upload_id: str) -> Upload | None:
        item = self._table.get(names.chat_key(site, chat_id), names.UPLOAD + upload_id, consistent=True)
        return self._read(Upload, item)

    def _remove(self, chat: Chat, items: Iterator[Item]) -> None:
        self._rows.delete_all(names.chat_key(chat.site, chat.id), [str(item["sk"]) for item in items])

    def _read[V: (Visitor, Chat, Entry, Upload, Listener)](self, kind: type[V], item: Item | None) -> V | None:
        """None for what is out of date, too: DynamoDB takes it away late."""
        if item is None:
            return None
        value: V = _adapter(kind.__name__).validate_json(item["value"])
        return value if self._clock.now() < value.until else None


def _write_chat(chat: Chat) -> Item:
    return {**_write(names.chat_key(chat.site, chat.id), SORT, chat, chat.until), "version": chat.version}


def _membership(chat: Chat) -> Item:
    key = names.visitor_key(chat.site, chat.visitor)
    return {"pk": key, "sk": names.CHAT + chat.id, "expires_at": _seconds(chat.until)}


def _write(pk: str, sk: str, value: object, until: datetime) -> Item:
    text = to_json(value, inf_nan_mode="null").decode()  # without a schema, which takes longer to build
    return {"pk": pk, "sk": sk, "value": text, "expires_at": _seconds(until)}


def _seconds(until: datetime) -> int:
    return int(until.timestamp()) + 1


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(_KINDS[name])
