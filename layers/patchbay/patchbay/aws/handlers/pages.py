"""Pages for people, one small template: no scripts, nothing loaded from elsewhere, everything that is shown escaped."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from html import escape
from string import Template

from patchbay.kit.contract import WebhookResponse

_STYLE = """
:root { color-scheme: light dark; --page: #f4f5f7; --card: #fff; --text: #1c2330; --soft: #566072; --line: #dfe3ea;
  --good: #16794c; --waiting: #8a5a00; --bad: #b3261e; --plain: #2b5fc4; --on: #fff; }
@media (prefers-color-scheme: dark) { :root { --page: #14171c; --card: #1e232b; --text: #e8ebf0; --soft: #a5afbf;
  --line: #353c48; --good: #5fd09a; --waiting: #f0b95a; --bad: #ff8a80; --plain: #8ab4ff; --on: #10141a; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.25rem; background: var(--page);
  color: var(--text); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 34rem; padding: clamp(1.25rem, 5vw, 2.5rem); background: var(--card);
  border: 1px solid var(--line); border-radius: 1rem; overflow-wrap: anywhere; }
.mark { display: block; width: 3rem; height: 3rem; margin-bottom: 1rem; fill: none; stroke-width: 3;
  stroke-linecap: round; stroke-linejoin: round; }
.good { stroke: var(--good); } .waiting { stroke: var(--waiting); }
.bad { stroke: var(--bad); } .plain { stroke: var(--plain); }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: 0 0 .75rem; }
dl { margin: 1.25rem 0 0; padding-top: 1.25rem; border-top: 1px solid var(--line); }
dt { color: var(--soft); font-size: .875rem; }
dd { margin: 0 0 .75rem; font-weight: 600; }
a { display: inline-block; margin-top: .75rem; padding: .7rem 1.25rem; border-radius: .6rem; background: var(--plain);
  color: var(--on); font-weight: 600; text-decoration: none; }
a:hover { text-decoration: underline; }
a:focus-visible { outline: 3px solid var(--text); outline-offset: 3px; }
"""

_PAGE = Template("""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>$style</style>
</head>
<body>
<main>
<svg class="mark $tone" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="21"/><path d="$sign"/></svg>
<h1>$title</h1>
$body
</main>
</body>
</html>
""")

_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'"
#: Of every answer: it is for one person, once.
UNKEPT = {"cache-control": "no-store"}


class Tone(StrEnum):
    GOOD = "good"
    WAITING = "waiting"
    BAD = "bad"
    PLAIN = "plain"


_SIGNS = {
    Tone.GOOD: "M15 25l6 6 12-14",
    Tone.WAITING: "M24 13v11l7 5",
    Tone.BAD: "M24 13v14M24 34v.5",
    Tone.PLAIN: "M17 24h14M25 17l7 7-7 7",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """`whole_window`: leaves the frame that the page is shown in."""

    label: str
    address: str
    whole_window: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Plain texts, as a person reads them; `facts` are shown below the lines, name and value."""

    status: int
    tone: Tone
    title: str
    lines: tuple[str, ...]
    facts: Mapping[str, str] = field(default_factory=dict)
    link: Link | None = None


def show(page: Page, *, frame: str = "", retry_after: float = 0) -> WebhookResponse:
    """`frame` is the one origin whose pages may show this one in a frame."""
    text = _PAGE.substitute(
        title=escape(page.title), style=_STYLE, tone=page.tone.value, sign=_SIGNS[page.tone], body=_body(page)
    )
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": f"{_POLICY}; frame-ancestors {frame or "'none'"}",
        **({"retry-after": str(math.ceil(retry_after))} if retry_after else {}),
        **UNKEPT,
    }
    return WebhookResponse(status=page.status, body=text.encode(), headers=headers)


def _body(page: Page) -> str:
    parts = [f"<p>{escape(line)}</p>" for line in page.lines]
    if page.facts:
        facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in page.facts.items())
        parts.append(f"<dl>{facts}</dl>")
    if page.link:
        target = ' target="_top"' if page.link.whole_window else ""
        parts.append(f'<a href="{escape(page.link.address)}"{target}>{escape(page.link.label)}</a>')
    return "\n".join(parts)
