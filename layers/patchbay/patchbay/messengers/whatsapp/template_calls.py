"""Sending a template, and making, changing and deleting one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from patchbay.domain.errors import Rejected
from patchbay.domain.model import Conversation, Delivered, Part
from patchbay.domain.template_status import TemplateStatus
from patchbay.domain.templates import FilledTemplate, Template
from patchbay.kit.schemas import read_wire_object
from patchbay.messengers.whatsapp import templates
from patchbay.messengers.whatsapp.doors import Door
from patchbay.messengers.whatsapp.outbound import address, track
from patchbay.messengers.whatsapp.template_schemas import Made
from patchbay.messengers.whatsapp.template_states import STATES


def list_templates(door: Door) -> Sequence[Template]:
    return [templates.read_template(described) for described in door.list_templates()]


def send(door: Door, filled: FilledTemplate, part: Part, conversation: Conversation) -> Delivered:
    """It quotes nothing: Meta refuses that of templates."""
    message = {"type": "template", "template": templates.fill(filled)}
    return door.send({**address(conversation.external_id), **track(part, conversation), **message})


def create(door: Door, template: Template) -> Template:
    made = read_wire_object(Made, door.create_template(templates.describe(template)))
    status = STATES.get(made.status.upper(), TemplateStatus.PENDING)
    return replace(template, id=made.id, status=status, category=made.category.lower() or template.category)


def edit(door: Door, template: Template) -> Template:
    """All parts are replaced, and looked at again."""
    if not template.id:
        raise Rejected("the template has no id: list the templates first", code="template")
    door.edit_template(template.id, {"components": templates.describe_components(template)})
    return replace(template, status=TemplateStatus.PENDING)


def delete(door: Door, template: Template) -> None:
    door.delete_template(template.name, template.id)
