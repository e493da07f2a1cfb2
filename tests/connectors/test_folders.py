"""A service is one name in four rooms and one stanza of the template: whatever is missing is named here."""

from __future__ import annotations

import ast
import re
from functools import cache
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
    assert f"/{service}/{{webhook_token}}" in template


def function_of(service: str) -> str:
    """A messenger of our own has more than webhooks, so its function bears its plain name."""
    return service if (ROOT / "functions" / service).exists() else f"{service}_webhook"


@cache
def modules() -> list[Path]:
    return sorted(path for path in CORE.rglob("*.py") if path.parent != CORE)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module that a file imports, also inside functions; `if TYPE_CHECKING` counts too."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(found)


def folder_of(path: Path) -> str:
    """The folder of a module inside the package."""
    return path.relative_to(CORE).parts[0]


def folders_imported(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imports(path) if name.startswith("patchbay.")}


def outer_world_in(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)} & OUTER_WORLD


def test_the_package_has_six_folders_and_nothing_beside_them() -> None:
    found = {path.name for path in CORE.iterdir() if path.name != "__pycache__" and list(path.glob("**/*.py"))}
    assert found - {"__init__.py"} == set(MAY_IMPORT)
    assert [path.name for path in CORE.glob("*.py")] == ["__init__.py"]


# Each of these rules is one test, which names every module that breaks it: a test for each module takes longer to
# collect, in each process, than to run.


def test_imports_run_one_way() -> None:
    assert len(modules()) > 100
    against_the_way = {
        name_of(path): wrong
        for path in modules()
        if (wrong := folders_imported(path) - {folder_of(path)} - MAY_IMPORT[folder_of(path)])
    }
    assert not against_the_way
    chat = [name_of(path) for path in modules() if CHAT.name in {name.split(".")[0] for name in imports(path)}]
    assert not chat, "the layer runs without the web chat"
    outer = {name_of(path): outer_world_in(path) for path in modules() if folder_of(path) != "aws"}
    assert not {name: found for name, found in outer.items() if found}, "only aws/ knows the outer world"


def test_the_web_chats_server_knows_aws_in_one_folder() -> None:
    """And it speaks to the bridge as any service does: it knows no connector."""
    server = sorted(CHAT.rglob("*.py"))
    assert server
    assert not [name_of(path) for path in server if folders_imported(path) & {"messengers", "platforms"}]
    others = [path for path in server if path.parent.name != "aws"]
    assert not [name_of(path) for path in others if "aws" in folders_imported(path) or outer_world_in(path)]


def test_a_connector_knows_no_other_connector() -> None:
    foreign = {name_of(path): others for path in connectors() if (others := other_connectors_in(path))}
    assert connectors()
    assert not foreign


def connectors() -> list[Path]:
    return [path for path in modules() if folder_of(path) in {"messengers", "platforms"}]


def other_connectors_in(path: Path) -> set[str]:
    own = f"patchbay.{folder_of(path)}.{path.relative_to(CORE).parts[1].removesuffix('.py')}"
    imported = {name for name in imports(path) if name.startswith(("patchbay.messengers.", "patchbay.platforms."))}
    return {name for name in imported if name != own and not name.startswith(f"{own}.")}


def test_the_core_names_no_service() -> None:
    """In code, that is: a comment or docstring may explain a rule with the service that taught it to us."""
    core = [path for path in modules() if path not in connectors()]
    assert not {name_of(path): named for path in core if (named := services_named_in(tree_of(path)))}
    assert services_named_in(ast.parse("class ViberThing: pass\nx = 'of vcita'\nplain = 1")) == [
        "ViberThing",
        "of vcita",
    ]


def services_named_in(tree: ast.Module) -> list[str]:
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
    anyone = re.compile(rf"(?i)(?<![a-z])(?:{'|'.join(SERVICES)})")
    return sorted(word for word in words if isinstance(word, str) and word not in docstrings and anyone.search(word))


def test_modules_stay_small() -> None:
    assert len(product.modules()) > 100
    long = [name_of(path) for path in product.modules() if len(path.read_text().splitlines()) > 300]
    assert not long
    functions = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in product.modules()
        for node in ast.walk(tree_of(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and (node.end_lineno or 0) - node.lineno >= 40
    ]
    assert not functions, "too long"


@pytest.mark.parametrize("path", sorted((ROOT / "functions").glob("*/app.py")), ids=lambda path: path.parent.name)
def test_handlers_only_introduce_people_to_each_other(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 15


#: The same role has the same file name in every connector; what else a service needs bears the service's own nouns.
ROLES = {"account", "client", "connector", "inbound", "outbound", "schemas", "spec"}
OTHER_NAMES_OF_ROLES = {"answers", "api", "messages", "parsing", "places", "traits", "wire"}


@pytest.mark.parametrize("service", SERVICES)
def test_a_role_has_the_same_file_name_in_every_connector(service: str) -> None:
    [folder] = [CORE / side / service for side in ("messengers", "platforms") if (CORE / side / service).exists()]
    found = {path.stem for path in folder.glob("*.py")}
    assert found >= ROLES
    assert not found & OTHER_NAMES_OF_ROLES
