"""What agents and rules attach to messages: images, links, and buttons."""

from __future__ import annotations

from collections.abc import Sequence

from playground.services.giosg.records import Json
from playground.services.giosg.state import State

#: A button's label and the value that a press sends.
Choice = tuple[str, str]


def make_attachment(
    state: State,
    *,
    title: str | None = None,
    text: str | None = None,
    title_link: str | None = None,
    image: str | None = None,
    actions: Sequence[Json] = (),
    page: str | None = None,
) -> Json:
    """`text` is Markdown; `page` is the address of a page that web chats show in a frame."""
    return {
        "id": state.make_id(),
        "title": title,
        "title_link_url": title_link,
        "text": text,
        "image_url": image,
        "image_link_url": None,
        "link_target": "_blank",
        "actions": list(actions),
        "attachment_url": page,
        "interaction_id": None,
        "parameters": None,
    }


def make_button(state: State, choice: Choice, *, once: bool = True, until_written: bool = False) -> Json:
    """`once`: of no use after a button was pressed; `until_written`: nor after the visitor has written."""
    return _make_action(state, "button", choice, once=once, until_written=until_written)


def make_link_button(state: State, text: str, url: str) -> Json:
    return _make_action(state, "link_button", (text, url), once=False, until_written=False)


def _make_action(state: State, kind: str, choice: Choice, *, once: bool, until_written: bool) -> Json:
    text, value = choice
    return {
        "id": state.make_id(),
        "text": text,
        "type": kind,
        "link_target": "_blank",
        "value": value,
        "style": "primary",
        "is_disabled_on_selection": once,
        "is_disabled_on_visitor_message": until_written,
    }
