"""Reads calls of the Graph API: `/v25.0/<node>/<edge>`, with parameters in the address, a form or JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flask import Request

from playground.services.whatsapp.bodies import read_json
from playground.services.whatsapp.errors import RefusedCall
from playground.services.whatsapp.records import Json

_VERSION = re.compile(r"v(\d+)\.\d")
_OLDEST, _NEWEST = 20, 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    name: str
    content: bytes = field(repr=False)
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    method: str
    node: str
    edge: str
    values: Json
    upload: Upload | None = None

    def fields(self, usual: tuple[str, ...]) -> list[str]:
        """The fields that are asked for, without what is in brackets behind them."""
        given = str(self.values.get("fields") or "")
        names = [re.sub(r"[({.].*", "", name) for name in given.split(",") if name.strip()]
        return names or list(usual)


def show_fields(whole: Json, fields: list[str], empty: frozenset[str]) -> Json:
    """What was asked for, as Graph shows it: without those that are `empty` here. Raises RefusedCall for others."""
    if unknown := sorted(set(fields) - whole.keys() - empty):
        raise RefusedCall(100, title=f"Tried accessing nonexisting field ({unknown[0]})")
    shown = {name: whole[name] for name in fields if whole.get(name) is not None}
    return {**shown, "id": whole["id"]}


def read_call(path: str, request: Request) -> Call:
    """Raises RefusedCall for an address that Graph does not know."""
    steps = [step for step in path.split("/") if step]
    if steps and (version := _VERSION.fullmatch(steps[0])):
        if not _OLDEST <= int(version[1]) <= _NEWEST:
            raise RefusedCall(2500, title=f"Unknown path components: /{steps[0]}")
        steps = steps[1:]
    if not 1 <= len(steps) <= 2:
        raise RefusedCall(2500, title=f"Unknown path components: /{'/'.join(steps)}"[:200])
    values: Json = {key: value for key, value in request.args.items() if key not in {"access_token", "appsecret_proof"}}
    upload = None
    if request.mimetype in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        values |= request.form.to_dict()
        if file := request.files.get("file"):
            with file.stream:
                upload = Upload(name=file.filename or "", content=file.read(), content_type=file.content_type or "")
    elif request.method in {"POST", "DELETE"} and request.get_data():
        values |= read_json(request.get_data())
    return Call(
        method=request.method, node=steps[0], edge=steps[1] if len(steps) > 1 else "", values=values, upload=upload
    )
