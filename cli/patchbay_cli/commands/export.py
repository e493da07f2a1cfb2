"""`patchbay export`: what is kept of one customer, as files that they can be given."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from patchbay.errors import Misconfigured
from patchbay.events import encode
from patchbay.infra.table import Item
from patchbay_cli.contact_data.inventory import (
    ContactProfile,
    File,
    Record,
    find_messenger,
    find_profile,
    is_known,
    list_stored_items,
    list_threads,
)
from patchbay_cli.dead_letters.queue import DeadLetter
from patchbay_cli.deployment import Deployment
from patchbay_cli.options import pass_deployment, with_json

_SECRETS = frozenset({"secret", "token"})  #: what lets somebody act as the customer
_UNFIT = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 80


@click.command()
@click.argument("connection_id", metavar="CONNECTION")
@click.argument("contact_id", metavar="CONTACT")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write to, which must be new or empty.  [default: export-CONNECTION-CONTACT]",
)
@with_json
@pass_deployment
def export(deployment: Deployment, connection_id: str, contact_id: str, output: Path | None) -> None:
    """Write what Patchbay keeps of CONTACT, a customer on the messenger CONNECTION, to a folder.

    data.json holds every record and dead letter, files/ every file: exactly what `patchbay erase` would delete. What
    waits on the events queue is not in it, and of dead letters only the first ten of each conversation are. What the
    services keep has to be asked for there.
    """
    messenger = find_messenger(deployment, connection_id)
    profile = find_profile(deployment, messenger, contact_id)
    if not is_known(deployment, profile):
        raise Misconfigured(f"nothing is kept of a contact {contact_id!r} of {messenger.id}")
    folder = _make_folder(output or Path(f"export-{messenger.id}-{_fit(contact_id)}"))
    with deployment.terminal.working(f"Writing {folder}"):
        written = _Writer(deployment, folder).write(profile)
    facts = {"connection": messenger.id, "contact": contact_id, "folder": str(folder), **written}
    if deployment.terminal.as_json:
        deployment.terminal.report(facts)
        return
    counts = ", ".join(f"{amount} {what.replace('_', ' ')}" for what, amount in written.items())
    deployment.terminal.show(f"{folder}: {counts}.", style="green")


@dataclass(slots=True)
class _Writer:
    """One record and one file in memory at a time."""

    deployment: Deployment
    folder: Path
    files: list[dict[str, str]] = field(default_factory=list)

    def write(self, profile: ContactProfile) -> dict[str, int]:
        records = letters = 0
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
            for letter in self._list_letters(profile):
                out.write(f"{',' if letters else ''}\n    {_describe_letter(letter)}")
                letters += 1
            out.write(f'\n  ],\n  "files": {json.dumps(self.files, ensure_ascii=False)}\n}}\n')
        return {"records": records, "files": len(self.files), "dead_letters": letters}

    def _save(self, file: File) -> None:
        """Under a name that is harmless on any disk; the real one stands beside it in data.json."""
        into = self.folder / "files"
        into.mkdir(exist_ok=True)
        name = f"{len(self.files) + 1:04d}-{_fit(file.key.rpartition('/')[2])}"
        s3 = self.deployment.session.client("s3")
        with (into / name).open("wb") as out:
            s3.download_fileobj(self.deployment.stack.bucket, file.key, out)
        self.files.append({"file": f"files/{name}", "stored_as": file.key})

    def _list_letters(self, profile: ContactProfile) -> Iterator[DeadLetter]:
        groups = {group for thread in list_threads(self.deployment, profile) for group in thread.groups}
        with self.deployment.dead_letter_queue.look() as holding:
            yield from (message for message in holding.messages if message.group in groups)


def _describe(record: Record) -> str:
    content = {name: value for name, value in record.item.items() if name not in {"pk", "sk"}}
    facts = {"kind": record.kind, "key": list(record.key), "content": _plain(content)}
    return json.dumps(facts, ensure_ascii=False)


def _describe_letter(letter: DeadLetter) -> str:
    event = json.loads(encode(letter.event))["event"] if letter.event else letter.body
    facts = {"dead_lettered_at": letter.dead_lettered_at.isoformat(), "reason": letter.reason, "event": event}
    return json.dumps(facts, ensure_ascii=False)


def _plain(item: Item) -> Any:
    """As JSON has it, without what is no data of the customer but a key to their account."""
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
    raise TypeError(f"{type(value).__name__} is no value of a record")


def _make_folder(folder: Path) -> Path:
    """For its owner's eyes only."""
    if folder.exists() and any(folder.iterdir()):
        raise Misconfigured(f"{folder} is not empty: name another folder with --output")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _fit(name: str) -> str:
    return _UNFIT.sub("_", name).strip("._")[-_LONGEST_NAME:] or "unnamed"
