"""What a template may consist of.

https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components
"""

from __future__ import annotations

import re

from playground.services.whatsapp.errors import RefusedCall, missing
from playground.services.whatsapp.records import Json

CATEGORIES = ("AUTHENTICATION", "MARKETING", "UTILITY")
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2,3})?")
PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_NAMED = re.compile(r"[a-z][a-z0-9_]*")

_TEXT_HEADER, _BODY, _FOOTER, _LABEL, _CODE = 60, 1024, 60, 25, 20
_MOST_BUTTONS, _MOST_LINKS = 10, 2
_ONCE = {"PHONE_NUMBER": 1, "COPY_CODE": 1, "URL": _MOST_LINKS, "REQUEST_CONTACT_INFO": 1}
_MEDIA = {"IMAGE", "VIDEO", "GIF", "DOCUMENT"}
_BUTTONS = {"QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE", "REQUEST_CONTACT_INFO", "OTP", "FLOW"}

TOO_LONG, HEADER, BODY, FOOTER = 2388040, 2388047, 2388072, 2388073
RATIO, AT_THE_EDGE = 2388293, 2388299


def refuse(subcode: int, message: str) -> RefusedCall:
    """As this part of Graph does: the code is 100, and the subcode says what is wrong."""
    return RefusedCall(100, title="Invalid parameter", subcode=subcode, user_message=message)


def check_name(name: object, language: object, category: object) -> None:
    for key, value in (("name", name), ("language", language), ("category", category)):
        if not value:
            raise missing(key)
    if not _NAME.fullmatch(str(name)):
        raise RefusedCall(100, title="Param name must consist of lower-case letters, digits and underscores")
    if not _LANGUAGE.fullmatch(str(language)):
        raise RefusedCall(100, title=f"Param language must be one of the known codes - got {str(language)[:20]!r}")
    check_category(category)


def check_category(category: object) -> None:
    if category not in CATEGORIES:
        raise RefusedCall(100, title=f"Param category must be one of {{{', '.join(CATEGORIES)}}}")


def check_components(components: object, *, named: bool) -> None:
    """Raises RefusedCall."""
    if not isinstance(components, list) or not components:
        raise missing("components")
    kinds = [str(each.get("type", "")).upper() for each in components]
    if "BODY" not in kinds or len(set(kinds)) < len(kinds):
        raise refuse(BODY, "A template has one body, and at most one of each other component.")
    for kind, component in zip(kinds, components, strict=True):
        match kind:
            case "HEADER":
                _check_header(component, named=named)
            case "BODY":
                check_text(component, "body_text", _BODY, BODY, named=named)
                _check_flow_of(str(component.get("text", "")))
            case "FOOTER":
                _check_footer(component)
            case "BUTTONS":
                _check_buttons(component.get("buttons"))
            case _:
                raise RefusedCall(100, title=f"Param components has an unknown type {kind[:40]!r}")


def _check_header(component: Json, *, named: bool) -> None:
    form = str(component.get("format", "")).upper()
    if form == "TEXT":
        if len(check_text(component, "header_text", _TEXT_HEADER, HEADER, named=named)) > 1:
            raise refuse(HEADER, "A header has at most one parameter.")
    elif form in _MEDIA:
        handles = component.get("example", {}).get("header_handle")
        if not isinstance(handles, list) or not handles:
            raise refuse(HEADER, "A header with a file needs an example: header_handle.")
    elif form != "LOCATION":
        raise refuse(HEADER, f"Unknown format {form[:20]!r} of the header.")


def check_text(component: Json, key: str, longest: int, subcode: int, *, named: bool) -> list[str]:
    """The names of the parameters, in order. Raises RefusedCall."""
    text = str(component.get("text") or "")
    if not text:
        raise refuse(subcode, "The text is missing.")
    if len(text) > longest:
        raise refuse(TOO_LONG, f"The text has more than {longest} characters.")
    names = list_parameters(text)
    if named and not all(_NAMED.fullmatch(name) for name in names):
        raise refuse(subcode, "Named parameters consist of lower-case letters, digits and underscores.")
    if not named and names != [str(index) for index in range(1, len(names) + 1)]:
        raise refuse(subcode, "Parameters are numbered {{1}}, {{2}} and so on.")
    if names:
        _check_examples(component.get("example", {}), key, names, subcode, named=named)
    return names


