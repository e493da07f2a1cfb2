"""What a webhook function loads before it can answer: each module costs every cold start."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from patchbay.kit import registry
from tests.aws.aws import ROOT

#: Of services: they take webhooks, and a messenger of our own takes its visitors' calls as well.
FOLDERS = sorted(
    folder.parent.name
    for folder in (ROOT / "functions").glob("*/app.py")
    if folder.parent.name.removesuffix("_webhook") in registry.names()
)
UNWANTED = (
    "requests",
    "cryptography",
    "regex",
    "phonenumbers",
    "aws_xray_sdk",
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.utilities.batch",
    "aws_lambda_powertools.utilities.parser",
    "boto3.s3.transfer",
    "patchbay.bridge.dispatch",
    "patchbay.aws.net.http",
    "patchbay.aws.stores.media",
    "patchbay.aws.stores.ledger",
)
# botocore loads pyOpenSSL, and cryptography with it, wherever it is installed; the functions' layer has none.
SCRIPT = """
import importlib, json, sys
sys.modules["OpenSSL"] = None
sys.path[:0] = sys.argv[1:3]
importlib.import_module(sys.argv[3])
print(json.dumps(sorted(sys.modules)))
"""


def _loaded(folder: str) -> set[str]:
    command = [sys.executable, "-c", SCRIPT, str(ROOT / "functions" / folder), str(ROOT / "layers/patchbay"), "app"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    names: list[str] = json.loads(done.stdout.splitlines()[-1])
    return set(names)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_webhook_function_loads_its_own_connector_and_nothing_it_does_not_need(folder: str) -> None:
    loaded = _loaded(folder)
    service = folder.removesuffix("_webhook")
    assert {"pydantic", "aws_lambda_powertools.logging"} <= loaded
    assert [name for name in UNWANTED if name in loaded] == []
    others = ("patchbay.messengers.", "patchbay.platforms.")
    registry = {name.split(".")[2] for name in loaded if name.startswith(others)}
    assert registry == {service}


def test_there_are_webhook_functions() -> None:
    assert FOLDERS
