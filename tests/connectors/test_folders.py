"""A service is one name in four rooms and one stanza of the template: whatever is missing is named here."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.connectors.services import ROOT, SERVICES, load_connector, make_simulator, samples

CORE = ROOT / "layers/patchbay/patchbay"
ALLOWED_IN_CONNECTORS = {
    "abilities",
    "accounts",
    "calls",
    "characters",
    "connecting",
    "contract",
    "model",
    "events",
    "errors",
    "failures",
    "links",
    "lookups",
    "signatures",
    "statuses",
    "wire",
    "degrade",
    "drawing",
    "texts",
    "markdown",
    "markup",
    "names",
    "phones",
}


#: Services, and the web chat, which is a service of our own: the bridge works without any of them.
OUTER = ("patchbay.messengers.", "patchbay.platforms.", "chat")


@pytest.mark.parametrize("service", SERVICES)
def test_every_room_of_a_service_is_there(service: str) -> None:
    rooms = [
        ROOT / "functions" / function_of(service) / "app.py",
        ROOT / "events" / service / "endpoint.json",
        ROOT / "events" / service / "expected",
    ]
    missing = [str(room.relative_to(ROOT)) for room in rooms if not room.exists()]
    simulators = [ROOT / "playground/services" / f"{service}.py", ROOT / "playground/services" / service]
    if not any(simulator.exists() for simulator in simulators):
        missing.append(f"playground/services/{service}.py")
    missing += [str(sample.path) for sample in samples(service) if not sample.expected]
    assert not missing
    assert make_simulator(service).service == service
    assert load_connector(service).service == service


@pytest.mark.parametrize("service", SERVICES)
def test_the_template_has_the_webhook_function_and_its_route(service: str) -> None:
    template = (ROOT / "template.yaml").read_text()
    assert f"CodeUri: functions/{function_of(service)}/" in template
    assert f"/{service}/{{hook}}" in template


def function_of(service: str) -> str:
    """A messenger of our own has more than webhooks, so its function bears its plain name."""
    return service if (ROOT / "functions" / service).exists() else f"{service}_webhook"


def modules() -> list[Path]:
    return sorted(CORE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module that a file imports, also inside functions; `if TYPE_CHECKING` counts too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room_of(path: Path) -> str:
    """The folder of a module inside the package: "" for the core."""
    parts = path.relative_to(CORE).parts
    return parts[0] if len(parts) > 1 else ""


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(CORE)))
def test_imports_run_one_way(path: Path) -> None:
    found = imports(path)
    outside = {name.split(".")[0] for name in found}
    if "infra" not in path.relative_to(CORE).parts[:-1]:
        forbidden = {"boto3", "botocore", "requests", "aws_lambda_powertools", "os", "urllib3"}
        assert not outside & forbidden, "only infra/ knows AWS, the network and the environment"
        assert not any(name.startswith("patchbay.aws") for name in found)
    if room_of(path) in {"", "infra"}:
        assert not any(name.startswith(OUTER) for name in found)
    if room_of(path) in {"messengers", "platforms"} and len(path.relative_to(CORE).parts) > 1:
        own = ".".join(("patchbay", *path.relative_to(CORE).with_suffix("").parts[:2]))
        ours = {name for name in found if name.startswith("patchbay.")}
        strangers = {
            name
            for name in ours
            if not name.startswith((own, f"patchbay.{room_of(path)}.{path.stem}"))
            and name.split(".")[1] not in ALLOWED_IN_CONNECTORS
            and name != f"patchbay.{room_of(path)}"
        }
        assert not strangers, "a connector knows the contract and nothing else of Patchbay"


@pytest.mark.parametrize("path", [path for path in modules() if room_of(path) in {"", "infra"}], ids=lambda p: p.stem)
def test_the_core_names_no_service(path: Path) -> None:
    """In code, that is: a comment or docstring may explain a rule with the service that taught it to us."""
    tree = ast.parse(path.read_text())
    docstrings = {
        ast.get_docstring(node, clean=False)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
    }
    words = {
        node.value if isinstance(node, ast.Constant) else getattr(node, "id", getattr(node, "name", ""))
        for node in ast.walk(tree)
        if isinstance(node, (ast.Constant, ast.Name, ast.ClassDef, ast.FunctionDef))
    }
    named = [
        word
        for word in words
        if isinstance(word, str)
        and word not in docstrings
        and any(re.search(rf"(?i)(?<![a-z]){service}", word) for service in SERVICES)
    ]
    assert not named


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(CORE)))
def test_modules_stay_small(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert len(lines) <= 300
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < 40, f"{node.name} is too long"


@pytest.mark.parametrize("path", sorted((ROOT / "functions").glob("*/app.py")), ids=lambda path: path.parent.name)
def test_handlers_only_introduce_people_to_each_other(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 15
