"""What vcita says when it refuses: its APIs do so in a dozen forms, all of which are read here.

`{"success": false, "errors": [{"code", "message", "field"}]}` of the communication API; `{"status": "Error", "error"}`,
`{"status": "Error", "message"}` and `{"status": "Failure", "message"}` of the platform; `{"error",
"error_description"}` of OAuth; `{"response"}` of webhook subscriptions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from patchbay.domain.errors import Uncertain
from patchbay.kit.contract import HttpResponse

_EXISTING = frozenset({"already_exists", "duplicate"})
_WORDS = ("message", "error", "error_description", "response")

_SUBJECTS = frozenset({"session_uid", "contact_uid", "channel_uid"})
_OF_MESSAGE = frozenset({"message", "message_uid", "created_at"})

_SAFE_CODE = re.compile(r"[a-z][a-z_]{1,39}")
_SAFE_FIELD = re.compile(r"[a-z][a-z_.]{1,59}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that vcita finds wrong. `words` are for decisions, not for people: they may quote a message."""

    code: str = ""
    place: str = ""  #: the field of the request
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Problem:
    faults: tuple[Fault, ...] = ()

    @property
    def is_existing(self) -> bool:
        """vcita has this already: an earlier call of ours has worked, or another call was faster."""
        return any(fault.code in _EXISTING or "already exist" in fault.words for fault in self.faults)

    @property
    def codes(self) -> tuple[str, ...]:
        """Those of vcita's list, never free text."""
        return tuple(fault.code for fault in self.faults if _SAFE_CODE.fullmatch(fault.code))

    def names(self, what: str) -> bool:
        """Whether it is about the session, contact or channel: by the field, else by what is said."""
        return any(
            fault.place == f"{what}_uid" if fault.place in _SUBJECTS else what in fault.words
            for fault in self.faults
            if fault.place not in _OF_MESSAGE
        )

    def says(self, words: str) -> bool:
        """Whether those are all the words, in any case."""
        return any(fault.words == words.lower() for fault in self.faults)

    def describe(self) -> str:
        """For people: codes and fields, which never hold a value."""
        fields = (fault.place for fault in self.faults if _SAFE_FIELD.fullmatch(fault.place))
        return ", ".join(dict.fromkeys((*self.codes, *(f"field {name}" for name in fields))))


def read_problem(response: HttpResponse) -> Problem:
    """Empty for a body in another form, like a gateway's HTML."""
    try:
        body = response.read_json()
    except Uncertain:
        return Problem()
    return Problem(tuple(_read_faults(body)))


def _read_faults(body: object) -> Iterator[Fault]:
    if not isinstance(body, Mapping):
        return
    errors = body.get("errors")
    for error in errors if isinstance(errors, list) else [errors]:
        if isinstance(error, Mapping):
            yield Fault(code=_text(error, "code"), place=_text(error, "field"), words=_text(error, "message").lower())
        elif isinstance(error, str):
            yield Fault(words=error.lower())
    for name in _WORDS:
        if words := _text(body, name):
            yield Fault(words=words.lower())


def _text(value: Mapping[str, object], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""
