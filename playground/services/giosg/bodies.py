"""Reads the fields of request bodies. Unknown fields are ignored, as the Django REST framework does."""

from __future__ import annotations

import json
from collections.abc import Collection

from flask import request

from playground.services.giosg.errors import detailed, wrong_field
from playground.services.giosg.records import Json


def read_body() -> Json:
    """The request's object; no body at all is an empty one. Raises ApiError."""
    raw = request.get_data()
    if not raw:
        return {}
    if request.mimetype != "application/json":
        raise detailed(415, f'Unsupported media type "{request.mimetype}" in request.')
    try:
        body = json.loads(raw)
    except ValueError:
        raise detailed(400, "JSON parse error") from None
    if not isinstance(body, dict):
        raise wrong_field("non_field_errors", "Invalid data. Expected a dictionary.")
    return body


def need_text(body: Json, name: str, most: int | None = None) -> str:
    if name not in body:
        raise wrong_field(name, "This field is required.")
    text = read_text(body, name, most)
    if text is None:
        raise wrong_field(name, "This field may not be null.")
    if not text.strip():
        raise wrong_field(name, "This field may not be blank.")
    return text


def read_text(body: Json, name: str, most: int | None = None) -> str | None:
    text = body.get(name)
    if text is not None and not isinstance(text, str):
        raise wrong_field(name, "Not a valid string.")
    if text is not None and most is not None and len(text) > most:
        raise wrong_field(name, f"Ensure this field has no more than {most} characters.")
    return text


def read_flag(body: Json, name: str) -> bool | None:
    flag = body.get(name)
    if flag is not None and not isinstance(flag, bool):
        raise wrong_field(name, "Must be a valid boolean.")
    return flag


def read_count(body: Json, name: str) -> int | None:
    count = body.get(name)
    if count is not None and (not isinstance(count, int) or isinstance(count, bool) or count < 1):
        raise wrong_field(name, "A valid integer is required.")
    return count


def read_choice[T: str](body: Json, name: str, choices: Collection[T]) -> T | None:
    text = read_text(body, name)
    if text is None:
        return None
    for choice in choices:
        if choice == text:
            return choice
    raise wrong_field(name, f'"{text[:40]}" is not a valid choice.')
