"""`patchbay doctor --wait`: waits for the first webhook, which shows that the URL was entered correctly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from time import monotonic, sleep

import click

from patchbay.domain.accounts import Connection
from patchbay_cli.checks.webhook_forms import list_expected
from patchbay_cli.deployment import Deployment

DEFAULT_WAIT = 300  #: seconds
_LONGEST_WAIT = 24 * 60 * 60
_PAUSE = 2.0  #: seconds between two checks


class Seconds(click.ParamType):
    """How long to wait. click takes an ID that follows the bare option for its value, which is refused here."""

    name = "seconds"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= _LONGEST_WAIT):
            self.fail(
                f"{text!r} is not a number of seconds from 1 to {_LONGEST_WAIT}. If it is an ID, put it first: "
                "patchbay doctor ID --wait",
                param,
                ctx,
            )
        return int(text)


def wait_for_first_webhooks(deployment: Deployment, connections: Sequence[Connection], seconds: int) -> frozenset[str]:
    """Waits until every connection has had a verified webhook: the ids of those without one when the time is over.

    Where webhooks arrive in several forms, each that is expected must have come. Accounts that share a URL share its
    webhooks.
    """
    expected = {one.id: list_expected(deployment, one) for one in connections}
    silent = _list_silent(deployment, connections, expected)
    if silent:
        names = ", ".join(f"{one.id} ({one.service})" for one in silent)
        deployment.terminal.notify(f"Waiting for the first webhook of {names}. Write a message there, for example.")
    until = monotonic() + seconds
    with deployment.terminal.progress() as show:
        while silent and (left := until - monotonic()) > 0:
            names = ", ".join(one.id for one in silent)
            show(f"No webhook of {names} yet. Waiting for another {timedelta(seconds=round(left))}")
            sleep(min(_PAUSE, left))
            silent = _list_silent(deployment, silent, expected)
    return frozenset(one.id for one in silent)


def _list_silent(
    deployment: Deployment, connections: Sequence[Connection], expected: Mapping[str, Sequence[str]]
) -> list[Connection]:
    last_webhook = deployment.configuration.last_webhook
    return [one for one in connections if any(last_webhook(one, form) is None for form in expected[one.id])]
