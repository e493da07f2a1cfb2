"""`patchbay templates`: the messages that a messenger approves beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from patchbay.bridge.template_store import TemplateList
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.domain.template_status import TemplateStatus
from patchbay.domain.templates import Template
from patchbay.kit import registry
from patchbay.kit.template_abilities import ManagesTemplates, SendsTemplates
from patchbay_cli.deployment import Deployment
from patchbay_cli.options import pass_deployment, with_json, yes_option
from patchbay_cli.templates_and_costs.template_files import describe_template, read_template

_COLUMNS = ("name", "language", "category", "status", "quality", "parameters")
_STATUSES = [one.value for one in TemplateStatus]

_connection = click.argument("connection_id", metavar="CONNECTION")
_language = click.option("--language", metavar="CODE", default="", help="The template in this language, such as de.")
_file = click.argument("file", type=click.Path(path_type=Path))


@click.group(short_help="Manage message templates.")
def templates() -> None:
    """List, create, edit and delete the templates of a messenger's account.

    Agents can send them to customers who wrote too long ago for any other message.
    """


@templates.command("list", short_help="List the templates of an account.")
@_connection
@click.option("--status", type=click.Choice(_STATUSES), help="Only list templates with this status.")
@with_json
@pass_deployment
def list_templates(deployment: Deployment, connection_id: str, status: str | None) -> None:
    """List the templates of an account, as the messenger has them now."""
    connection, connector = _find(deployment, connection_id)
    found = [one for one in _ask(deployment, connection, connector) if status in {None, one.status.value}]
    if deployment.terminal.as_json:
        deployment.terminal.report([describe_template(one) for one in found])
        return
    if not found:
        deployment.terminal.show("No templates.")
        return
    deployment.terminal.show_table(_COLUMNS, [_describe_row(one) for one in found])


@templates.command("show", short_help="Show one template.")
@_connection
@click.argument("name")
@_language
@with_json
@pass_deployment
def show_template(deployment: Deployment, connection_id: str, name: str, language: str) -> None:
    """Show one template. With --json it is printed as a file that `edit` reads."""
    connection, connector = _find(deployment, connection_id)
    template = _pick(_ask(deployment, connection, connector), name, language)
    if deployment.terminal.as_json:
        deployment.terminal.report(describe_template(template))
        return
    _show(deployment, template)


@templates.command("create", short_help="Create a template from a file.")
@_connection
@_file
@with_json
@pass_deployment
def create_template(deployment: Deployment, connection_id: str, file: Path) -> None:
    """Create a template from a JSON file and hand it in for the messenger's review.

    docs/templates.md describes the file.
    """
    connection, manager = _find_manager(deployment, connection_id)
    template = read_template(file)
    with deployment.terminal.working(f"Creating {template.name}"):
        created = manager.create_template(template, connection, deployment.http)
    _finish(deployment, created, f"{template.name} ({template.language}) is handed in")


@templates.command("edit", short_help="Change a template as in a file.")
@_connection
@_file
@with_json
@pass_deployment
def edit_template(deployment: Deployment, connection_id: str, file: Path) -> None:
    """Change a template as in a JSON file, and hand it in for another review."""
    connection, manager = _find_manager(deployment, connection_id)
    template = read_template(file)
    if not template.id:
        listed = _ask(deployment, connection, manager) if isinstance(manager, SendsTemplates) else ()
        template = _with_id(template, _pick(listed, template.name, template.language))
    with deployment.terminal.working(f"Changing {template.name}"):
        edited = manager.edit_template(template, connection, deployment.http)
    _finish(deployment, edited, f"{template.name} ({template.language}) is handed in again")


@templates.command("delete", short_help="Delete a template.")
@_connection
@click.argument("name")
@_language
@yes_option
@with_json
@pass_deployment
def delete_template(deployment: Deployment, connection_id: str, name: str, language: str, yes: bool) -> None:
    """Delete a template in one language. Messengers may keep its name from being used again for a while."""
    connection, manager = _find_manager(deployment, connection_id)
    listed = _ask(deployment, connection, manager) if isinstance(manager, SendsTemplates) else ()
    template = _pick(listed, name, language)
    deployment.terminal.confirm(f"Delete the template {template.name} ({template.language})?", yes=yes)
    manager.delete_template(template, connection, deployment.http)
    _finish(deployment, template, f"{template.name} ({template.language}) is deleted")


@templates.command("sync", short_help="Have agents choose from the templates as they are now.")
@_connection
@with_json
@pass_deployment
def sync_templates(deployment: Deployment, connection_id: str) -> None:
    """Read the templates of an account again, for the agents to choose from. Patchbay does so itself once an hour."""
    connection, connector = _find(deployment, connection_id)
    found = _ask(deployment, connection, connector)
    listed = TemplateList(templates=tuple(found), listed_at=deployment.clock.now())
    deployment.templates.save(connection.id, listed)
    sendable = sum(one.is_sendable for one in found)
    if deployment.terminal.as_json:
        deployment.terminal.report({"templates": len(found), "sendable": sendable})
        return
    deployment.terminal.show(f"{len(found)} templates, of which agents can send {sendable}.")


# --- helpers ---------------------------------------------------------------------------------------------------------


def _find(deployment: Deployment, connection_id: str) -> tuple[Connection, SendsTemplates]:
    connection = deployment.connection(connection_id)
    connector = registry.load(connection.service)
    if not isinstance(connector, SendsTemplates):
        raise Misconfigured(f"{connector.title} has no templates")
    return connection, connector


def _find_manager(deployment: Deployment, connection_id: str) -> tuple[Connection, ManagesTemplates]:
    connection = deployment.connection(connection_id)
    connector = registry.load(connection.service)
    if not isinstance(connector, ManagesTemplates):
        raise Misconfigured(f"the templates of {connector.title} cannot be changed from here")
    return connection, connector


def _ask(deployment: Deployment, connection: Connection, connector: SendsTemplates) -> Sequence[Template]:
    with deployment.terminal.working("Reading the templates"):
        found = connector.list_templates(connection, deployment.http)
    return sorted(found, key=lambda one: (one.name, one.language))


def _pick(found: Sequence[Template], name: str, language: str) -> Template:
    named = [one for one in found if one.name == name]
    if not named:
        raise Misconfigured(f"there is no template {name!r}: `patchbay templates list CONNECTION` shows all")
    if language:
        named = [one for one in named if one.language == language]
    if len(named) != 1:
        others = ", ".join(one.language for one in found if one.name == name)
        raise Misconfigured(f"give --language: {name} exists in {others}")
    return named[0]


def _with_id(template: Template, known: Template) -> Template:
    return replace(template, id=known.id)


def _finish(deployment: Deployment, template: Template, said: str) -> None:
    if deployment.terminal.as_json:
        deployment.terminal.report(describe_template(template))
        return
    deployment.terminal.show(f"{said}. Its status is {template.status.value}.")


def _describe_row(template: Template) -> list[str]:
    facts = (template.name, template.language, template.category, template.status.value, template.quality)
    return [*facts, ", ".join(template.parameters)]


def _show(deployment: Deployment, template: Template) -> None:
    facts = [f"status: {template.status.value}{f' ({template.reason})' if template.reason else ''}"]
    facts += [f"category: {template.category}"]
    if template.quality:
        facts.append(f"quality: {template.quality}")
    if template.parameters:
        facts.append(f"parameters: {', '.join(template.parameters)}")
    text = [line for part in (template.header, template.body, template.footer) if part for line in part.splitlines()]
    buttons = [f"[{one.label}] {one.kind.value} {one.value}".rstrip() for one in template.buttons]
    deployment.terminal.show_block(f"{template.name} ({template.language})", [*facts, "", *text, *buttons])
