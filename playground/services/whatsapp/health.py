"""What Meta says of an account, a number or a template that cannot send.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/health-status
"""

from __future__ import annotations

from playground.services.whatsapp.records import Account, Json, Number, Template
from playground.services.whatsapp.state import State

_RANKS = ("AVAILABLE", "LIMITED", "BLOCKED")


def show_health(state: State, account: Account, number: Number | None = None, template: Template | None = None) -> Json:
    """Of everything that a message passes, from what was asked for up to the app."""
    entities: list[Json] = []
    if template is not None:
        stopped = template.status != "APPROVED"
        trouble = _make_trouble(132015, f"The template is {template.status.lower()}.") if stopped else None
        entities.append(_show("MESSAGE_TEMPLATE", template.id, trouble))
    if number is not None:
        entities.append(_show_number(number))
    entities.append(_show("WABA", account.id, account.trouble))
    entities.append(_show("BUSINESS", account.portfolio, None))
    entities += [_show("APP", app, None) for app in account.subscriptions or state.apps]
    worst = max((each["can_send_message"] for each in entities), key=_RANKS.index)
    return {"can_send_message": worst, "entities": entities}


def _show_number(number: Number) -> Json:
    trouble = number.trouble
    if not number.is_registered:
        solution = "Register the phone number with its PIN."
        trouble = _make_trouble(141000, "The phone number is not registered on the Cloud API.", solution)
    shown = _show("PHONE_NUMBER", number.id, trouble)
    if number.name_status != "APPROVED" and trouble is None:
        note = "Your display name has not been approved yet. Your message limit will increase after it is approved."
        return {**shown, "can_send_message": "LIMITED", "additional_info": [note]}
    return shown


def _show(kind: str, entity_id: str, trouble: Json | None) -> Json:
    shown: Json = {"entity_type": kind, "id": entity_id, "can_send_message": "BLOCKED" if trouble else "AVAILABLE"}
    return {**shown, **({"errors": [trouble]} if trouble else {})}


def _make_trouble(code: int, description: str, solution: str = "") -> Json:
    return {"error_code": code, "error_description": description, "possible_solution": solution}
