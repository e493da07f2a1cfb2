"""The same role has the same file name in every simulator, and imports run one way."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "playground" / "services"
NAMES = sorted(folder.name for folder in SERVICES.iterdir() if (folder / "__init__.py").exists())

#: What each simulator of a documented API consists of. The web chat is the deployed service's own code.
REQUIRED = {"simulator", "state", "records", "auth", "webhooks", "errors", "view", "demo"}
OWN_CODE = {"webchat": {"simulator", "state", "view"}}

#: Where there is a module of this name, the role's class bears its name.
CLASSES = {"state": "State", "auth": "Auth", "actions": "Actions", "webhooks": "Webhooks", "quirks": "Quirks"}

#: Other names for a role that has one.
RETIRED = {
    "world": "state",
    "gate": "auth",
    "happenings": "actions",
    "teller": "webhooks",
    "shapes": "serializers",
    "posts": "message_bodies",
    "problems": "errors",
    "envelopes": "errors",
    "bubbles": "view",
    "phone": "view",
    "habits": "quirks",
    "office": "organization_api",
}

MOST_LINES = 300


def modules(folder: Path) -> dict[str, Path]:
    """Every module below a folder, by its dotted name."""
    found = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path) -> Iterator[str]:
    """Also those inside functions, and those for types only. `from a import b` may name the module `a.b`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def read_graph(folder: Path) -> dict[str, set[str]]:
    """Which modules of a folder each of them imports."""
    known = modules(folder)

    def resolve(name: str) -> str:
        return name if name in known else name.rpartition(".")[0]

    return {name: {resolve(one) for one in imports(path)} & set(known) - {name} for name, path in known.items()}


@pytest.mark.parametrize("service", NAMES)
def test_roles_have_the_same_names_everywhere(service: str) -> None:
    present = {path.stem for path in (SERVICES / service).glob("*.py")}
    assert not OWN_CODE.get(service, REQUIRED) - present
    assert not {name: better for name, better in RETIRED.items() if name in present}


@pytest.mark.parametrize("service", NAMES)
def test_the_class_of_a_role_bears_its_name(service: str) -> None:
    for module, name in CLASSES.items():
        path = SERVICES / service / f"{module}.py"
        if path.exists():
            tree = ast.parse(path.read_text("utf-8"))
            assert name in {node.name for node in tree.body if isinstance(node, ast.ClassDef)}, path.name


@pytest.mark.parametrize("service", NAMES)
def test_state_knows_only_data(service: str) -> None:
    """Records and quirks are plain data, which import nothing of their service but each other."""
    package = f"playground.services.{service}"
    graph = read_graph(ROOT / "playground")
    data = {f"{package}.records", f"{package}.quirks"}
    for module in (f"{package}.state", *sorted(data & set(graph))):
        own = {name for name in graph[module] if name.startswith(package)}
        assert own <= data, module


def test_no_module_of_the_playground_imports_itself_by_others() -> None:
    try:
        order = list(TopologicalSorter(read_graph(ROOT / "playground")).static_order())
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")
    assert "playground.simulator" in order


def test_a_circle_is_found() -> None:
    graph = read_graph(ROOT / "playground")
    graph["playground.simulator"].add("playground.services.viber")
    with pytest.raises(CycleError):
        list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("path", [ROOT / "playground/simulator.py", *modules(SERVICES).values()], ids=lambda p: p.stem)
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES
