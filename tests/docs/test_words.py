"""What people read is written in the words of docs/glossary.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.words import ABOUT_WORDS, DECISIONS, DOCUMENTS, SOURCES, Kind, find

ROOT = Path(__file__).parents[2]


def documents() -> Iterator[tuple[str, frozenset[Kind]]]:
    for place, kinds in DOCUMENTS.items():
        path = ROOT / place
        for page in sorted(path.rglob("*.md")) if path.is_dir() else [path]:
            name = str(page.relative_to(ROOT))
            if name not in ABOUT_WORDS:
                yield name, DECISIONS.get(name, kinds)


def prose(text: str) -> str:
    """A document without its code, whose names are those of the code, and without the addresses of its links."""
    text = re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"\]\([^)]*\)", "]", re.sub(r"(?<!say )`[^`\n]+`", "`", text))


def strings(path: Path) -> str:
    """All texts of a module but its docstrings; those of commands are their help."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and "cli" not in path.parts}
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in skipped]
    texts = [node.value for node in found if isinstance(node.value, str) and " " in node.value]
    return re.sub(r":\w+", ":", "\n".join(texts))  # without the values' names in expressions of DynamoDB


@pytest.mark.parametrize(
    ("name", "kinds"), list(documents()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_documents_use_the_projects_words(name: str, kinds: frozenset[Kind]) -> None:
    assert find(prose((ROOT / name).read_text(encoding="utf-8")), kinds) == []


def test_sources_use_the_projects_words() -> None:
    problems = []
    for place, kinds in SOURCES.items():
        path = ROOT / place
        assert path.exists(), f"{place} has moved: change the table in words.py"
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            text = strings(file) if file.suffix == ".py" else file.read_text(encoding="utf-8")
            problems += [f"{file.relative_to(ROOT)}: {problem}" for problem in find(text, kinds)]
    assert problems == []


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("The message is parked.", True),
        ("It goes to the dead-letter queue.", False),
        ("one lane per conversation", True),
        ("a webhook and a pre-commit hook", False),
        ("the hook in the address", True),
        ("a stand-alone program", True),
        ("say `patchbay doctor`", True),
        ("the space in front, the workplace", False),
        ("run `patchbay dlq list`", False),
        ("See the ParkedQueue", True),
    ],
)
def test_old_words_are_found_and_others_are_not(text: str, refused: bool) -> None:
    assert bool(find(text, frozenset(Kind))) is refused


def test_code_in_documents_is_not_prose() -> None:
    text = "Run `patchbay doctor --mend`.\n\n```sh\npatchbay parked list\n```\n\n[text](parked.md)"
    assert find(prose(text), frozenset(Kind)) == []
