"""The first webhook of a connection, waited for: until it comes, nobody knows whether the address was entered well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from time import monotonic, sleep

import click

from patchbay.accounts import Connection
from patchbay_cli.deployment import Deployment

DEFAULT = 300
_MOST = 24 * 60 * 60
_PAUSE = 2.0  #: seconds between two looks


class Seconds(click.ParamType):
    """How long to wait. An ID that follows the bare option is taken for its value, and told apart here."""

    name = "seconds"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= _MOST):
            self.fail(
                f"{text!r} is no number of seconds from 1 to {_MOST}. Say an ID first: patchbay doctor ID --wait",
                param,
                ctx,
            )
        return int(text)


def wait_for_first_webhooks(deployment: Deployment, every: Sequence[Connection], seconds: int) -> frozenset[str]:
    """Waits until every connection has had a verified webhook: the ids of those that have had none when time is over.

    Accounts that share an address share its webhooks.
    """
    silent = _list_silent(deployment, every)
    if silent:
        waited_for = ", ".join(f"{one.id} ({one.service})" for one in silent)
        deployment.terminal.notify(
            f"Waiting for the first webhook of {waited_for}: do something there, write a message say"
        )
    until = monotonic() + seconds
    with deployment.terminal.progress() as tell:
        while silent and (left := until - monotonic()) > 0:
            names = ", ".join(one.id for one in silent)
            tell(f"No webhook of {names} yet, waiting for {timedelta(seconds=round(left))} more")
            sleep(min(_PAUSE, left))
            silent = _list_silent(deployment, silent)
    return frozenset(one.id for one in silent)


def _list_silent(deployment: Deployment, among: Sequence[Connection]) -> list[Connection]:
    return [one for one in among if deployment.administration.last_webhook(one) is None]
