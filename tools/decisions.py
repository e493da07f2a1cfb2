"""Numbers the decisions of docs/decisions.md and writes the index at the top of the page.

    python -m tools.decisions      # part of `make docs`

Add a decision as a paragraph that begins with its **title in bold.** at the end of a group. This program makes it a
heading with the next number and the status "accepted". A number is never given twice and never changes. When a later
decision replaces an earlier one, change the status line of the earlier one to "superseded by" and a link.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "decisions.md"
BEGIN, END = "<!-- index -->", "<!-- /index -->"
ACCEPTED = "*Status:* accepted."

_HEADING = re.compile(r"^### (\d+)\. (.+)$", re.MULTILINE)
_STATUS = re.compile(r"^\*Status:\* (accepted|superseded by \[(\d+)\]\((#[^)]+)\))\.$", re.MULTILINE)
_NEW = re.compile(r"\*\*(.+?)\*\*\s*(.*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Decision:
    number: int
    title: str
    status: str  #: what stands behind "Status:"; empty where the line is missing or wrong
    superseded_by: int | None


def read(text: str) -> list[Decision]:
    """Every decision of the page, in the page's order."""
    parts = _HEADING.split(text.partition(END)[2] or text)
    found = []
    for number, title, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        status = _STATUS.match(body.strip())
        found.append(
            Decision(
                number=int(number),
                title=title,
                status=status[1] if status else "",
                superseded_by=int(status[2]) if status and status[2] else None,
            )
        )
    return found


def anchor(title: str) -> str:
    """The address of a heading on its page, as a git host and the site make it."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def renew(text: str) -> str:
    """The page with a number for every decision and a fresh index. Raises ValueError when it has no index."""
    head, begin, rest = text.partition(BEGIN)
    _, end, body = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"docs/decisions.md has no {BEGIN} … {END}")
    body = _number(body)
    return f"{head}{BEGIN}\n{_index(read(body))}{END}{body}"


def _number(body: str) -> str:
    following = max((decision.number for decision in read(body)), default=0) + 1
    blocks = re.split(r"\n{2,}", body.strip("\n"))
    for place, block in enumerate(blocks):
        new = _NEW.match(block)
        if new and block.startswith("**"):
            blocks[place] = f"### {following}. {_heading(new[1])}\n\n{ACCEPTED}\n\n{_body(new[1], new[2])}".rstrip()
            following += 1
    return "\n\n" + "\n\n".join(blocks) + "\n"


def _heading(title: str) -> str:
    return " ".join(title.split()).rstrip(".,:;")


def _body(title: str, rest: str) -> str:
    """A title that is a whole sentence stands only in the heading; one that goes on is said once more."""
    if title.rstrip().endswith("."):
        return rest
    return f"{title}{rest}" if rest.startswith((",", ";", ":")) else f"{title} {rest}"


def _index(decisions: list[Decision]) -> str:
    lines = ["| | Decision | Status |", "| ---: | --- | --- |"]
    for one in decisions:
        link = anchor(f"{one.number}. {one.title}")
        lines.append(f"| {one.number} | [{one.title}](#{link}) | {one.status or 'missing'} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    PAGE.write_text(renew(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
