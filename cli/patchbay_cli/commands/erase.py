"""`patchbay erase`: what is kept of one customer goes, when they ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import click

from patchbay import connectors
from patchbay.accounts import Connection
from patchbay.errors import Misconfigured
from patchbay_cli.contact_data.erasure import Erased, erase_profile
from patchbay_cli.contact_data.inventory import ContactProfile, find_messenger, find_profile, is_known
from patchbay_cli.deployment import Deployment
from patchbay_cli.options import pass_deployment, with_json, yes_option


@click.command()
@click.argument("connection_id", metavar="CONNECTION")
@click.argument("contact_id", metavar="CONTACT")
@yes_option
@with_json
@pass_deployment
def erase(deployment: Deployment, connection_id: str, contact_id: str, yes: bool) -> None:
    """Erase what Patchbay keeps of CONTACT, a customer on the messenger CONNECTION.

    CONTACT is the id that `patchbay sessions` lists. CONNECTION may be disconnected by now. Names, files, dead letters,
    records of messages and the web chat's transcript are deleted at once; messages that wait on the events queue are
    dropped when they are next tried. What the services and the customer's own device keep is not Patchbay's to erase:
    the answer names it. Who writes again is a new contact. To see what is kept, run `patchbay export`.
    """
    messenger = find_messenger(deployment, connection_id)
    profile = find_profile(deployment, messenger, contact_id)
    if not is_known(deployment, profile):
        raise Misconfigured(
            f"nothing is kept of a contact {contact_id!r} of {messenger.id}: `patchbay sessions` lists those that are "
            "known, by their ids"
        )
    who = f"{profile.contact.name} ({contact_id})" if profile.contact.name else contact_id
    deployment.terminal.confirm(
        f"Erase all that is kept of {who} on {messenger.id}? It cannot be brought back.", yes=yes
    )
    erased = erase_profile(deployment, profile)
    stays = list(_describe_what_stays(deployment, profile, erased))
    if deployment.terminal.as_json:
        facts = {"connection": messenger.id, "contact": contact_id, "erased": asdict(erased), "stays": stays}
        deployment.terminal.report(facts)
        return
    lines = [*describe_erased(messenger, erased), "", "What stays:", *(f"- {line}" for line in stays)]
    deployment.terminal.show_block(f"Erased {contact_id} of {messenger.id}", lines)


def describe_erased(messenger: Connection, erased: Erased) -> Iterator[str]:
    if erased.at_messenger:
        yield f"What {_title(messenger)} kept of the conversation for us is gone."
    yield f"{_count(erased.records, 'record')} and {_count(erased.files, 'file')} deleted."
    if erased.dead_letters:
        yield f"{_count(erased.dead_letters, 'dead letter')} discarded."


def _describe_what_stays(deployment: Deployment, profile: ContactProfile, erased: Erased) -> Iterator[str]:
    for platform_id in profile.platforms:
        platform = deployment.known_connections.get(platform_id)
        name = f"{_title(platform)} ({platform_id})" if platform else platform_id
        yield f"{name} keeps its own copy of the conversation and of the contact: erase them there."
    if not erased.at_messenger:
        yield f"{_title(profile.messenger)} and the customer's own device keep what was said there."
    if profile.shared:
        yield "Who they are on the platform is also who writes in their other conversations, which go on."
    yield "Messages that wait on the events queue are dropped when they are next tried: within 12 hours."
    yield "A mark that the conversation was erased, without an id or a word of it, expires after 36 days."
    yield "Backups of the table forget within 35 days."


def _title(connection: Connection) -> str:
    try:
        return connectors.load(connection.service).title
    except Misconfigured:
        return connection.service  # it has been removed since


def _count(amount: int, what: str) -> str:
    return f"{amount} {what}{'' if amount == 1 else 's'}"
