"""`patchbay erase`: what is kept of one customer goes, when they ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import click

from patchbay import connectors
from patchbay.accounts import Connection
from patchbay.errors import Misconfigured
from patchbay.model import Side
from patchbay_cli.bridge import Bridge
from patchbay_cli.options import pass_bridge, with_json, yes_option
from patchbay_cli.traces import Erased, Traces, erase_traces, find_traces


@click.command()
@click.argument("connection_id", metavar="CONNECTION")
@click.argument("contact_id", metavar="CONTACT")
@yes_option
@with_json
@pass_bridge
def erase(bridge: Bridge, connection_id: str, contact_id: str, yes: bool) -> None:
    """Erase what Patchbay keeps of CONTACT, a customer on the messenger CONNECTION.

    CONTACT is the id that `patchbay sessions` lists. What the services and the customer's own device keep is not
    Patchbay's to erase: the answer names it. Who writes again is a new contact.
    """
    messenger = bridge.connection(connection_id)
    if messenger.side is not Side.MESSENGER:
        raise Misconfigured(f"{messenger.id} is a platform ({messenger.service}): name the messenger they write on")
    traces = find_traces(bridge, messenger, contact_id)
    who = f"{traces.contact.name} ({contact_id})" if traces.contact.name else contact_id
    bridge.terminal.confirm(f"Erase all that is kept of {who} on {messenger.id}? It cannot be brought back.", yes=yes)
    erased = erase_traces(bridge, traces)
    stays = list(_describe_what_stays(bridge, traces, erased))
    if bridge.terminal.as_json:
        facts = {"connection": messenger.id, "contact": contact_id, "erased": asdict(erased), "stays": stays}
        bridge.terminal.report(facts)
        return
    lines = [*_describe_what_went(messenger, erased), "", "What stays:", *(f"- {line}" for line in stays)]
    bridge.terminal.show_block(f"Erased {contact_id} of {messenger.id}", lines)


def _describe_what_went(messenger: Connection, erased: Erased) -> Iterator[str]:
    if erased.at_messenger:
        yield f"What {_title(messenger)} kept of the conversation for us is gone."
    yield f"The contact is forgotten, with {_count(erased.conversations, 'id')} of conversations on platforms."
    if erased.people:
        yield f"Who they are on platforms is forgotten ({_count(erased.people, 'record')})."
    if erased.files:
        yield f"{_count(erased.files, 'copied file')} deleted."
    if erased.dead_letters:
        yield f"{_count(erased.dead_letters, 'dead letter')} discarded."


def _describe_what_stays(bridge: Bridge, traces: Traces, erased: Erased) -> Iterator[str]:
    known = {one.id: one for one in bridge.administration.connections()}
    for platform_id in traces.platforms:
        platform = known.get(platform_id)
        name = f"{_title(platform)} ({platform_id})" if platform else platform_id
        yield f"{name} keeps its own copy of the conversation and of the contact: erase them there."
    if not erased.at_messenger:
        yield f"{_title(traces.messenger)} and the customer's own device keep what was said there."
    if traces.shared:
        yield "Who they are on the platform is also who writes in their other conversations, which go on."
    yield "Ids and states of their messages expire within 8 days."
    yield "Copies of files that are not counted here expire after the stack's MediaRetentionDays."
    yield "Backups of the table forget within 35 days."


def _title(connection: Connection) -> str:
    try:
        return connectors.load(connection.service).title
    except Misconfigured:
        return connection.service  # it has been removed since


def _count(amount: int, what: str) -> str:
    return f"{amount} {what}{'' if amount == 1 else 's'}"
