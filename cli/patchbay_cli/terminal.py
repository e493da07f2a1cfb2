"""The terminal: text for people, JSON on stdout for programs, questions only where a person can answer them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console, RenderableType
from rich.table import Table

from patchbay.domain.errors import Misconfigured
from patchbay.kit.account_setup import Choice
from patchbay_cli.printable import printable, printable_json, printable_text

_PIPE_WIDTH = 200  # wide enough that tables in redirected output are not folded


def is_interactive() -> bool:
    """Whether a person can answer questions."""
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


class Terminal:
    """Prints text or JSON. In JSON mode stdout carries one JSON value and nothing else.

    Control characters are removed here from everything that is printed, wherever it comes from.
    """

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        self.show_secrets = False  #: with --show-secrets

    @property
    def may_show_secrets(self) -> bool:
        """With --show-secrets, or on a screen, whose output is not kept."""
        return self.show_secrets or (not self.as_json and sys.stdout is not None and sys.stdout.isatty())

    # --- output ------------------------------------------------------------------------------------------------------

    def report(self, value: object) -> None:
        """The result, for programs."""
        click.echo(printable_json(json.dumps(value, ensure_ascii=False, indent=2)))

    def show(self, content: RenderableType, style: str = "") -> None:
        """The result, for people."""
        if not self.as_json:
            _console().print(printable_text(content) if isinstance(content, str) else content, style=style)

    def show_block(self, title: str, lines: Sequence[str], style: str = "green") -> None:
        """A heading and what belongs to it. Lines are never folded, so that URLs in them can be copied."""
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
        """Progress on stderr; not part of the result."""
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
        """Shows what takes a while, as long as it does."""
        if self.as_json:
            yield
            return
        with _console(stderr=True).status(printable(text)):
            yield

    @contextmanager
    def progress(self) -> Iterator[Callable[[str], None]]:
        """The same for long work: each text replaces the one before."""
        if self.as_json:
            yield _ignore
            return
        with _console(stderr=True).status("") as line:
            yield lambda text: line.update(printable(text))

    # --- questions ---------------------------------------------------------------------------------------------------

    @property
    def can_ask(self) -> bool:
        return not self.as_json and is_interactive()

    def ask(self, text: str, *, hidden: bool = False) -> str:
        answer: Any = click.prompt(printable_text(text), hide_input=hidden, err=True)
        return str(answer).strip()

    def choose(self, text: str, choices: Sequence[Choice]) -> str:
        """Lets a person choose: the value of the choice."""
        for number, choice in enumerate(choices, start=1):
            click.echo(printable(f"  {number}. {choice.label} ({choice.value})"), err=True)
        picked: int = click.prompt(printable_text(text), type=click.IntRange(1, len(choices)), err=True)
        return choices[picked - 1].value

    def confirm(self, question: str, *, yes: bool, details: Sequence[str] = ()) -> None:
        """Asks before something is lost. Raises Misconfigured where no question is possible and --yes is missing."""
        if yes:
            return
        if not self.can_ask:
            listed = "".join(f"\n  {detail}" for detail in details)
            raise Misconfigured(f"{question} To confirm, add --yes.{listed}")
        for detail in details:
            click.echo(printable(f"  {detail}"), err=True)
        click.confirm(printable(question), abort=True, err=True)

    def ask_yes_no(self, question: str, *, default: bool = False) -> bool:
        """The answer to a yes/no question; `default` when only Enter is pressed. Only where `can_ask`."""
        return click.confirm(printable(question), err=True, default=default)


def _ignore(_text: str) -> None: ...


def _console(*, stderr: bool = False) -> Console:
    # Names and reasons come from services: brackets and colons in them are no markup.
    console = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = _PIPE_WIDTH
    return console
