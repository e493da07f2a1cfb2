"""Fills templates with what a message says.

https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from playground.services.whatsapp.contents import Contents, check_place
from playground.services.whatsapp.errors import RefusedCall, invalid
from playground.services.whatsapp.records import Json, Message, Number, Template
from playground.services.whatsapp.state import State
from playground.services.whatsapp.template_rules import PLACE, find_component, list_parameters
from playground.services.whatsapp.templates import Templates

_COUNT, _UNKNOWN, _TOO_LONG, _FORMAT, _PAUSED, _DISABLED = 132000, 132001, 132005, 132012, 132015, 132016
_LONGEST = 1024
_NO_USER_ID = 131062
_BAD_SPACE = re.compile(r"[\n\t]| {5,}")


class TemplateMessages:
    """Call this under the lock."""

    def __init__(self, state: State, templates: Templates, contents: Contents) -> None:
        self._state = state
        self._templates = templates
        self._contents = contents

    def fill(self, number: Number, message: Message, *, by_phone: bool) -> None:
        """Raises RefusedCall for a template that there is not, or that the parameters do not fit."""
        given = message.content
        template = self._find(number, given["name"], given["language"]["code"])
        if template.category == "AUTHENTICATION" and not by_phone:
            raise RefusedCall(_NO_USER_ID)
        values = _sort(given.get("components", []))
        header = self._fill_header(number, template, values.pop(("header", ""), []))
        body = find_component(template.components, "BODY") or {}
        text = _fill_text(template, "body", str(body.get("text", "")), values.pop(("body", ""), []))
        footer = find_component(template.components, "FOOTER") or {}
        message.buttons = _fill_buttons(template, values)
        message.template = template.id
        message.category = template.category.lower()
        message.shown = "\n".join(part for part in (header, text, str(footer.get("text", ""))) if part)

    def _find(self, number: Number, name: str, language: str) -> Template:
        template = self._templates.find(number.account, name, language)
        if template is None or template.status not in {"APPROVED", "PAUSED", "DISABLED"}:
            raise RefusedCall(_UNKNOWN, f"template name ({name}) does not exist in {language}")
        if template.status == "PAUSED":
            raise RefusedCall(_PAUSED, "Template is paused because of low quality, and cannot be sent.")
        if template.status == "DISABLED":
            raise RefusedCall(_DISABLED, "Template has been paused too many times, and is disabled for good.")
        return template

    def _fill_header(self, number: Number, template: Template, given: list[Json]) -> str:
        header = find_component(template.components, "HEADER")
        form = str(header.get("format", "")).upper() if header else ""
        if header is None or form == "TEXT":
            return _fill_text(template, "header", str((header or {}).get("text", "")), given)
        wanted = "video" if form == "GIF" else form.lower()
        if len(given) != 1:
            raise RefusedCall(_FORMAT, f"header: Format mismatch, expected {form}, received UNKNOWN")
        if given[0]["type"] != wanted or wanted not in given[0]:
            raise RefusedCall(_FORMAT, f"header: Format mismatch, expected {form}, received {given[0]['type'].upper()}")
        if wanted == "location":
            check_place(given[0]["location"])
        else:
            self._contents.find_medium(number, wanted, given[0][wanted])
        return f"[{wanted}]"


def _sort(components: list[Json]) -> dict[tuple[str, str], list[Json]]:
    """Parameters by component; buttons by their place. Raises RefusedCall."""
    sorted_by: dict[tuple[str, str], list[Json]] = {}
    for component in components:
        kind = str(component["type"]).lower()
        if kind not in {"header", "body", "button"}:
            raise RefusedCall(100, title="Param template['components'] must have types of {HEADER, BODY, BUTTON}.")
        place = ""
        if kind == "button":
            if "index" not in component or "sub_type" not in component:
                raise RefusedCall(131008, "A component of the type button needs 'sub_type' and 'index'")
            place = f"{component['index']} {component['sub_type'].lower()}"
        sorted_by[kind, place] = component.get("parameters", [])
    return sorted_by


def _fill_text(template: Template, what: str, text: str, given: list[Json]) -> str:
    names = list_parameters(text)
    if len(given) != len(names):
        raise RefusedCall(
            _COUNT,
            f"{what}: number of localizable_params ({len(given)}) does not match the expected number of params"
            f" ({len(names)})",
        )
    values: dict[str, str] = {}
    for position, parameter in enumerate(given, 1):
        name = parameter.get("parameter_name")
        if template.is_named and not name:
            raise RefusedCall(_FORMAT, f"{what}: Parameter name is missing or empty")
        if not template.is_named and name:
            raise RefusedCall(_FORMAT, f"{what}: the template has no named parameters")
        values[str(name or position)] = _read_text(what, parameter)
    if set(values) != set(names):
        raise RefusedCall(_FORMAT, f"{what}: Parameter name does not match the names of the template")
    filled = PLACE.sub(lambda found: values[found[1]], text)
    if len(filled) > _LONGEST:
        raise RefusedCall(_TOO_LONG, f"{what}: the text with its parameters has more than {_LONGEST} characters")
    return filled


def _read_text(what: str, parameter: Json) -> str:
    kind = parameter["type"]
    if kind in {"currency", "date_time"} and kind in parameter:
        return str(parameter[kind]["fallback_value"])
    if kind != "text":
        raise RefusedCall(_FORMAT, f"{what}: Format mismatch, expected TEXT, received {kind.upper()}")
    text = str(parameter.get("text", ""))
    if not text.strip():
        raise RefusedCall(131008, "Parameter of type text is missing text value")
    if _BAD_SPACE.search(text):
        details = "Param text cannot have new-line/tab characters or more than 4 consecutive spaces"
        raise RefusedCall(100, details)
    return text


def _fill_buttons(template: Template, given: Mapping[tuple[str, str], list[Json]]) -> list[Json]:
    component = find_component(template.components, "BUTTONS") or {}
    left = {place: parameters for (_, place), parameters in given.items()}
    filled = [_fill_button(index, button, left) for index, button in enumerate(component.get("buttons", []))]
    if left:
        raise RefusedCall(_COUNT, f"buttons: there is no such button in the template: {min(left)}")
    return filled


#: What the app writes on buttons of these kinds.
_TEXTS = {"COPY_CODE": "Copy code", "REQUEST_CONTACT_INFO": "Share your number"}


def _fill_button(index: int, button: Json, left: dict[str, list[Json]]) -> Json:
    kind = str(button["type"]).upper()
    parameters = left.pop(f"{index} {kind.lower()}", [])
    text = _TEXTS.get(kind, button.get("text", ""))
    shown: Json = {"type": kind, "text": text, "payload": button.get("text", "")}
    match kind:
        case "QUICK_REPLY":
            if parameters:
                shown["payload"] = _read_one(index, parameters, "payload")
        case "URL":
            url = str(button["url"])
            if PLACE.search(url):
                url = PLACE.sub(lambda _: _read_one(index, parameters, "text"), url)
            elif parameters:
                raise RefusedCall(_COUNT, f"buttons: Button at index {index} of type Url does not require parameters")
            shown["url"] = url
        case "COPY_CODE":
            shown["code"] = _read_one(index, parameters, "coupon_code")
        case "PHONE_NUMBER":
            shown["phone_number"] = str(button["phone_number"])
        case _:
            pass
    return shown


def _read_one(index: int, parameters: list[Json], kind: str) -> str:
    if len(parameters) != 1:
        raise RefusedCall(131008, f"buttons: Button at index {index} requires a parameter")
    if parameters[0]["type"] != kind or not parameters[0].get(kind):
        raise RefusedCall(_FORMAT, f"buttons: Button at index {index} has a parameter of another type than {kind}")
    value = str(parameters[0][kind])
    if len(value) > 2000:
        raise invalid(f"buttons: the parameter of the button at index {index} is too long")
    return value
