"""Giosg's JSON objects in the API's answers. Never loaded by the webhook function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BeforeValidator

from patchbay.domain.errors import Transient, Uncertain
from patchbay.kit.contract import HttpResponse
from patchbay.kit.rest import as_transient
from patchbay.kit.schemas import Id, Wire, read_wire_object

_MOST_SECONDS = 7 * 24 * 3600


def _only_time(value: object) -> object:
    return value if isinstance(value, int | float) and 0 < value <= _MOST_SECONDS else 0


class AccessTokenWire(Wire):
    """What a visitor is given. `expires_in` is in seconds, 0 for what is no time."""

    visitor_id: str
    visitor_secret_id: Id = ""
    access_token: str
    expires_in: Annotated[float, BeforeValidator(_only_time)] = 0


class UserWire(Wire):
    organization_id: Id = ""


class RoomWire(Wire):
    name: str = ""
    display_name: str = ""
    is_online: bool = False
    is_deleted: bool = False


class OnlineUserWire(Wire):
    public_name: str = ""


class MadeWire(Wire):
    """A chat or a message that was made just now."""

    id: Id = ""


def read_list[W: Wire](model: type[W], response: HttpResponse) -> tuple[Sequence[W], str]:
    """The objects of an answer, and the address of the next page, "" for none.

    Giosg shows lists in pages; a bare list is taken as well. Raises Transient for what is neither.
    """
    try:
        body = response.read_json()
    except Uncertain as failure:
        raise as_transient(failure) from None
    page = {"results": body} if isinstance(body, list) else body
    if not isinstance(page, dict) or not isinstance(page.get("results"), list):
        raise Transient("Giosg's response is not a list")
    following = page.get("next")
    objects = [read_wire_object(model, item) for item in page["results"] if isinstance(item, dict)]
    return objects, following if isinstance(following, str) else ""
