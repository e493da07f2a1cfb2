"""Nothing of a person's is cut by counting: a slice takes a flag, a letter and its accent, a syllable apart."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.product import modules, name_of

_SHORTEST = 20  #: what is cut shorter is no text of a person's: a part of an id, a letter

#: Slices of what is no text, or of names of files, which are cut where their kind is known.
ALLOWED = {
    "bridge/account_ids.py": {"f'{app.id[:_APP_LENGTH]}-{name}'[:_ID_LENGTH]", "app.id[:_APP_LENGTH]"},
    "aws/stores/queue.py": {"reason[:MOST_REASON]"},  # our own words, for the owner
    "bridge/references.py": {"base64.b32encode(digest).decode().lower()[:_SIGNATURE]"},
    "chat/aws/chats.py": {"ids"},
    "domain/characters.py": {"_NOT_IN_NAMES.sub('?', name)[:_MOST_OF_NAME]"},  # ASCII only, whatever came in
}
_OF_IDS = ("hexdigest()", "re.sub(r'[^A-Za-z0-9_.-]'", "re.sub('[^A-Za-z0-9_.-]'")
_OF_LISTS = ("batch", "wanted", "waiting", "record.targets", "[str(item['sk'])", "shown", "found")
_OF_BYTES = ("header", "head", "start", "sealed", "whole", "raw", "self._ahead")


def cuts(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if not (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and node.slice.lower is None):
            continue
        upper = node.slice.upper
        long = isinstance(upper, ast.Constant) and isinstance(upper.value, int) and upper.value >= _SHORTEST
        if long or (isinstance(upper, ast.Name) and upper.id.isupper()):
            yield ast.unparse(node)


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_texts_are_cut_at_characters(path: Path) -> None:
    allowed = ALLOWED.get(name_of(path), set())
    found = [
        cut
        for cut in cuts(path)
        if cut not in allowed
        and not any(part in cut for part in _OF_IDS)
        and not cut.startswith((*_OF_LISTS, *_OF_BYTES))
    ]
    assert not found, "use patchbay.domain.text.cut_text or shorten"
