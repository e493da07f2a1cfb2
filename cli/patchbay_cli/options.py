"""Options and objects that all commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from patchbay_cli.deployment import Bridge

pass_bridge = click.make_pass_decorator(Bridge)

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


def with_json[F: Callable[..., Any]](command: F) -> F:
    """Adds --json, which changes how everything is said and nothing that is done."""
    option: Callable[[F], F] = click.option(
        "--json", is_flag=True, expose_value=False, is_eager=True, callback=_speak_json, help="Answer in JSON."
    )
    return option(command)


def with_secrets[F: Callable[..., Any]](command: F) -> F:
    """Adds --show-secrets, without which addresses that hold a secret are shown where somebody has to copy them."""
    option: Callable[[F], F] = click.option(
        "--show-secrets",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_show_secrets,
        help="Show secrets in addresses, also in JSON and in what is written to a file.",
    )
    return option(command)


def _show_secrets(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    bridge = context.find_object(Bridge)
    if value and bridge is not None:
        bridge.terminal.show_secrets = True


def _speak_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    bridge = context.find_object(Bridge)
    if value and bridge is not None:
        bridge.terminal.as_json = True
