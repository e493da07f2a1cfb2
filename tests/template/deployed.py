"""The template as CloudFormation has it: translated by SAM, and decided by the values of its parameters."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import Any
from unittest.mock import patch

from samcli.yamlhelper import yaml_parse

from tests.template.stack.scene import ROOT

PSEUDO = {
    "AWS::Region": "eu-west-1",
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "patchbay-test",
}
_NOTHING = object()  #: AWS::NoValue
_REFERENCE = re.compile(r"\$\{([\w:]+)\}")


class _NoPolicies:
    """SAM asks for AWS's own policies, of which the template names none."""

    def load(self) -> dict[str, str]:
        return {}


class Deployed:
    """`resources` are those that would be created, `outputs` those that there would be; intrinsics of others stay."""

    def __init__(self, template: Mapping[str, Any], given: Mapping[str, str]) -> None:
        defaults = {name: one.get("Default", "") for name, one in template["Parameters"].items()}
        unknown = set(given) - set(defaults)
        assert not unknown, f"no such parameters: {unknown}"
        self._values: dict[str, Any] = {**PSEUDO, **defaults, **given}
        for name, one in template["Parameters"].items():
            if one["Type"] == "CommaDelimitedList":
                self._values[name] = str(self._values[name]).split(",")
        self._conditions = template["Conditions"]
        self._rules: Mapping[str, Any] = template["Rules"]
        self.resources: dict[str, Any] = self._keep(template["Resources"])
        self.outputs: dict[str, Any] = self._keep(template["Outputs"])

    def of_type(self, kind: str) -> dict[str, Any]:
        return {name: one.get("Properties", {}) for name, one in self.resources.items() if one["Type"] == kind}

    @property
    def refused(self) -> list[str]:
        """What CloudFormation says instead of deploying: descriptions of the rules that do not hold."""
        rules = [one for one in self._rules.values() if self._decide(one["RuleCondition"])]
        claims = [claim for one in rules for claim in one["Assertions"]]
        return [str(claim["AssertDescription"]) for claim in claims if not self._decide(claim["Assert"])]

    def _keep(self, parts: Mapping[str, Any]) -> dict[str, Any]:
        kept = {name: one for name, one in parts.items() if "Condition" not in one or self._holds(one["Condition"])}
        return {name: self._read(one) for name, one in kept.items()}

    def _holds(self, name: str) -> bool:
        return bool(self._decide(self._conditions[name]))

    def _decide(self, condition: Mapping[str, Any]) -> bool:
        ((kind, value),) = condition.items()
        match kind:
            case "Condition":
                return self._holds(value)
            case "Fn::Not":
                return not self._decide(value[0])
            case "Fn::And":
                return all(map(self._decide, value))
            case "Fn::Or":
                return any(map(self._decide, value))
            case "Fn::Equals":
                left, right = map(self._read, value)
                return bool(left == right)
            case "Fn::EachMemberEquals":
                members, one = map(self._read, value)
                return all(member == one for member in members)
        raise AssertionError(f"the test knows no condition {kind}")

    def _read(self, value: Any) -> Any:
        if isinstance(value, list):
            return [read for read in map(self._read, value) if read is not _NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((kind, what),) = value.items()
            if kind in {"Ref", "Fn::If", "Fn::Sub", "Fn::Join"}:
                return self._resolve(kind, what)
        read = {name: self._read(one) for name, one in value.items()}
        return {name: one for name, one in read.items() if one is not _NOTHING}

    def _resolve(self, kind: str, what: Any) -> Any:
        if kind == "Ref":
            return _NOTHING if what == "AWS::NoValue" else self._values.get(what, {"Ref": what})
        if kind == "Fn::If":
            return self._read(what[1] if self._holds(what[0]) else what[2])
        if kind == "Fn::Join":
            parts = self._read(what[1])
            whole = isinstance(parts, list) and all(isinstance(part, str) for part in parts)
            return what[0].join(parts) if whole else {"Fn::Join": [what[0], parts]}
        text, own = (what, {}) if isinstance(what, str) else (what[0], self._read(what[1]))
        values = {**self._values, **{name: str(one) for name, one in own.items()}}
        return _REFERENCE.sub(lambda found: str(values.get(found[1], found[0])), text)


@cache
def translate() -> str:
    """As JSON: whoever reads it gets a copy. Code is nowhere yet, and SAM wants to know where."""
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    return json.dumps(translate_template(template))


def translate_template(template: Mapping[str, Any]) -> dict[str, Any]:
    from samtranslator.translator.transform import transform  # it compiles dozens of grammars: two seconds

    built = deepcopy(dict(template))
    for resource in built["Resources"].values():
        for name in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            resource["Properties"][name] = "s3://bucket/code"
    with patch.dict("os.environ", {"AWS_DEFAULT_REGION": PSEUDO["AWS::Region"]}):
        translated: dict[str, Any] = transform(built, {}, _NoPolicies())
    return translated


def deploy(**parameters: str) -> Deployed:
    return Deployed(json.loads(translate()), parameters)
