"""What a role of the template allows, and whether a call to AWS is among it: as IAM decides, for what we use of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tests.aws import aws

ACCOUNT = "123456789012"
_SUFFIX = "-AbC123"  #: the six characters with which Secrets Manager ends the ARN of every secret
_QUEUES = {"events.fifo": "EventsQueue", "dead-letters.fifo": "DeadLetterQueue"}
_ARNS = {
    "Table": f"arn:aws:dynamodb:{aws.REGION}:{ACCOUNT}:table/{aws.TABLE}",
    "Bucket": f"arn:aws:s3:::{aws.BUCKET}",
    **{queue: f"arn:aws:sqs:{aws.REGION}:{ACCOUNT}:{name}" for name, queue in _QUEUES.items()},
}
_NAMES = {
    "AWS::Partition": "aws",
    "AWS::Region": aws.REGION,
    "AWS::AccountId": ACCOUNT,
    "Stage": "test",
    **{f"{name}.Arn": arn for name, arn in _ARNS.items()},
}
_PATTERNS = ("ForAllValues:StringLike", "StringLike")


@dataclass(frozen=True, slots=True)
class Call:
    """One thing that a function asks of AWS. `context` holds the condition keys that the request carries."""

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __str__(self) -> str:
        carried = "".join(f", {key} {', '.join(values)}" for key, values in self.context.items())
        return f"{self.action} on {self.resource}{carried}"


@dataclass(frozen=True, slots=True)
class Statement:
    """`role` is the name in the template of the role or the shared policy that it belongs to."""

    role: str
    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.role}/{self.sid}"

    def allows(self, call: Call) -> bool:
        named = any(fnmatchcase(call.action, action) for action in self.actions)
        return named and any(fnmatchcase(call.resource, one) for one in self.resources) and self._holds(call)

    def _holds(self, call: Call) -> bool:
        return all(
            _compare(operator, call.context.get(key), wanted)
            for operator, keys in self.conditions.items()
            for key, wanted in keys.items()
        )

    def parts(self) -> Iterator[tuple[str, Statement]]:
        """It in pieces, each with one action, one resource and one pattern of keys: each must be of use."""
        for action in self.actions:
            yield f"the action {action}", self._only(actions=(action,))
        for resource in self.resources:
            yield f"the resource {resource}", self._only(resources=(resource,))
        for operator in _PATTERNS:
            for key, patterns in self.conditions.get(operator, {}).items():
                for pattern in patterns:
                    narrowed = {**self.conditions, operator: {key: (pattern,)}}
                    yield f"the key {pattern}", self._only(conditions=narrowed)

    def _only(self, **changes: Any) -> Statement:
        parts: dict[str, Any] = {"actions": self.actions, "resources": self.resources, "conditions": self.conditions}
        return Statement(self.role, self.sid, **{**parts, **changes})


def _compare(operator: str, actual: tuple[str, ...] | None, wanted: Sequence[str]) -> bool:
    match operator:
        case "Null":
            return (actual is None) == (wanted[0] == "true")
        case "ForAllValues:StringLike":
            return all(any(fnmatchcase(value, pattern) for pattern in wanted) for value in actual or ())
        case "StringEqualsIfExists":
            return actual is None or actual[0] in wanted
        case "StringLike":
            return actual is not None and any(fnmatchcase(actual[0], pattern) for pattern in wanted)
        case "StringEquals":
            return actual is not None and actual[0] in wanted
    raise AssertionError(f"teach {__name__} the operator {operator}, which template.yaml uses now")


# --- the template ----------------------------------------------------------------------------------------------------


def read_statements(role: str, resources: Mapping[str, Any]) -> list[Statement]:
    """Everything that a role allows, from its own policies and from the template's shared ones."""
    properties = resources[role]["Properties"]
    documents = [(role, policy["PolicyDocument"]) for policy in properties.get("Policies", [])]
    shared = [managed["Ref"] for managed in properties.get("ManagedPolicyArns", [])]
    documents += [(name, resources[name]["Properties"]["PolicyDocument"]) for name in shared]
    found = ((owner, _choose(statement)) for owner, document in documents for statement in document["Statement"])
    return [_read(owner, statement) for owner, statement in found if "Sid" in statement]


def _choose(value: Any) -> Any:
    """What stands there when a stack uses all that the template offers: the first way of each !If."""
    return _choose(value["!If"][1]) if isinstance(value, dict) and "!If" in value else value


def _read(owner: str, statement: Mapping[str, Any]) -> Statement:
    conditions = {
        operator: {key: tuple(_listed(values)) for key, values in keys.items()}
        for operator, keys in _choose(statement.get("Condition", {})).items()
    }
    found = tuple(resolve(one) for one in _listed(_choose(statement["Resource"])))
    return Statement(owner, statement["Sid"], tuple(_listed(statement["Action"])), found, conditions)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def resolve(value: Any) -> str:
    """A resource as CloudFormation makes it, with the names of the tests."""
    if isinstance(value, str):
        return value
    name = value.get("!GetAtt") or value.get("Ref")
    if name:
        return _NAMES.get(name, f"<{name}>")
    return re.sub(r"\$\{([\w:.]+)\}", lambda found: _NAMES.get(found[1], f"<{found[1]}>"), value["!Sub"])


# --- calls -----------------------------------------------------------------------------------------------------------


def read_calls(service: str, operation: str, params: Mapping[str, Any]) -> list[Call]:
    """What AWS checks for one call."""
    match service:
        case "dynamodb":
            return list(_read_table_calls(operation, params))
        case "sqs":
            queue = str(params["QueueUrl"]).rpartition("/")[2]
            return [Call(f"sqs:{operation.removesuffix('Batch')}", _ARNS[_QUEUES[queue]])]
        case "s3":
            return list(_read_file_calls(operation, params))
        case "secretsmanager":
            name = params.get("SecretId") or params["Name"]
            arn = f"arn:aws:secretsmanager:{aws.REGION}:{ACCOUNT}:secret:{name}{_SUFFIX}"
            carried = {"VersionStage": "secretsmanager:VersionStage", "VersionId": "secretsmanager:VersionId"}
            context = {key: (str(params[name]),) for name, key in carried.items() if name in params}
            return [Call(f"secretsmanager:{operation}", arn, context)]
        case "social-messaging":
            named = next(str(params[name]) for name in ("originationPhoneNumberId", "id") if name in params)
            kind = next(kind for kind in ("phone-number-id", "waba") if named.startswith(f"{kind}-"))
            arn = f"arn:aws:social-messaging:{aws.REGION}:{ACCOUNT}:{kind}/{named.removeprefix(f'{kind}-')}"
            return [Call(f"social-messaging:{operation}", arn)]
        case "execute-api":
            api = f"arn:aws:execute-api:{aws.REGION}:{ACCOUNT}:{resolve({'Ref': 'LiveApi'})}"
            return [Call(f"execute-api:{operation}", f"{api}/live/POST/@connections/{params['ConnectionId']}")]
    return [Call(f"{service}:{operation}", "*")]


_TRANSACTED = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}


def _read_table_calls(operation: str, params: Mapping[str, Any]) -> Iterator[Call]:
    """Each item of a transaction is checked as what is done to it."""
    table = _ARNS["Table"]
    if operation in {"TransactWriteItems", "TransactGetItems"}:
        steps = (step for item in params["TransactItems"] for step in item.items())
        for step, inner in steps:
            yield _on_table(_TRANSACTED[step], table, [_partition(inner.get("Key") or inner["Item"])])
    elif operation in {"BatchGetItem", "BatchWriteItem"}:
        for asked in params["RequestItems"].values():
            yield _on_table(operation, table, map(_partition, _batched(asked)))
    elif operation == "Query":
        index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
        wanted = re.match(r"\s*\w+ = (:\w+)", str(params["KeyConditionExpression"]))
        assert wanted, "a query names its partition first"
        yield _on_table(operation, table + index, [_plain(params["ExpressionAttributeValues"][wanted[1]])])
    else:
        yield _on_table(operation, table, [_partition(params.get("Key") or params["Item"])])


def _batched(asked: Any) -> list[Mapping[str, Any]]:
    """The keys or items of one table's part of a batch."""
    if isinstance(asked, Mapping):
        return list(asked["Keys"])
    requests = [request for one in asked for request in one.values()]
    return [request.get("Item") or request["Key"] for request in requests]


def _on_table(operation: str, resource: str, keys: Iterable[str]) -> Call:
    return Call(f"dynamodb:{operation}", resource, {"dynamodb:LeadingKeys": tuple(keys)})


def _partition(item: Mapping[str, Any]) -> str:
    return _plain(item["pk"])


def _plain(value: Any) -> str:
    """boto3's resources take values as they are, its clients with their type."""
    return str(value["S"]) if isinstance(value, Mapping) else str(value)


#: Where files are scanned, S3 compares the tag of the file that is read: that of a file which may be read.
_CLEAN = {"s3:ExistingObjectTag/GuardDutyMalwareScanStatus": ("NO_THREATS_FOUND",)}
_FILE_ACTIONS = {
    "HeadObject": "GetObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "ListObjectsV2": "ListBucket",
    "HeadBucket": "ListBucket",
}


def _read_file_calls(operation: str, params: Mapping[str, Any]) -> Iterator[Call]:
    bucket = f"arn:aws:s3:::{params['Bucket']}"
    if operation == "DeleteObjects":
        for one in params["Delete"]["Objects"]:
            yield Call("s3:DeleteObject", f"{bucket}/{one['Key']}")
        return
    key = f"/{params['Key']}" if "Key" in params else ""
    action = f"s3:{_FILE_ACTIONS.get(operation, operation)}"
    yield Call(action, bucket + key, _CLEAN if action == "s3:GetObject" else {})
    source = params.get("CopySource")
    if source is not None:
        name = f"{source['Bucket']}/{source['Key']}" if isinstance(source, Mapping) else str(source).lstrip("/")
        yield Call("s3:GetObject", f"arn:aws:s3:::{name}", _CLEAN)
