"""What the owner sees: rich text for people, JSON on stdout for programs, questions only where somebody can answer."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console, RenderableType
from rich.table import Table

from patchbay.connecting import Choice
from patchbay.errors import Misconfigured
from patchbay_cli.printable import printable, printable_json, printable_text

_PIPE_WIDTH = 200  # wide enough that a table is not folded when nobody looks at it


def is_interactive() -> bool:
    """Whether somebody sits in front of the command."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


class Terminal:
    """Both ways of speaking. In JSON mode stdout carries one JSON value and nothing else.

    Whatever is shown is made harmless for a terminal here, wherever it comes from.
    """

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        self.show_secrets = False  #: somebody has asked for them

    @property
    def may_show_secrets(self) -> bool:
        """Whether what is shown is read by whoever has asked for it, and kept by nobody."""
        return self.show_secrets or (not self.as_json and sys.stdout is not None and sys.stdout.isatty())

    # --- saying ------------------------------------------------------------------------------------------------------

    def report(self, value: object) -> None:
        """The result, for programs."""
        click.echo(printable_json(json.dumps(value, ensure_ascii=False, indent=2)))

    def show(self, content: RenderableType, style: str = "") -> None:
        """The result, for people."""
        if not self.as_json:
            _console().print(printable_text(content) if isinstance(content, str) else content, style=style)

    def show_block(self, title: str, lines: Sequence[str], style: str = "green") -> None:
        """A heading and what belongs to it. Lines are never folded: addresses in them are there to be copied."""
        if self.as_json:
            return
        console = _console()
        console.print(f"● {printable(title)}", style=f"bold {style}", soft_wrap=True)
        for line in lines:
            console.print(f"  {printable_text(line)}" if line else "", soft_wrap=True)
        console.print()

    def show_table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        table = Table(box=None, header_style="bold", pad_edge=False)
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*map(printable, row))
        self.show(table)

    def notify(self, text: str) -> None:
        """What happens meanwhile; no part of the result."""
        if not self.as_json:
            _console(stderr=True).print(printable_text(text), style="dim", soft_wrap=True)

    def warn(self, text: str) -> None:
        _console(stderr=True).print(f"warning: {printable_text(text)}", style="yellow", soft_wrap=True)

    def fail(self, text: str) -> None:
        if self.as_json:
            click.echo(printable_json(json.dumps({"error": text}, ensure_ascii=False)), err=True)
        else:
            _console(stderr=True).print(f"error: {printable_text(text)}", style="red", soft_wrap=True)

    @contextmanager
    def working(self, text: str) -> Iterator[None]:
        """Says what takes its time, while it does."""
        if self.as_json:
            yield
            return
        with _console(stderr=True).status(printable(text)):
            yield

    @contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """The same for what goes on for long: each text that is told replaces the one before."""
        if self.as_json:
            yield _ignore
            return
        with _console(stderr=True).status("") as line:
            yield lambda text: line.update(printable(text))

    # --- asking ------------------------------------------------------------------------------------------------------

    @property
    def can_ask(self) -> bool:
        return not self.as_json and is_interactive()

    def ask(self, text: str, *, hidden: bool = False) -> str:
        answer: Any = click.prompt(printable_text(text), hide_input=hidden, err=True)
        return str(answer).strip()

    def choose(self, text: str, choices: Sequence[Choice]) -> str:
        """Lets somebody pick; the answer is the value of what they picked."""
        for number, choice in enumerate(choices, start=1):
            click.echo(printable(f"  {number}. {choice.label} ({choice.value})"), err=True)
        picked: int = click.prompt(printable_text(text), type=click.IntRange(1, len(choices)), err=True)
        return choices[picked - 1].value

    def confirm(self, question: str, *, yes: bool, details: Sequence[str] = ()) -> None:
        """Asks before something is lost. Raises Misconfigured where nobody can answer and --yes is not given."""
        if yes:
            return
        if not self.can_ask:
            listed = "".join(f"\n  {detail}" for detail in details)
            raise Misconfigured(f"{question} Say so with --yes.{listed}")
        for detail in details:
            click.echo(printable(f"  {detail}"), err=True)
        click.confirm(printable(question), abort=True, err=True)

    def ask_yes_no(self, question: str, *, default: bool = False) -> bool:
        """Whether somebody wants what is offered; `default` is for who only presses Enter. Only where `can_ask`."""
        return click.confirm(printable(question), err=True, default=default)


def _ignore(_text: str) -> None: ...


def _console(*, stderr: bool = False) -> Console:
    # Names and reasons come from services: brackets and colons in them are no markup.
    console = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    return console
