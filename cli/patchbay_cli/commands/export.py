"""`patchbay export`: the stored data of one customer, as files that you can give them."""

from __future__ import annotations

from pathlib import Path

import click

from patchbay_cli.contact_data.export_folder import ExportFolder, file_name
from patchbay_cli.contact_data.inventory import find_known_profile
from patchbay_cli.deployment import Deployment
from patchbay_cli.options import pass_deployment, with_json


@click.command(short_help="Export the stored data of a customer.")
@click.argument("connection_id", metavar="CONNECTION")
@click.argument("contact_id", metavar="CONTACT")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder to write to. It must be new or empty.  [default: export-CONNECTION-CONTACT]",
)
@with_json
@pass_deployment
def export(deployment: Deployment, connection_id: str, contact_id: str, output: Path | None) -> None:
    """Write the stored data of CONTACT, a customer on the messenger CONNECTION, to a folder.

    The file data.json contains every record and dead letter, and the folder files every file: exactly what `patchbay
    erase` would delete. Queued messages are not included, and of dead letters only the first ten of each conversation.
    Data held by the services is not included either: request it there.
    """
    profile = find_known_profile(deployment, connection_id, contact_id)
    messenger = profile.messenger
    folder = output or Path(f"export-{messenger.id}-{file_name(contact_id)}")
    with deployment.terminal.working(f"Writing {folder}"):
        written = ExportFolder(deployment, folder).write(profile)
    facts = {"connection": messenger.id, "contact": contact_id, "folder": str(folder), **written}
    if deployment.terminal.as_json:
        deployment.terminal.report(facts)
        return
    counts = ", ".join(f"{amount} {what.replace('_', ' ')}" for what, amount in written.items())
    deployment.terminal.show(f"{folder}: {counts}.", style="green")
