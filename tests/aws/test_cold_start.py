"""What a function loads before its first event: each module costs every cold start, of time and of memory.

The table below is complete. A new import of a function fails here: give it a reason and a line, or load it later.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cache

import pytest

from patchbay.kit import registry
from tests.aws.aws import ROOT

PYDANTIC = frozenset({"annotated_types", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection"})
CALLS = frozenset({"requests", "urllib3", "certifi", "charset_normalizer", "idna"})  #: of other services
POWERTOOLS = frozenset({"aws_lambda_powertools", "botocore", "jmespath", "typing_extensions"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """`packages` are third-party ones. `modules` and `kilobytes` (of source) bound all that is loaded.

    The bounds have a tenth to spare, for what other versions of Python load.
    """

    packages: frozenset[str]
    modules: int
    kilobytes: int


WEBHOOK = Load(packages=frozenset(), modules=142, kilobytes=1565)
TABLE = {
    "viber_webhook": WEBHOOK,
    "telegram_webhook": WEBHOOK,
    "freshchat_webhook": WEBHOOK,
    "giosg_webhook": WEBHOOK,
    "uchat_webhook": WEBHOOK,
    "unblu_webhook": WEBHOOK,
    "vcita_webhook": WEBHOOK,
    "whatsapp_webhook": WEBHOOK,
    "whatsapp_events": WEBHOOK,
    "webchat": Load(packages=PYDANTIC, modules=264, kilobytes=3632),
    "dispatcher": Load(packages=PYDANTIC | CALLS, modules=427, kilobytes=5814),
    "media": Load(packages=POWERTOOLS, modules=176, kilobytes=1980),
    "oauth": Load(packages=POWERTOOLS | CALLS, modules=369, kilobytes=4386),
    "webhook_monitor": Load(packages=POWERTOOLS | CALLS, modules=365, kilobytes=4291),
}
#: What the core has for other functions only.
ELSEWHERE = (
    "patchbay.bridge.dispatch",
    "patchbay.aws.net.http",
    "patchbay.aws.powertools",
    "patchbay.aws.stores.media",
    "patchbay.aws.stores.ledger",
)
#: What tells a program's own modules and packages from what Python starts with, and from the developers' tools.
SCRIPT = """
import importlib, json, os, sys
sys.modules["OpenSSL"] = None  # botocore loads it, and cryptography with it, wherever it is: never in the layer
sys.path[:0] = sys.argv[1:3]
before = set(sys.modules)
importlib.import_module("app")
files = {name: getattr(module, "__file__", None) for name, module in sys.modules.items() if name not in before}
sizes = {name: os.path.getsize(file) if file and file.endswith(".py") else 0 for name, file in files.items()}
print(json.dumps(sizes))
"""


@cache
def _loaded(folder: str) -> dict[str, int]:
    """The size of each module's source, in bytes; 0 for what has none."""
    command = [sys.executable, "-c", SCRIPT, str(ROOT / "functions" / folder), str(ROOT / "layers/patchbay")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    sizes: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return sizes


def _packages(modules: dict[str, int]) -> set[str]:
    tops = {name.partition(".")[0] for name in modules if not name.startswith(("_", "cython"))}
    return tops - set(sys.stdlib_module_names) - {"app", "chat", "patchbay"}


def test_the_table_has_every_function() -> None:
    assert set(TABLE) == {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}


@pytest.mark.parametrize("folder", TABLE)
def test_a_function_loads_no_package_that_the_table_does_not_have(folder: str) -> None:
    more = _packages(_loaded(folder)) - TABLE[folder].packages
    assert not more, f"{folder} now loads {', '.join(sorted(more))} before its first event: see the table"
    less = TABLE[folder].packages - _packages(_loaded(folder))
    assert not less, f"{folder} no longer loads {', '.join(sorted(less))}: take it out of the table"


@pytest.mark.parametrize("folder", TABLE)
def test_what_a_function_loads_does_not_grow_without_notice(folder: str) -> None:
    load, sizes = TABLE[folder], _loaded(folder)
    kilobytes = sum(sizes.values()) // 1024
    assert len(sizes) <= load.modules * 1.1, f"{folder} loads {len(sizes)} modules, the table has {load.modules}"
    assert kilobytes <= load.kilobytes * 1.1, f"{folder} loads {kilobytes} KB, the table has {load.kilobytes}"
    assert len(sizes) >= load.modules * 0.8, f"{folder} loads only {len(sizes)} modules: lower the table's number"
    assert kilobytes >= load.kilobytes * 0.8, f"{folder} loads only {kilobytes} KB: lower the table's number"


@pytest.mark.parametrize("folder", sorted(one for one in TABLE if one.removesuffix("_webhook") in registry.names()))
def test_a_webhook_function_loads_its_own_connector_and_nothing_of_other_functions(folder: str) -> None:
    loaded = _loaded(folder)
    assert [name for name in ELSEWHERE if name in loaded] == []
    connectors = {
        name.split(".")[2] for name in loaded if name.startswith(("patchbay.messengers.", "patchbay.platforms."))
    }
    assert connectors == {folder.removesuffix("_webhook")}


@pytest.mark.parametrize("folder", sorted({*TABLE} - {"media", "oauth", "webhook_monitor"}))
def test_a_function_that_every_message_passes_loads_neither_boto3_nor_powertools(folder: str) -> None:
    assert _packages(_loaded(folder)) & {"boto3", "botocore", "aws_lambda_powertools", "cryptography"} == set()


def test_the_table_and_the_script_see_what_there_is() -> None:
    assert "patchbay.aws.handlers.webhook" in _loaded("viber_webhook")
    assert _loaded("viber_webhook")["patchbay.aws.handlers.webhook"] > 1000