def _check_examples(example: Json, key: str, names: list[str], subcode: int, *, named: bool) -> None:
    if named:
        given = [str(each.get("param_name")) for each in example.get(f"{key}_named_params", [])]
        if sorted(given) != sorted(names):
            raise refuse(subcode, "Each parameter needs an example.")
        return
    values = example.get(key, [])
    values = values[0] if key == "body_text" and values else values
    if not isinstance(values, list) or len(values) != len(names):
        raise refuse(subcode, "Each parameter needs an example.")


def _check_flow_of(text: str) -> None:
    """Parameters stand between words, and not too many of them."""
    stripped = text.strip()
    if stripped.startswith("{{") or stripped.endswith("}}"):
        raise refuse(AT_THE_EDGE, "Parameters can't be at the start or end of the template.")
    count, words = len(PLACE.findall(text)), len(PLACE.sub(" ", text).split())
    if count and words < 2 * count + 1:
        raise refuse(RATIO, "This template has too many parameters for its length.")


def _check_footer(component: Json) -> None:
    text = str(component.get("text") or "")
    if not text or PLACE.search(text):
        raise refuse(FOOTER, "A footer has a text without parameters.")
    if len(text) > _FOOTER:
        raise refuse(TOO_LONG, f"The footer has more than {_FOOTER} characters.")


def _check_buttons(buttons: object) -> None:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= _MOST_BUTTONS:
        raise RefusedCall(100, title=f"A template has 1 to {_MOST_BUTTONS} buttons")
    kinds = [str(each.get("type", "")).upper() for each in buttons]
    for kind, button in zip(kinds, buttons, strict=True):
        if kind not in _BUTTONS:
            raise RefusedCall(100, title=f"Param buttons has an unknown type {kind[:40]!r}")
        label = str(button.get("text", ""))
        if kind not in {"COPY_CODE", "REQUEST_CONTACT_INFO"} and not 1 <= len(label) <= _LABEL:
            raise RefusedCall(100, title=f"The label of a button has 1 to {_LABEL} characters")
        _check_button(kind, button)
    for kind, most in _ONCE.items():
        if kinds.count(kind) > most:
            raise RefusedCall(100, title=f"A template has at most {most} buttons of the type {kind}")
    replies = [index for index, kind in enumerate(kinds) if kind == "QUICK_REPLY"]
    if replies and replies != list(range(replies[0], replies[-1] + 1)):
        raise RefusedCall(100, title="Quick replies stand together")


def _check_button(kind: str, button: Json) -> None:
    if kind == "URL":
        url = str(button.get("url", ""))
        places = PLACE.findall(url)
        if not url.startswith(("http://", "https://")) or len(places) > 1:
            raise RefusedCall(100, title="The address of a button is not valid")
        if places and (not url.endswith("}}") or not button.get("example")):
            raise RefusedCall(100, title="The parameter of an address stands at its end, and needs an example")
    if kind == "PHONE_NUMBER" and not re.fullmatch(r"\+?\d{5,20}", str(button.get("phone_number", ""))):
        raise RefusedCall(100, title="The phone number of a button is not valid")
    if kind == "COPY_CODE" and not 1 <= len(str(button.get("example", ""))) <= _CODE:
        raise RefusedCall(100, title=f"The code of a button has 1 to {_CODE} characters")


def list_parameters(text: str) -> list[str]:
    """Each once, in order."""
    return list(dict.fromkeys(PLACE.findall(text)))


def find_component(components: list[Json], kind: str) -> Json | None:
    return next((each for each in components if str(each.get("type", "")).upper() == kind), None)
