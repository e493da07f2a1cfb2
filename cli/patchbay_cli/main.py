"""The `patchbay` command."""

from __future__ import annotations

import re
import traceback
from importlib import metadata

import click

from patchbay_cli.command_audit import record_commands
from patchbay_cli.commands.audit import audit
from patchbay_cli.commands.connect import connect
from patchbay_cli.commands.connections import connections
from patchbay_cli.commands.costs import costs
from patchbay_cli.commands.disconnect import disconnect
from patchbay_cli.commands.dlq import dlq
from patchbay_cli.commands.doctor import doctor
from patchbay_cli.commands.erase import erase
from patchbay_cli.commands.export import export
from patchbay_cli.commands.introduce import introduce
from patchbay_cli.commands.link import link, unlink
from patchbay_cli.commands.sessions import sessions
from patchbay_cli.commands.templates import templates
from patchbay_cli.deployment import Deployment
from patchbay_cli.error_messages import explain, is_expected
from patchbay_cli.options import accept_global_options, global_options
from patchbay_cli.printable import printable_text

_NOT_TEXT = re.compile("[\x00\ud800-\udfff]")  #: bytes that are not UTF-8 arrive as halves of characters


class Commands(click.Group):
    """Reports expected failures in one sentence, with exit code 1. Unexpected ones keep their traceback."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for number, word in enumerate(args, start=1):
            if _NOT_TEXT.search(word):
                raise click.UsageError(f"Argument {number} is not UTF-8 text, or contains a null byte.", ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # click ends the command for each of them
        except Exception as error:  # noqa: BLE001 - the boundary: a traceback may quote what customers wrote
            deployment = ctx.find_object(Deployment)
            if deployment is not None and is_expected(error):
                deployment.terminal.fail(explain(error))
            else:
                click.echo(printable_text(traceback.format_exc()), err=True)
            ctx.exit(1)


def _show_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        click.echo(f"patchbay {metadata.version('patchbay')}")
        context.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@global_options
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
@click.pass_context
def main(context: click.Context, stack: str, region: str | None, profile: str | None) -> None:
    """Connect messengers to customer platforms, and check and repair what you have connected."""
    context.obj = Deployment(stack, region, profile)


for _command in (
    connect,
    link,
    unlink,
    introduce,
    disconnect,
    connections,
    doctor,
    sessions,
    dlq,
    erase,
    export,
    audit,
    templates,
    costs,
):
    main.add_command(_command)
record_commands(main)
accept_global_options(main)
