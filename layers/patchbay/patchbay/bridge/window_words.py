"""What agents read about messages that are held, and about templates. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from patchbay.bridge.template_choices import DROP, PICK, show_example
from patchbay.domain.templates import Template
from patchbay.domain.text import put_on_one_line

MOST_CHOICES = 20
_EXCERPT = 100


def say_held(
    messenger: str, patience: timedelta, choices: Sequence[Template], problem: str = "", *, is_first: bool = False
) -> str:
    """`is_first`: the customer has never written."""
    since = "yet, and until then" if is_first else "for so long that"
    lines = [
        f"Your message is held: the customer has not written {since} {messenger} takes only templates."
        f" It goes out as soon as the customer writes. After {_say_hours(patience)} it fails."
    ]
    if choices:
        lines += ["To write at once, answer with the number of a template:", *list_choices(choices)]
        lines.append(f"Or write {PICK} with its name and its values. {DROP} discards what is held.")
    else:
        lines.append(problem or f"There is no template that can be sent now. {DROP} discards what is held.")
    return "\n".join(lines)


def say_choices(messenger: str, choices: Sequence[Template]) -> str:
    if not choices:
        return f"There is no {messenger} template that can be sent now."
    return "\n".join(["Answer with the number of a template:", *list_choices(choices)])


def list_choices(choices: Sequence[Template]) -> list[str]:
    return [
        f"{number}  {one.name} ({one.language}): {put_on_one_line(one.body, _EXCERPT)}"
        for number, one in enumerate(choices, 1)
    ]


def say_unknown_number(number: int, most: int) -> str:
    if not most:
        return f"No template was offered as number {number}. Write {PICK} to see which there are."
    return f"There is no template with number {number}: the last is {most}. Write {PICK} to see them again."


def say_unknown_name(name: str) -> str:
    return f'There is no template "{put_on_one_line(name, 60)}". Write {PICK} to see which there are.'


def say_not_sendable(template: Template) -> str:
    if template.media:
        return f"The template {template.name} begins with a file ({template.media}), which cannot be sent from here."
    because = f": {template.reason}" if template.reason else ""
    return f"The template {template.name} cannot be sent now, it is {template.status.value}{because}."


def say_wrong_values(template: Template, problem: str) -> str:
    return f"The template {template.name} was not sent: {problem}. Write: {show_example(template)}"


def say_dropped(count: int) -> str:
    return f"Discarded: {_count(count)}." if count else "No message is held."


def say_too_many(category: str, most: int) -> str:
    return (
        f"The template was not sent: {most} {category} templates went out today, which is the limit that your Patchbay"
        " administrator has set."
    )


def say_unwanted(template: Template) -> str:
    return (
        f"The template {template.name} was not sent: the customer has opted out of marketing messages. Other"
        " templates, and your answers while the customer writes, still go out."
    )


def say_overdue(patience: timedelta) -> str:
    return f"the customer has not written for {_say_hours(patience)}, and the messenger takes only templates until then"


def _say_hours(time: timedelta) -> str:
    hours = round(time.total_seconds() / 3600)
    return f"{hours} hour{'s' if hours != 1 else ''}"


def _count(count: int) -> str:
    return f"{count} message{'s' if count != 1 else ''}"
