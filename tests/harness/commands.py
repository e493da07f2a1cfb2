"""Whether the `patchbay` command takes a line that something printed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click

from patchbay.kit import registry
from patchbay_cli.connection_setup.inputs import known_settings
from patchbay_cli.main import main

_ARGUMENT = re.compile(r"[A-Z][A-Z_]*|…|\.\.\.|--\S+|\S*=\S*|X\S*")


def check_command(words: list[str]) -> None:
    """`words` come after "patchbay". Raises UsageError or AssertionError for a line that would be refused."""
    context = _parse(main, None, words)
    if context.info_name == "connect" and context.params:
        _check_settings(context)


def commands_in(text: str) -> Iterator[str]:
    """Between backticks or quotes, and on a line of its own, all of it; else as far as it looks like a command."""
    yield from re.findall(r"[`\"]patchbay ([^`\"\n]+)[`\"]", text)
    for line in re.sub(r"[`\"]patchbay [^`\"\n]+[`\"]", "", text).splitlines():
        for found in re.finditer(r"(?<![\w./-])patchbay ([a-z][a-z-]*\b.*)", line):
            before, plain = line[: found.start()], found[1]
            is_whole = not before.strip() or before.endswith(("run: ", "with: "))
            words = plain.partition(": ")[0].rstrip(".,:;)").split() if is_whole else _leading(plain.split())
            yield shlex.join(words)


def _leading(words: list[str]) -> Iterator[str]:
    depth = 2 if words[0] == "dlq" else 1
    for number, word in enumerate(words):
        bare = word.rstrip(".,:;)")
        if number >= depth and not _ARGUMENT.fullmatch(bare):
            return
        yield bare


def check_printed(text: str) -> None:
    """The same for every command in `text`, as something printed it."""
    for command in commands_in(text):
        words = shlex.split(command)
        assert is_command(words[0]) or words[0].startswith("--"), f"there is no command `patchbay {command}`"
        check_command(words)


def is_command(word: str) -> bool:
    return word in main.commands


def _parse(command: click.Command, parent: click.Context | None, words: list[str]) -> click.Context:
    """The innermost command's context. Raises UsageError for unknown commands and options, and missing arguments."""
    context = click.Context(command, info_name=command.name, parent=parent, **command.context_settings)
    if not isinstance(command, click.Group):
        if not words:  # named in a sentence, without what it needs
            return context
        return command.make_context(command.name, _fill_in(command, words), parent=parent)
    _, rest, _ = command.make_parser(context).parse_args(words)
    if not rest:
        return context
    inner = command.get_command(context, rest[0])
    assert inner is not None, f"there is no command {rest[0]!r}"
    return _parse(inner, context, rest[1:])


def _fill_in(command: click.Command, words: list[str]) -> list[str]:
    """A placeholder for a number is a number."""
    numbers = {name for one in command.params if isinstance(one.type, click.types.IntParamType) for name in one.opts}
    return [
        "1" if before in numbers and word.isupper() else word for before, word in zip(["", *words], words, strict=False)
    ]


def _check_settings(context: click.Context) -> None:
    service = context.params["service"]
    if service.isupper():  # a placeholder
        return
    settings = known_settings(registry.load(service))
    for kind, is_secret in (("settings", False), ("secrets", True)):
        for pair in context.params[kind]:
            name, equals, _ = pair.partition("=")
            asked_for = is_secret and pair in settings  # the command asks for its value
            assert equals or pair == "..." or asked_for, f"{pair!r} is not KEY=VALUE"
            assert pair == "..." or (name in settings and settings[name].secret is is_secret), f"no {kind} {name!r}"
