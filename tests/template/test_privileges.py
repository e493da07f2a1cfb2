"""What each function asks of AWS, compared with what its role allows: both ways.

The tests of the functions run once more, in a process that writes down every call (`tests/harness/recording.py`).
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from chat.aws import names
from patchbay.aws.stores import keys
from patchbay.kit import registry
from tests.aws.aws import REGION
from tests.harness.privileges import ACCOUNT, Call, Statement, read_calls, read_statements, resolve
from tests.harness.product import CHAT, CORE, name_of
from tests.harness.recording import OUTPUT
from tests.template.stack.scene import FUNCTIONS, RESOURCES, ROOT, role_of

TESTS = [
    *(f"tests/aws/test_{name}.py" for name in ("webhook", "dispatcher", "media_server", "oauth", "webhook_monitor")),
    "tests/aws/test_topic.py",
    "tests/aws/media",
    "tests/aws/test_services_of_aws.py",
    "tests/webchat/test_handler.py",
    "tests/webchat/test_live_handler.py",
    *(
        f"tests/ports/test_{name}.py"
        for name in (
            *("connections", "delivered_files", "leases", "ledger", "media", "people", "queue", "sessions"),
            "window_stores",
        )
    ),
]
#: Calls that no function makes: the owner's command and the playground do, with rights of their own.
OF_THE_COMMAND = {
    "aws/stores/configuration.py update_item",
    "aws/stores/resource_items.py delete_item",
    "aws/stores/secret_writer.py restore_secret",
    "aws/stores/secret_names.py create_secret",
    "aws/stores/secret_names.py delete_secret",
    "aws/stores/secret_names.py put_secret_value",
    "aws/stores/sessions.py query",
    "aws/stores/table.py batch_get_item",
}
#: Services of the tests, and those whose connections they play.
STANDS_FOR = {":patchbay/test/club/": ":patchbay/test/vcita/", ":patchbay/local/club/": ":patchbay/test/vcita/"}
#: S3 answers 403 for what is not there to whoever may not list the bucket: these take the one for the other.
WITHOUT_LISTS = {"media", "webchat"}
#: What Lambda does with a function's role, for every function and for the one that has a queue.
BY_LAMBDA = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}
#: And for one that keeps what fails in a queue of its own. Functions send batches, by a pattern.
BY_LAMBDA |= {"sqs:SendMessage"}
#: What AWS does with it elsewhere: stores use the owner's key, and Lambda joins the owner's network.
ON_BEHALF = {
    *("kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKey*", "kms:Encrypt", "kms:DescribeKey"),
    *("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"),
    *("ec2:DescribeSubnets", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"),
}
BY_THE_MAPPING = {"sqs:ReceiveMessage", "sqs:DeleteMessage*", "sqs:GetQueueAttributes"}


@dataclass(frozen=True)
class Recorded:
    calls: Mapping[str, Sequence[Call]]  #: by function
    sites: frozenset[str]


@cache
def recorded(root: Path) -> Recorded:
    output = root / "calls.json"
    environment = {
        **os.environ,
        OUTPUT: str(output),
        "PYTHONPATH": "layers/patchbay:cli:functions/webchat:.",
    }
    for name in [name for name in environment if name.startswith("PYTEST_")]:
        del environment[name]
    words = ["-q", "-p", "tests.harness.recording", "-p", "no:cacheprovider", "-p", "no:xdist"]
    command = [sys.executable, "-m", "pytest", *words, "-m", "not deployed", "-k", "not memory", *TESTS]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=1200)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    found = json.loads(output.read_text(encoding="utf-8"))
    calls: dict[str, list[Call]] = defaultdict(list)
    for function, action, resource, context in map(json.loads, found["calls"]):
        if action == "s3:ListBucket" and function in WITHOUT_LISTS:
            continue
        calls[function].append(Call(action, _name(resource), {key: tuple(values) for key, values in context}))
    return Recorded(calls, frozenset(found["sites"]))


def _name(resource: str) -> str:
    """With the service that a service of the tests stands for."""
    for played, meant in STANDS_FOR.items():
        resource = resource.replace(played, meant)
    return resource


def roles() -> dict[str, list[Statement]]:
    """By the function's folder."""
    folders = {Path(function["CodeUri"]).name: role_of(function) for function in FUNCTIONS.values()}
    return {folder: read_statements(role, RESOURCES) for folder, role in folders.items()}


def find_missing(calls: Mapping[str, Sequence[Call]], allowed: Mapping[str, Sequence[Statement]]) -> list[str]:
    """Calls that no statement allows."""
    return [
        f"{function} asks for {call}, which nothing in template.yaml allows: if it should, {_advise(call, statements)}"
        for function, statements in allowed.items()
        for call in calls.get(function, ())
        if not any(statement.allows(call) for statement in statements)
    ]


def _advise(call: Call, statements: Sequence[Statement]) -> str:
    """Where it belongs: to a statement that has the action, or to one of its own."""
    keys_named = call.context.get("dynamodb:LeadingKeys", ())
    kinds = ", ".join(sorted({f"{key.partition('#')[0]}#*" if "#" in key else key for key in keys_named}))
    what = f"the leading key {kinds}" if kinds else f"the resource {call.resource}"
    for one in statements:
        if any(fnmatchcase(call.action, action) for action in one.actions):
            return f"add {what} to the statement {one}"
    role = statements[0].role if statements else "its role"
    return f"add a statement to {role} with the action {call.action} and {what}"


def find_needless(calls: Mapping[str, Sequence[Call]], allowed: Mapping[str, Sequence[Statement]]) -> list[str]:
    """Parts of statements that nobody uses. A shared policy's must be used by one of the functions that have it."""
    used: dict[str, bool] = {}
    for function, statements in allowed.items():
        mapped = BY_THE_MAPPING if any("ReceiveMessage" in str(one.actions) for one in statements) else set[str]()
        for statement in statements:
            for words, part in statement.parts():
                what = f"{statement}: {words}"
                by_aws = set(part.actions) <= BY_LAMBDA | ON_BEHALF | mapped
                used[what] = used.get(what) or by_aws or any(part.allows(call) for call in calls.get(function, ()))
    advice = (
        "take it out of template.yaml, or let a test among TESTS make the call; what AWS does itself is in ON_BEHALF"
    )
    return [f"{what} is used by no function: {advice}" for what in used if not used[what]]


# --- what a role would allow as well ---------------------------------------------------------------------------------


def find_too_broad(calls: Mapping[str, Sequence[Call]], allowed: Mapping[str, Sequence[Statement]]) -> list[str]:
    """What a pattern allows of another kind than is asked for: another service's secrets, another kind of items."""
    return [
        f"{function} may ask for {probe} and never does: make the statement narrower"
        for function, statements in allowed.items()
        for probe in probes()
        if any(statement.allows(probe) for statement in statements)
        and _sort_of(function, probe) not in {_sort_of(function, call) for call in calls.get(function, ())}
    ]


@cache
def probes() -> tuple[Call, ...]:
    """One call of each kind that any function could make."""
    kinds = [f"{kind}#x" if kind not in {keys.CONNECTIONS, keys.FORMER} else kind for kind in kinds_of_items()]
    contexts: list[dict[str, tuple[str, ...]]] = [{}]
    contexts += [{"dynamodb:LeadingKeys": (kind,)} for kind in kinds]
    table, secret = resolve({"!GetAtt": "Table.Arn"}), f":secretsmanager:{REGION}:{ACCOUNT}:secret:patchbay/test/"
    made = [Call(f"dynamodb:{action}", table, context) for action in TABLE_ACTIONS for context in contexts]
    for service in registry.names():
        for purpose in keys.PURPOSES:
            name = f"arn:aws{secret}{service}/x/{purpose}-AbC123"
            made += [Call(f"secretsmanager:{action}", name, {}) for action in SECRET_ACTIONS]
    for folder in ("media", "events", "anything"):
        file = f"{resolve({'!GetAtt': 'Bucket.Arn'})}/{folder}/x"
        made += [Call(f"s3:{action}", file) for action in ("GetObject", "PutObject", "DeleteObject")]
    return tuple(made)


TABLE_ACTIONS = (
    *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"),
    *("BatchGetItem", "BatchWriteItem", "ConditionCheckItem"),
)
SECRET_ACTIONS = (
    *("GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"),
    *("CreateSecret", "DeleteSecret", "RestoreSecret", "ListSecretVersionIds"),
)
#: They serve every service, and the tests play some of them.
OF_EVERY_SERVICE = {"dispatcher", "webhook_monitor"}


def kinds_of_items() -> list[str]:
    """What the keys of the table's items begin with."""
    makers = [
        make
        for module in (keys, names)
        for name, make in inspect.getmembers(module, inspect.isfunction)
        if name.endswith("_key") and make.__module__ == module.__name__
    ]
    return sorted({keys.CONNECTIONS, keys.FORMER, *(_fill(make).split("#")[0] for make in makers)})


def _fill(make: Callable[..., str]) -> str:
    wanted = inspect.signature(make, eval_str=True).parameters.values()
    return make(*(1 if one.annotation is int else "x" for one in wanted))


def _sort_of(function: str, call: Call) -> tuple[str, ...]:
    """The action, and what it is done to: a kind of items, a folder, a purpose and a service."""
    service, place = call.action.partition(":")[0], call.resource.rpartition(":")[2]
    if service == "dynamodb":
        return (call.action, *{key.partition("#")[0] for key in call.context.get("dynamodb:LeadingKeys", ())})
    if service == "secretsmanager":
        _, _, owner, _, purpose = place.split("/")
        return (call.action, purpose) if function in OF_EVERY_SERVICE else (call.action, purpose, owner)
    if service == "s3":
        return (call.action, place.split("/")[1] if "/" in place else "")
    return (call.action, place)


