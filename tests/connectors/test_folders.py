"""A service is one name in four rooms and one stanza of the template: whatever is missing is named here."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.connectors.services import SERVICES, load_connector, make_simulator, samples
from tests.harness import product
from tests.harness.product import CHAT, CORE, ROOT, name_of

#: What each folder may import of the others: aws runs the bridge between messengers and platforms, which are made from
#: the kit and speak of the domain.
MAY_IMPORT: dict[str, set[str]] = {
    "domain": set(),
    "kit": {"domain"},
    "messengers": {"domain", "kit"},
    "platforms": {"domain", "kit"},
    "bridge": {"domain", "kit"},
    "aws": {"domain", "kit", "bridge"},
}
#: AWS, the network and the environment.
OUTER_WORLD = {"boto3", "botocore", "requests", "aws_lambda_powertools", "os", "urllib3"}


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
    return sorted(path for path in CORE.rglob("*.py") if path.parent != CORE)


def imports(path: Path) -> set[str]:
    """Every module that a file imports, also inside functions; `if TYPE_CHECKING` counts too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def folder_of(path: Path) -> str:
    """The folder of a module inside the package."""
    return path.relative_to(CORE).parts[0]


def folders_imported(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imports(path) if name.startswith("patchbay.")}


def test_the_package_has_six_folders_and_nothing_beside_them() -> None:
    found = {path.name for path in CORE.iterdir() if path.name != "__pycache__" and list(path.glob("**/*.py"))}
    assert found - {"__init__.py"} == set(MAY_IMPORT)
    assert [path.name for path in CORE.glob("*.py")] == ["__init__.py"]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(CORE)))
def test_imports_run_one_way(path: Path) -> None:
    folder = folder_of(path)
    assert folders_imported(path) - {folder} <= MAY_IMPORT[folder]
    assert not {name for name in imports(path) if name.split(".")[0] == CHAT.name}, (
        "the layer runs without the web chat"
    )
    if folder != "aws":
        assert not {name.split(".")[0] for name in imports(path)} & OUTER_WORLD, "only aws/ knows the outer world"


@pytest.mark.parametrize("path", sorted(CHAT.rglob("*.py")), ids=name_of)
def test_the_web_chats_server_knows_aws_in_one_folder(path: Path) -> None:
    """And it speaks to the bridge as any service does: it knows no connector."""
    assert not folders_imported(path) & {"messengers", "platforms"}
    if path.parent.name != "aws":
        assert "aws" not in folders_imported(path)
        assert not {name.split(".")[0] for name in imports(path)} & OUTER_WORLD


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(CORE)))
def test_a_connector_knows_no_other_connector(path: Path) -> None:
    folder = folder_of(path)
    if folder in {"messengers", "platforms"}:
        service = path.relative_to(CORE).parts[1].removesuffix(".py")
        own = f"patchbay.{folder}.{service}"
        connectors = {
            name for name in imports(path) if name.startswith(("patchbay.messengers.", "patchbay.platforms."))
        }
        assert all(name == own or name.startswith(f"{own}.") for name in connectors)


@pytest.mark.parametrize(
    "path", [path for path in modules() if folder_of(path) not in {"messengers", "platforms"}], ids=lambda p: p.stem
)
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


@pytest.mark.parametrize("path", product.modules(), ids=name_of)
def test_modules_stay_small(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert len(lines) <= 300
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < 40, f"{node.name} is too long"


@pytest.mark.parametrize("path", sorted((ROOT / "functions").glob("*/app.py")), ids=lambda path: path.parent.name)
def test_handlers_only_introduce_people_to_each_other(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 15
