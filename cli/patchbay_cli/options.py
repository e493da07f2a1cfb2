"""Options and objects that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from patchbay_cli.deployment import Deployment

DEFAULT_STACK = "patchbay"
_GLOBAL_OPTIONS: dict[str, dict[str, Any]] = {
    "--stack": {"metavar": "NAME", "help": "The CloudFormation stack to work on."},
    "--region": {"metavar": "REGION", "help": "The AWS region to use."},
    "--profile": {"metavar": "PROFILE", "help": "The AWS profile to use."},
}

#: The fields of `Deployment` that they set.
_FIELDS = {"stack": "stack_name", "region": "region", "profile": "profile"}

pass_deployment = click.make_pass_decorator(Deployment)

yes_option = click.option("--yes", is_flag=True, help="Skip the confirmation question.")


def global_options[F: Callable[..., Any]](command: F) -> F:
    """Adds --stack, --region and --profile before the name of a command."""
    for name, settings in reversed(_GLOBAL_OPTIONS.items()):
        more = {"envvar": "PATCHBAY_STACK", "default": DEFAULT_STACK, "show_default": True} if name == "--stack" else {}
        command = click.option(name, **{**settings, **more})(command)
    return command


def accept_global_options(group: click.Group) -> None:
    """Lets every command below `group` take the same options after its name, where people often type them."""
    for command in group.commands.values():
        if isinstance(command, click.Group):
            accept_global_options(command)
            continue
        for name, settings in _GLOBAL_OPTIONS.items():
            command.params.append(
                click.Option([name], expose_value=False, is_eager=True, callback=_set_global_option, **settings)
            )


def _set_global_option(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    deployment = context.find_object(Deployment)
    if value is None or deployment is None:
        return
    setattr(deployment, _FIELDS[str(parameter.name)], value)


def with_json[F: Callable[..., Any]](command: F) -> F:
    """Adds --json, which changes how the result is printed and nothing that is done."""
    option: Callable[[F], F] = click.option(
        "--json", is_flag=True, expose_value=False, is_eager=True, callback=_use_json, help="Print the result as JSON."
    )
    return option(command)


def with_secrets[F: Callable[..., Any]](command: F) -> F:
    """Adds --show-secrets. Without it, URLs with a secret in them are only shown where people have to copy them."""
    option: Callable[[F], F] = click.option(
        "--show-secrets",
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=_show_secrets,
        help="Show the secrets in URLs, also in JSON and in redirected output.",
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