# --- both ways -------------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_every_role_allows_what_its_function_asks_for_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    found, allowed = recorded(tmp_path_factory.mktemp("recorded")), roles()
    assert set(found.calls) == set(allowed), "every function's tests are among TESTS"
    problems = [*find_missing(found.calls, allowed), *find_needless(found.calls, allowed)]
    problems += [*find_too_broad(found.calls, allowed), *find_unseen(found.sites)]
    assert not problems, "\n" + "\n".join(sorted(problems))
    for function, statements in allowed.items():
        for one in statements:
            if set(one.actions) <= BY_LAMBDA | ON_BEHALF | BY_THE_MAPPING:
                continue
            left = {**allowed, function: [other for other in statements if other is not one]}
            assert find_missing(found.calls, left) or one.role == "WebhookPolicy", f"{function} works without {one}"
            needless = Statement(one.role, "Added", (*one.actions, "dynamodb:Scan"), one.resources, one.conditions)
            assert find_needless(found.calls, {**allowed, function: [*statements, needless]})
            if "ForAllValues:StringLike" in one.conditions:
                wide = Statement(one.role, one.sid, one.actions, one.resources, {})
                assert find_too_broad(found.calls, {**allowed, function: [*statements, wide]})


# --- calls that no test makes ----------------------------------------------------------------------------------------


def find_unseen(sites: frozenset[str]) -> list[str]:
    """Calls in the code that were never made while the calls were written down."""
    return [
        f"{site}: the code has this call, and no test of a function makes it: add one to those in TESTS, or name it in "
        "OF_THE_COMMAND"
        for site in sorted(calls_in_the_code() - OF_THE_COMMAND)
        if _operation(site) not in sites
    ]


def calls_in_the_code() -> set[str]:
    """Module and method of every call of a client, of boto3's or our own, in the packages that know AWS."""
    return {
        f"{name_of(path)} {method}"
        for path in (*CORE.rglob("aws/**/*.py"), *CHAT.rglob("aws/*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and (method := _called(node)) in _methods()
    }


def _called(node: ast.Call) -> str:
    """`client.get_item(...)` and `api.call("GetItem", ...)` are both "get_item"."""
    from botocore import xform_name

    match node:
        case ast.Call(func=ast.Attribute(attr="call"), args=[ast.Constant(value=str(operation)), *_]):
            return str(xform_name(operation))
        case ast.Call(func=ast.Attribute(attr=method)):
            return method
    return ""


@cache
def _methods() -> frozenset[str]:
    """What clients of the four services can do, as Python calls it."""
    from botocore import xform_name
    from botocore.session import get_session

    session = get_session()
    services = (session.get_service_model(name) for name in ("dynamodb", "sqs", "s3", "secretsmanager"))
    return frozenset(xform_name(operation) for service in services for operation in service.operation_names)


def _operation(site: str) -> str:
    module, method = site.split(" ")
    return f"{module} {''.join(word.capitalize() for word in method.split('_'))}"


@pytest.mark.parametrize(
    ("function", "operation", "key", "advice"),
    [
        ("dispatcher", "GetItem", "NEWS#x", "add the leading key NEWS#* to the statement DispatcherRole/Find"),
        ("media", "DeleteItem", "NEWS#x", "add a statement to MediaRole with the action dynamodb:DeleteItem and the"),
    ],
)
def test_a_call_that_is_not_allowed_is_said_with_its_function_and_where_it_belongs(
    function: str, operation: str, key: str, advice: str
) -> None:
    calls = {function: read_calls("dynamodb", operation, {"Key": {"pk": key, "sk": "-"}})}
    (missing,) = find_missing(calls, roles())
    assert missing.startswith(f"{function} asks for dynamodb:{operation} on ")
    assert advice in missing


# --- conditions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", sorted(roles()))
def test_no_statement_counts_on_a_key_that_a_request_may_leave_out(folder: str) -> None:
    """ForAllValues is true where there is no value."""
    for one in roles()[folder]:
        for operator, wanted in one.conditions.items():
            if operator.startswith("ForAllValues:"):
                for key in wanted:
                    assert one.conditions.get("Null", {}).get(key) == ("false",), one


@pytest.mark.parametrize("folder", sorted(roles()))
def test_every_item_of_the_table_is_named_by_its_kind(folder: str) -> None:
    for one in roles()[folder]:
        if any(action.startswith("dynamodb:") for action in one.actions):
            on_index = all(re.search(r"/index/\w+$", resource) for resource in one.resources)
            assert on_index or one.conditions["ForAllValues:StringLike"]["dynamodb:LeadingKeys"], one


@pytest.mark.parametrize("folder", sorted(roles()))
def test_secrets_are_read_as_they_are_now(folder: str) -> None:
    for one in roles()[folder]:
        if "secretsmanager:GetSecretValue" in one.actions:
            assert one.conditions["Null"] == {"secretsmanager:VersionId": ("true",)}
            assert one.conditions["StringEqualsIfExists"] == {"secretsmanager:VersionStage": ("AWSCURRENT",)}
