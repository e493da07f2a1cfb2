"""Options and objects that all commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from patchbay_cli.deployment import Deployment

pass_deployment = click.make_pass_decorator(Deployment)

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


def with_json[F: Callable[..., Any]](command: F) -> F:
    """Adds --json, which changes how everything is said and nothing that is done."""
    option: Callable[[F], F] = click.option(
        "--json", is_flag=True, expose_value=False, is_eager=True, callback=_use_json, help="Answer in JSON."
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
    deployment = context.find_object(Deployment)
    if value and deployment is not None:
        deployment.terminal.show_secrets = True


def _use_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    deployment = context.find_object(Deployment)
    if value and deployment is not None:
        deployment.terminal.as_json = True
