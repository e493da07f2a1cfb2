"""What a stack leaves behind when it is deleted can be adopted by the next, and nothing else is kept."""

from __future__ import annotations

import pytest

from playground.adopt import Remains, write_template
from tests.template.stack.scene import RESOURCES

REMAINS = Remains(
    table="t",
    bucket="b",
    events_queue="https://sqs/e.fifo",
    dead_letter_queue="https://sqs/d.fifo",
    whatsapp_events_failures="https://sqs/w",
)
#: Resources that hold what cannot be made again. Secrets are no part of the stack, and stay by themselves.
STORES = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SQS::Queue"}


def test_all_that_is_kept_can_be_adopted() -> None:
    kept = {name for name, one in RESOURCES.items() if one.get("DeletionPolicy", "Delete") != "Delete"}
    assert kept == set(REMAINS.identifiers)


@pytest.mark.parametrize("name", [name for name, one in RESOURCES.items() if one["Type"] in STORES])
def test_every_store_is_kept_when_its_stack_is_deleted_or_it_is_replaced(name: str) -> None:
    assert RESOURCES[name]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


def test_the_import_defines_them_as_the_template_does_and_makes_nothing_new() -> None:
    template = write_template(REMAINS)
    assert set(template["Resources"]) == set(REMAINS.identifiers)
    assert "Transform" not in template
    assert "Outputs" not in template
