"""Calls about templates.

https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/template-management
"""

from __future__ import annotations

import base64
import json
from datetime import timedelta

from playground.services.whatsapp.calls import Call, show_fields
from playground.services.whatsapp.errors import RefusedCall, missing, no_object
from playground.services.whatsapp.records import Account, Json, Template
from playground.services.whatsapp.state import State
from playground.services.whatsapp.template_rules import check_category, check_components, check_name, refuse
from playground.services.whatsapp.templates import Templates

_MOST, _MOST_VERIFIED = 250, 6000
_HOURLY = 100
_EDITS_IN_30_DAYS = 10
_DAY = timedelta(days=1)
_FIELDS = ("name", "parameter_format", "components", "language", "status", "category", "id")
_EMPTY_NAMES = (
    "cta_url_link_tracking_opted_out degrees_of_freedom_spec health_status library_template_name "
    "message_send_ttl_seconds previous_category sub_category"
)
_EMPTY = frozenset(_EMPTY_NAMES.split())  #: fields that have no value here
_PAGE = 25


class TemplatesApi:
    def __init__(self, state: State, templates: Templates) -> None:
        self._state = state
        self._templates = templates

    # --- of an account -----------------------------------------------------------------------------------------------

    def perform(self, call: Call, account: Account) -> Json:
        match call.method:
            case "GET":
                return self.list_page(call, account)
            case "POST":
                return self.create(call.values, account)
            case _:
                return self.delete(call, account)

    def create(self, values: Json, account: Account) -> Json:
        """AWS's door passes the same JSON. Raises RefusedCall."""
        check_name(values.get("name"), values.get("language"), values.get("category"))
        form = str(values.get("parameter_format") or "POSITIONAL").upper()
        components = _read_list(values.get("components"))
        check_components(components, named=form == "NAMED")
        name, language = str(values["name"]), str(values["language"])
        self._check_amounts(account, name, language)
        now = self._state.timeline.now()
        account.created.append(now)
        template = Template(
            id=self._state.make_id(),
            account=account.id,
            name=name,
            language=language,
            category=str(values["category"]),
            status="PENDING",
            components=components,
            is_named=form == "NAMED",
            created_at=now,
        )
        self._templates.submit(template)
        return {"id": template.id, "status": template.status, "category": template.category}

    def _check_amounts(self, account: Account, name: str, language: str) -> None:
        now = self._state.timeline.now()
        account.created = [at for at in account.created if now - at < timedelta(hours=1)]
        if len(account.created) >= _HOURLY:
            raise RefusedCall(80007, "Too many templates were created within an hour.")
        if len(self._templates.list_all(account.id)) >= self._find_limit(account):
            raise refuse(2388019, "The account has as many templates as it may have.")
        if self._templates.find(account.id, name, language):
            raise refuse(2388024, "There is already content of this template in this language.")
        if self._templates.is_locked(account.id, name):
            raise refuse(2388023, "A template of this name was deleted. Use another name for 30 days.")

    def list_page(self, call: Call, account: Account) -> Json:
        values = call.values
        fields = call.fields(_FIELDS)
        found = [each for each in self._templates.list_all(account.id) if _fits(each, values)]
        limit = _read_limit(values.get("limit"))
        begin = _read_cursor(values.get("after")) + 1 if values.get("after") else 0
        if values.get("before"):
            begin = max(0, _read_cursor(values["before"]) - limit)
        page = found[begin : begin + limit]
        answer: Json = {"data": [show_template(each, fields) for each in page]}
        if page:
            last = begin + len(page) - 1
            answer["paging"] = {"cursors": {"before": _write_cursor(begin), "after": _write_cursor(last)}}
            if last + 1 < len(found):
                after = f"{self._state.base_url}/v25.0/{account.id}/message_templates"
                answer["paging"]["next"] = f"{after}?limit={limit}&after={_write_cursor(last)}"
        if summary := str(values.get("summary") or ""):
            answer["summary"] = self._count(account, found, summary.split(","))
        return answer

    def _count(self, account: Account, found: list[Template], names: list[str]) -> Json:
        every = self._templates.list_all(account.id)
        whole = {
            "total_count": len(found),
            "message_template_count": len(every),
            "message_template_limit": self._find_limit(account),
            "are_translations_complete": True,
        }
        return {name: whole[name] for name in names if name in whole}

    def _find_limit(self, account: Account) -> int:
        return _MOST_VERIFIED if account.is_verified else _MOST

    def delete(self, call: Call, account: Account) -> Json:
        """All languages of a name, or with `hsm_id` one of them."""
        name, one = str(call.values.get("name") or ""), str(call.values.get("hsm_id") or "")
        if not name:
            raise missing("name")
        found = [each for each in self._templates.list_all(account.id) if each.name == name and one in {"", each.id}]
        if not found:
            raise RefusedCall(100, title="Message template not found", subcode=2593002)
        if any(each.status == "DISABLED" for each in found):
            raise RefusedCall(100, title="A disabled template cannot be deleted")
        for template in found:
            self._templates.remove(template)
        return {"success": True}

    # --- of a template -----------------------------------------------------------------------------------------------

    def perform_for_template(self, call: Call, template: Template) -> Json:
        self._templates.list_all(template.account)  # pauses that are over end
        match call.method, call.edge:
            case "GET", "":
                return show_template(template, call.fields(_FIELDS))
            case "POST", "":
                return self.edit(call.values, template)
            case "POST", "unpause":
                if template.status != "PAUSED":
                    return {"success": False, "reason": "The template is not paused"}
                self._templates.unpause(template)
                return {"success": True}
            case _:
                raise no_object(call.node, call.method)

    def edit(self, values: Json, template: Template) -> Json:
        if template.status not in {"APPROVED", "REJECTED", "PAUSED"}:
            raise RefusedCall(100, title="Only approved, rejected and paused templates can be edited")
        now = self._state.timeline.now()
        was_approved = template.status == "APPROVED"
        if category := values.get("category"):
            check_category(category)
            if was_approved and category != template.category:
                raise RefusedCall(100, title="The category of an approved template cannot be edited")
        components = _read_list(values["components"]) if "components" in values else template.components
        check_components(components, named=template.is_named)
        if was_approved:
            recent = [at for at in template.edits if now - at < 30 * _DAY]
            if len(recent) >= _EDITS_IN_30_DAYS or any(now - at < _DAY for at in recent):
                raise RefusedCall(100, title="An approved template can be edited once a day, 10 times in 30 days")
            template.edits.append(now)
        template.category = str(category or template.category)
        template.components = components
        self._templates.submit(template)
        self._templates.report_components(template)
        return {"success": True, "id": template.id, "name": template.name, "category": template.category}


