"""The folder that `patchbay export` writes: data.json, and every file of the customer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from patchbay.aws.stores.table import Item
from patchbay.domain.errors import Misconfigured
from patchbay.domain.events import encode
from patchbay_cli.contact_data.inventory import ContactProfile, File, Record, list_stored_items, list_threads
from patchbay_cli.dead_letters.queue import DeadLetter
from patchbay_cli.deployment import Deployment

_SECRETS = frozenset({"secret", "token", "endpoint", "auth"})  #: credentials of the customer, and of their browser
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 80


@dataclass(slots=True)
class ExportFolder:
    """Holds one record and one file in memory at a time. Raises Misconfigured when the folder is not empty."""

    deployment: Deployment
    folder: Path
    files: list[dict[str, str]] = field(default_factory=list)

    def write(self, profile: ContactProfile) -> dict[str, int]:
        """How many records, files and dead letters were written."""
        _make_folder(self.folder)
        records = dead_letters = 0
        with (self.folder / "data.json").open("w", encoding="utf-8") as out:
            head = {
                "connection": profile.messenger.id,
                "contact": profile.contact.external_id,
                "exported_at": self.deployment.clock.now().isoformat(timespec="seconds"),
            }
            out.write(json.dumps(head, indent=2).rstrip("\n}") + ',\n  "records": [')
            for item in list_stored_items(self.deployment, profile):
                if isinstance(item, File):
                    self._save(item)
                    continue
                out.write(f"{',' if records else ''}\n    {_describe(item)}")
                records += 1
            out.write('\n  ],\n  "dead_letters": [')
            for message in self._list_dead_letters(profile):
                out.write(f"{',' if dead_letters else ''}\n    {_describe_dead_letter(message)}")
                dead_letters += 1
            out.write(f'\n  ],\n  "files": {json.dumps(self.files, ensure_ascii=False)}\n}}\n')
        return {"records": records, "files": len(self.files), "dead_letters": dead_letters}

    def _save(self, file: File) -> None:
        """Under a file name that is valid on every system; data.json holds the original key."""
        into = self.folder / "files"
        into.mkdir(exist_ok=True)
        name = f"{len(self.files) + 1:04d}-{file_name(file.key.rpartition('/')[2])}"
        s3 = self.deployment.session.client("s3")
        with (into / name).open("wb") as out:
            s3.download_fileobj(self.deployment.stack.bucket, file.key, out)
        self.files.append({"file": f"files/{name}", "stored_as": file.key})

    def _list_dead_letters(self, profile: ContactProfile) -> Iterator[DeadLetter]:
        groups = {group for thread in list_threads(self.deployment, profile) for group in thread.groups}
        with self.deployment.dead_letter_queue.look() as holding:
            yield from (message for message in holding.messages if message.group in groups)


def _describe(record: Record) -> str:
    content = {name: value for name, value in record.item.items() if name not in {"pk", "sk"}}
    facts = {"kind": record.kind, "key": list(record.key), "content": _plain(content)}
    return json.dumps(facts, ensure_ascii=False)


def _describe_dead_letter(message: DeadLetter) -> str:
    event = json.loads(encode(message.event))["event"] if message.event else message.body
    facts = {"dead_lettered_at": message.dead_lettered_at.isoformat(), "reason": message.reason, "event": event}
    return json.dumps(facts, ensure_ascii=False)


def _plain(item: Item) -> Any:
    """As JSON, without credentials: these are a key to the customer's account, and no data about them."""
    return json.loads(json.dumps(item, default=_convert), object_hook=_hide)


def _hide(found: dict[str, Any]) -> dict[str, Any]:
    kept = {name: "(hidden)" if name in _SECRETS and value else value for name, value in found.items()}
    if isinstance(kept.get("value"), str):  # a row of the web chat: JSON in an attribute
        kept["value"] = json.loads(kept["value"], object_hook=_hide)
    return kept


def _convert(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not a value of a record")


def _make_folder(folder: Path) -> None:
    """Readable for its owner only."""
    if folder.exists() and any(folder.iterdir()):
        raise Misconfigured(f"the folder {folder} is not empty: choose another one with --output")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def file_name(name: str) -> str:
    """`name` reduced to characters that every file system accepts."""
    return _UNFIT.sub("_", name).strip("._")[-_LONGEST_NAME:] or "unnamed"
