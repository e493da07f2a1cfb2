"""Templates through AWS's door: the same ones, and what each says as a text of Meta's JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from playground.services.whatsapp.aws_errors import Refused
from playground.services.whatsapp.calls import Call
from playground.services.whatsapp.core import Core
from playground.services.whatsapp.records import Account, Json, Template
from playground.services.whatsapp.templates_api import TemplatesApi, show_template

_WHOLE = [
    "name",
    "parameter_format",
    "components",
    "language",
    "status",
    "category",
    "quality_score",
    "rejected_reason",
]
_USUAL_PAGE = 25


class AwsTemplates:
    def __init__(self, core: Core, find_account: Callable[[str], Account]) -> None:
        self._core = core
        self._api = TemplatesApi(core.state, core.templates)
        self._find_account = find_account

    @property
    def operations(self) -> Mapping[str, Callable[[Json], Json]]:
        return {
            "ListWhatsAppMessageTemplates": self._list,
            "GetWhatsAppMessageTemplate": self._show,
            "CreateWhatsAppMessageTemplate": self._create,
            "UpdateWhatsAppMessageTemplate": self._update,
            "DeleteWhatsAppMessageTemplate": self._delete,
        }

    def _list(self, call: Json) -> Json:
        account = self._find_account(call["id"])
        begin, most = int(call.get("nextToken", "0")), int(call.get("maxResults", _USUAL_PAGE))
        found = self._core.templates.list_all(account.id)
        page: Json = {"templates": [_summarize(each) for each in found[begin : begin + most]]}
        if begin + most < len(found):
            page["nextToken"] = str(begin + most)
        return page

    def _show(self, call: Json) -> Json:
        return {"template": json.dumps(show_template(self._find(call), _WHOLE), ensure_ascii=False)}

    def _create(self, call: Json) -> Json:
        made = self._api.create(_read_blob(call["templateDefinition"], dict), self._find_account(call["id"]))
        return {"metaTemplateId": made["id"], "templateStatus": made["status"], "category": made["category"]}

    def _update(self, call: Json) -> Json:
        change: Json = {}
        if "templateComponents" in call:
            change["components"] = _read_blob(call["templateComponents"], list)
        if "templateCategory" in call:
            change["category"] = call["templateCategory"]
        self._api.edit(change, self._find(call))
        return {}

    def _delete(self, call: Json) -> Json:
        one = call.get("metaTemplateId", "")
        if bool(one) is bool(call.get("deleteAllLanguages")):
            raise Refused("InvalidParametersException", "either metaTemplateId or deleteAllTemplates is needed")
        values = {"name": call["templateName"], "hsm_id": one}
        asked = Call(method="DELETE", node="", edge="message_templates", values=values)
        self._api.delete(asked, self._find_account(call["id"]))
        return {}

    def _find(self, call: Json) -> Template:
        account = self._find_account(call["id"])
        for template in self._core.templates.list_all(account.id):
            if template.id == call.get("metaTemplateId"):
                return template
        raise Refused("ResourceNotFoundException", "There is no such template")


def _summarize(template: Template) -> Json:
    return {
        "templateName": template.name,
        "metaTemplateId": template.id,
        "templateStatus": template.status,
        "templateQualityScore": template.quality,
        "templateLanguage": template.language,
        "templateCategory": template.category,
    }


def _read_blob(blob: bytes, kind: type) -> Any:
    try:
        found = json.loads(blob)
    except ValueError:
        found = None
    if not isinstance(found, kind):
        raise Refused("InvalidParametersException", "the template is not Meta's JSON")
    return found
