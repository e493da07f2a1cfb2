"""Agents and bots write Markdown, messengers carry plain text. Pure."""

from __future__ import annotations

import re
from html import unescape

_FENCE = re.compile(r" {0,3}(?:`{3,}|~{3,})[^`]*$")
_HEADING = re.compile(r" {0,3}#{1,6}\s+(.*?)(?:\s+#+)?\s*$")
_BULLET = re.compile(r"(\s*)[*+-]\s+(?=\S)")
_HARD_BREAK = re.compile(r"(?:\\| {2,})$")

_ADDRESS = r"(?:[^\s()<>]|\([^\s()<>]*\)){1,2000}"
_TITLE = r"""(?:\s+(?:"[^"]{0,200}"|'[^']{0,200}'))?"""

# Marks inside words (snake_case, 5*3*2) are somebody's words and stay. Spans are bounded: nothing takes long to read.
_INLINE = re.compile(
    rf"""
      \\(?P<escaped>[!-/:-@\[-`{{-~])
    | (?<!`)(?P<ticks>`{{1,3}})(?!`)(?P<code>.{{1,2000}}?)(?<!`)(?P=ticks)(?!`)
    | !?\[(?P<label>[^\[\]]{{0,500}})\]\(\s*<?(?P<target>{_ADDRESS})>?{_TITLE}\s*\)
    | <(?P<link>https?://[^\s<>]{{1,2000}}|mailto:[^\s<>]{{1,320}})>
    | (?P<bare>https?://[^\s<>*]{{1,2000}})
    | \*\*\*(?P<both>(?=[^\s*]).{{1,2000}}?(?<=[^\s\\]))\*\*\*
    | \*\*(?P<strong>(?=[^\s*]).{{1,2000}}?(?<=[^\s\\]))\*\*
    | (?<!\w)__(?P<heavy>(?=[^\s_]).{{1,2000}}?(?<=[^\s\\]))__(?!\w)
    | ~~(?P<struck>(?=[^\s~]).{{1,2000}}?(?<=[^\s\\]))~~
    | (?<![\w*])\*(?P<slanted>(?=[^\s*]).{{1,2000}}?(?<=[^\s\\]))\*(?![\w*])
    | (?<![\w_])_(?P<leaning>(?=[^\s_]).{{1,2000}}?(?<=[^\s\\]))_(?![\w_])
    | (?P<entity>&(?:\#\d{{1,7}}|\#[xX][0-9a-fA-F]{{1,6}}|[a-zA-Z]\w{{1,31}});)
    """,
    re.VERBOSE,
)
_WRAPPED = ("both", "strong", "heavy", "struck", "slanted", "leaning")
_DEPTH = 8  #: marks within marks; deeper ones stay as they are


def markdown_to_text(markdown: str) -> str:
    """The words of `markdown`: marks taken away, links as "label (address)", lists and quotes as they are typed."""
    lines: list[str] = []
    in_code = False
    for line in markdown.replace("\r\n", "\n").split("\n"):
        if _FENCE.match(line):
            in_code = not in_code
        elif in_code:
            lines.append(line)
        else:
            lines.append(_read_line(line))
    return "\n".join(lines).strip("\n")


def _read_line(line: str) -> str:
    heading = _HEADING.match(line)
    words = heading[1] if heading else _BULLET.sub(r"\1- ", line, count=1) if _BULLET.match(line) else line
    return _read_inline(_HARD_BREAK.sub("", words), _DEPTH)


def _read_inline(text: str, depth: int) -> str:
    return _INLINE.sub(lambda found: _replace(found, depth), text) if depth else text


def _replace(found: re.Match[str], depth: int) -> str:
    groups = found.groupdict()
    if groups["target"] is not None:
        return _describe_link(_read_inline(groups["label"], depth - 1), groups["target"])
    for name in _WRAPPED:
        if groups[name] is not None:
            return _read_inline(groups[name], depth - 1)
    if groups["entity"] is not None:
        return unescape(groups["entity"]).replace("\xa0", " ")
    if groups["code"] is not None:
        return groups["code"].strip() or groups["code"]
    return groups["escaped"] or (groups["link"] or "").removeprefix("mailto:") or found[0]


def _describe_link(label: str, address: str) -> str:
    """Both, unless the label says it all; only web addresses are of use to a customer."""
    if not address.lower().startswith(("http://", "https://")):
        return label or address
    words = label.strip()
    if not words or words.rstrip("/") in {address.rstrip("/"), address.split("://", 1)[1].rstrip("/")}:
        return address
    return f"{words} ({address})"
