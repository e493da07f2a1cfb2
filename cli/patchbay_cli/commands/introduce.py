"""`patchbay introduce`: lets agents write first to a customer, where they choose among the conversations there are."""

from __future__ import annotations

import click

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.domain.events import ContactIntroduced, Origin, make_event_id
from patchbay.domain.model import Contact, Side
from patchbay.kit import registry
from patchbay.kit.phones import read_number
from patchbay_cli.deployment import Deployment
from patchbay_cli.options import pass_deployment, with_json


def _read_number(_context: click.Context, _parameter: click.Parameter, text: str) -> str:
    """The contact's id at messengers that take first messages: the number's digits."""
    number = read_number(text)
    if not number:
        raise click.BadParameter(f"{text!r} is no phone number with a country code, like +49 1512 3456789.")
    return number.removeprefix("+")


@click.command(short_help="Let agents write first to a phone number.")
@click.argument("messenger_id", metavar="MESSENGER")
@click.argument("number", metavar="NUMBER", callback=_read_number)
@click.option("--name", default="", help="The customer's name, for agents.")
@with_json
@pass_deployment
def introduce(deployment: Deployment, messenger_id: str, number: str, name: str) -> None:
    """Let agents write first to NUMBER, the phone number of a customer who has never written to MESSENGER.

    A conversation is opened on the linked platform, where agents can then choose it. Nothing is sent to the customer.
    Only for platforms whose agents cannot open one themselves. NUMBER has a country code: +49 1512 3456789.
    """
    messenger = deployment.connection(messenger_id)
    platform = _check_link(deployment, messenger)
    deployment.producer.send([_describe(deployment, messenger, number, name)])
    if deployment.terminal.as_json:
        deployment.terminal.report({"messenger": messenger.id, "platform": platform.id, "contact": number})
        return
    deployment.terminal.show(
        f"A conversation with +{number} is being opened on {platform.id}. To see it, run `patchbay sessions`.",
        style="green",
    )


def _check_link(deployment: Deployment, messenger: Connection) -> Connection:
    """The platform. Raises Misconfigured where an introduction is impossible, or none is needed."""
    connector = registry.load(messenger.service)
    if messenger.side is not Side.MESSENGER or not connector.behavior.agent_initiated:
        raise Misconfigured(f"{connector.title} does not support first messages: its customers write first")
    if messenger.link is None:
        raise Misconfigured(f"{messenger.id} is not linked: run `patchbay link {messenger.id} PLATFORM_ID` first")
    platform = deployment.connection(messenger.link)
    title = registry.load(platform.service).title
    if not registry.load(platform.service).behavior.opens_empty:
        raise Misconfigured(f"{title} needs no introduction: where it lets agents write first, they begin there")
    return platform


def _describe(deployment: Deployment, messenger: Connection, number: str, name: str) -> ContactIntroduced:
    now = deployment.clock.now()
    origin = Origin(service=messenger.service, endpoint=messenger.endpoint_id, account=messenger.account)
    return ContactIntroduced(
        id=make_event_id("introduction", origin, number, now.isoformat()),
        origin=origin,
        thread=number,
        occurred_at=now,
        contact=Contact(external_id=number, name=name or None, phone=f"+{number}"),
    )