def show_template(template: Template, fields: list[str]) -> Json:
    whole: Json = {
        "id": template.id,
        "name": template.name,
        "parameter_format": "NAMED" if template.is_named else "POSITIONAL",
        "components": template.components,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "quality_score": {"score": template.quality, "date": int(template.created_at.timestamp())},
        "rejected_reason": template.reason,
        "correct_category": template.next_category or None,
    }
    return show_fields(whole, fields, _EMPTY)


def _fits(template: Template, values: Json) -> bool:
    wanted = {
        "status": template.status,
        "category": template.category,
        "language": template.language,
        "name": template.name,
    }
    given = {key: str(values[key]) for key in wanted if values.get(key)}
    exact = all(
        given[key].lower() in wanted[key].lower() if key == "name" else given[key].lower() == wanted[key].lower()
        for key in given
    )
    words = str(values.get("name_or_content") or "").lower()
    return exact and words in json.dumps([template.name, template.components], ensure_ascii=False).lower()


def _read_list(given: object) -> list[Json]:
    """A list, or in a form its JSON."""
    try:
        value = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        value = None
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise RefusedCall(100, title="Param components must be an array.")
    return value


def _read_limit(given: object) -> int:
    try:
        return min(max(1, int(str(given or _PAGE))), 1000)
    except ValueError:
        raise RefusedCall(100, title="Param limit must be an integer") from None


def _write_cursor(index: int) -> str:
    return base64.urlsafe_b64encode(f"MAZDZD{index}".encode()).decode().rstrip("=")


def _read_cursor(given: object) -> int:
    try:
        text = str(given)
        return int(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().removeprefix("MAZDZD"))
    except ValueError:
        raise RefusedCall(100, title="Invalid cursors values") from None
