"""`patchbay erase`: deletes the stored data of one customer, for example when they ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import click

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.kit import registry
from patchbay_cli.contact_data.erasure import Erased, erase_profile
from patchbay_cli.contact_data.inventory import ContactProfile, find_known_profile
from patchbay_cli.deployment import Deployment
from patchbay_cli.options import pass_deployment, with_json, yes_option


@click.command(short_help="Erase the stored data of a customer.")
@click.argument("connection_id", metavar="CONNECTION")
@click.argument("contact_id", metavar="CONTACT")
@yes_option
@with_json
@pass_deployment
def erase(deployment: Deployment, connection_id: str, contact_id: str, yes: bool) -> None:
    """Erase the stored data of CONTACT, a customer on the messenger CONNECTION.

    `patchbay sessions` lists the ids of contacts. CONNECTION may have been disconnected. Names, files, dead letters,
    message records and the web chat's transcript are deleted at once; queued messages are discarded at their next
    delivery attempt. Data held by the services or on the customer's device is not deleted; the output lists it. If they
    write again, they are a new contact. To see the stored data first, run `patchbay export CONNECTION CONTACT`.
    """
    profile = find_known_profile(deployment, connection_id, contact_id)
    messenger = profile.messenger
    who = f"{profile.contact.name} ({contact_id})" if profile.contact.name else contact_id
    deployment.terminal.confirm(f"Erase all stored data of {who} on {messenger.id}? This cannot be undone.", yes=yes)
    erased = erase_profile(deployment, profile)
    stays = list(_describe_what_stays(deployment, profile, erased))
    if deployment.terminal.as_json:
        facts = {"connection": messenger.id, "contact": contact_id, "erased": asdict(erased), "stays": stays}
        deployment.terminal.report(facts)
        return
    lines = [*describe_erased(messenger, erased), "", "Not erased:", *(f"- {line}" for line in stays)]
    deployment.terminal.show_block(f"Erased {contact_id} on {messenger.id}", lines)


def describe_erased(messenger: Connection, erased: Erased) -> Iterator[str]:
    if erased.at_messenger:
        yield f"{_title(messenger)} deleted its copy of the conversation."
    yield f"{_count(erased.records, 'record')} and {_count(erased.files, 'file')} deleted."
    if erased.dead_letters:
        yield f"{_count(erased.dead_letters, 'dead letter')} discarded."


def _describe_what_stays(deployment: Deployment, profile: ContactProfile, erased: Erased) -> Iterator[str]:
    for platform_id in profile.platforms:
        platform = deployment.known_connections.get(platform_id)
        name = f"{_title(platform)} ({platform_id})" if platform else platform_id
        yield f"{name} keeps its own copy of the conversation and the contact. Erase them there."
    if not erased.at_messenger:
        yield f"{_title(profile.messenger)} and the customer's device keep their copies of the messages."
    if profile.shared:
        yield "The platform's record of the customer is kept, because other conversations of theirs still use it."
    yield "Queued messages are discarded at their next delivery attempt, within 12 hours."
    yield "A marker that the conversation was erased (it holds no id and no text) expires after 36 days."
    yield "Backups of the table are deleted within 35 days."


def _title(connection: Connection) -> str:
    try:
        return registry.load(connection.service).title
    except Misconfigured:
        return connection.service  # it has been removed since


def _count(amount: int, what: str) -> str:
    return f"{amount} {what}{'' if amount == 1 else 's'}"
