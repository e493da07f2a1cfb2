"""Where the product's own Python is: the layer's package, and the web chat's server, which lives with its function."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
CORE = ROOT / "layers/patchbay/patchbay"
CHAT = ROOT / "functions/webchat/chat"


def modules() -> list[Path]:
    """Every module that runs in a function."""
    return [*sorted(CORE.rglob("*.py")), *sorted(CHAT.rglob("*.py"))]


def name_of(path: Path) -> str:
    """`aws/stores/queue.py` of the layer, `chat/model.py` of the web chat."""
    return str(path.relative_to(CORE if path.is_relative_to(CORE) else CHAT.parent))
