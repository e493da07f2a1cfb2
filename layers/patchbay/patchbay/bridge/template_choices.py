"""What an agent writes to pick a template, read; and the template filled with their values. Pure.

`1` picks the first that was offered. `/template visit_reminder Zoë "half past ten"` names one, with values in their
order; `/template visit_reminder time=10:30 first_name=Zoë` with values by name, `/template visit_reminder:de …` in a
language.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from patchbay.domain.characters import read_whole_number
from patchbay.domain.templates import FilledTemplate, Template

PICK = "/template"
DROP = "/drop"
_WORD = re.compile(r"""(?:[^\s"“”„«»]+|["“”„«»][^"“”„«»]*["“”„«»])+""")
_QUOTES = re.compile(r"""["“”„«»]""")
_NAMED = re.compile(r"([A-Za-z0-9_]{1,60})=(.*)", re.DOTALL)
_PARAMETER = re.compile(r"\{\{\s*([A-Za-z0-9_]+)\s*\}\}")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """`number` is a place in the list that was offered, 0 for a template by its `name`; both missing: show the list."""

    number: int = 0
    name: str = ""
    language: str = ""
    values: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Drop:
    """What is held is not to be sent."""


def read_command(text: str, *, numbers: bool) -> Pick | Drop | None:
    """What the words ask of us; None for an ordinary message. `numbers`: whether a bare number picks something."""
    words = text.strip()
    number = read_whole_number(words, 999)
    if number is not None:
        return Pick(number=number) if numbers and number else None
    command, _, rest = words.partition(" ")
    match command.lower():
        case "/drop":
            return Drop()
        case "/template":
            return _read_pick(rest)
    return None


def _read_pick(text: str) -> Pick:
    words = [_QUOTES.sub("", word) for word in _WORD.findall(text)]
    if not words:
        return Pick()
    values = [word for word in words[1:] if not _NAMED.fullmatch(word)]
    named = {found[1]: found[2] for word in words[1:] if (found := _NAMED.fullmatch(word))}
    number = read_whole_number(words[0], 999)
    name, _, language = words[0].partition(":")
    return Pick(
        number=number or 0,
        name="" if number else name,
        language="" if number else language,
        values=tuple(values),
        named=named,
    )


class WrongValues(ValueError):
    """The values do not fit the template. The text says why, for the agent."""


def fill_template(template: Template, pick: Pick, spare: str = "") -> FilledTemplate:
    """With the values of `pick`; with `spare` if the template has one parameter and no value is given.

    Raises WrongValues.
    """
    wanted = template.parameters
    unknown = sorted(set(pick.named) - set(wanted))
    if unknown:
        raise WrongValues(f"it has no {_list_words(unknown)}")
    left = [name for name in wanted if name not in pick.named]
    given = pick.values
    if len(given) > len(left) and len(left) == 1:
        given = (" ".join(given),)  # one value with blanks, without quotation marks around it
    if not given and not pick.named and len(wanted) == 1 and spare:
        given = (spare,)
    if len(given) > len(left):
        raise WrongValues(f"it takes {len(wanted)} value{'s' if len(wanted) != 1 else ''}, and you gave more")
    values = {**pick.named, **dict(zip(left, given, strict=False))}
    missing = [name for name in wanted if not values.get(name, "").strip()]
    if missing:
        raise WrongValues(f"it needs a value for {_list_words(missing)}")
    return FilledTemplate(template=template, values={name: _BLANKS.sub(" ", values[name]).strip() for name in wanted})


def show_filled(filled: FilledTemplate) -> str:
    """What the customer reads."""

    values = filled.values

    def put(text: str, prefix: str = "") -> str:
        return _PARAMETER.sub(lambda found: values.get(prefix + found[1]) or values.get(found[1], found[0]), text)

    template = filled.template
    header = put(template.header, "header_")
    return "\n".join(filter(None, (header, put(template.body), template.footer)))


def show_example(template: Template) -> str:
    """How the agent has to write it."""
    values = " ".join(f"{name}=…" for name in template.parameters)
    return f"{PICK} {template.name}:{template.language} {values}".rstrip()


def _list_words(words: Sequence[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)
