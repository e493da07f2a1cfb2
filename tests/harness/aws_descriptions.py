"""AWS's own descriptions of its services, as botocore carries them: what a call may ask, and what may come back.

AWS ignores a member that it does not know, and so do emulators: a misspelt one would be found by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.validate import ParamValidator

_SERVICES = {"AmazonSQS": "sqs", "DynamoDB_20120810": "dynamodb", "secretsmanager": "secretsmanager"}
_FREE = "AttributeValue"  #: deep, and a matter of whoever wrote it
_validator = ParamValidator()


def check_request(target: str, request: Mapping[str, Any]) -> None:
    """`target` is that of the request's head, such as "DynamoDB_20120810.GetItem"; an unknown one is an error.

    So is a call without its token: emulators make one up, and AWS would take a second attempt for another call.
    """
    missing = [name for name in _operation(target).idempotent_members if name not in request]
    assert not missing, f"{target} needs {', '.join(missing)}: boto3 adds it by itself"
    shape = _operation(target).input_shape
    if shape is None:
        assert not request, f"{target} takes no members"
        return
    errors = _validator.validate(request, shape)
    assert not errors.has_errors(), f"{target}: {errors.generate_report()}"


def check_answer(target: str, answer: Mapping[str, Any]) -> None:
    """Of a success."""
    shape = _operation(target).output_shape
    unknown = list(_find_unknown(shape, answer, "")) if shape is not None else list(answer)
    assert not unknown, f"AWS answers {target} without {', '.join(unknown)}: the emulator does"


@cache
def _operation(target: str) -> OperationModel:
    prefix, _, operation = target.partition(".")
    service = _SERVICES[prefix]
    return ServiceModel(Loader().load_service_model(service, "service-2"), service).operation_model(operation)


def _find_unknown(shape: Shape, value: Any, path: str) -> list[str]:
    if shape.name == _FREE:
        return []
    if isinstance(shape, StructureShape):
        unknown = [f"{path}{name}" for name in value if name not in shape.members]
        known = [
            (shape.members[name], found, f"{path}{name}.") for name, found in value.items() if name in shape.members
        ]
    elif isinstance(shape, ListShape):
        unknown, known = [], [(shape.member, found, f"{path}[].") for found in value]
    elif isinstance(shape, MapShape):
        unknown, known = [], [(shape.value, found, f"{path}{{}}.") for found in value.values()]
    else:
        return []
    return unknown + [one for inner in known for one in _find_unknown(*inner)]
