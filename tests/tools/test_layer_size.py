"""How large the layer of packages is: Lambda takes 250 MB with the function, and a cold start reads what it loads."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from tests.tools.test_locks import LAYER, pins

MOST_MEGABYTES = 40  #: of all packages, as they are installed without compiled files
#: Packages that came for one thing, and what they may take of it.
MOST_OF = {"regex": 3.5, "phonenumberslite": 2}


def measure(package: str) -> float:
    """In megabytes."""
    files = metadata.distribution(package).files or []
    paths = (Path(str(file.locate())) for file in files if file.suffix != ".pyc")
    return sum(path.stat().st_size for path in paths if path.exists()) / 1e6


def test_the_layer_stays_small() -> None:
    sizes = {name: measure(name) for name in pins(LAYER)}
    assert all(sizes.values())
    assert sum(sizes.values()) < MOST_MEGABYTES, sizes


@pytest.mark.parametrize(("package", "most"), MOST_OF.items())
def test_a_package_for_one_thing_is_small(package: str, most: float) -> None:
    assert measure(package) < most
