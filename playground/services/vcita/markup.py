"""The look of vcita's own pages: consent, app market, and what goes wrong there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from flask import Response

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5d6b7a; --back: #f2f5f8; --card: #fff; --line: #dde4ea;
  --blue: #1565c0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf2; --soft: #9fb0c0; --back: #11161c; --card: #1a222b;
  --line: #2c3843; --blue: #3b8beb; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--back);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: min(28rem, 100%); padding: 2rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 14px; }
h1 { margin: 0 0 .75rem; font-size: 1.35rem; line-height: 1.3; text-wrap: balance; }
p, li { color: var(--soft); } b { color: var(--ink); }
.brand { margin: 0 0 1.25rem; font-weight: 700; letter-spacing: .02em; color: var(--blue); }
form { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem; }
button, select { font: inherit; padding: .6rem 1.2rem; border-radius: 8px; border: 1px solid var(--line); }
button { cursor: pointer; background: transparent; color: inherit; }
button.main { background: #1565c0; border-color: #1565c0; color: #fff; font-weight: 600; }
label { flex-basis: 100%; display: grid; gap: .3rem; } select { background: var(--card); color: inherit; }
:focus-visible { outline: 3px solid var(--blue); outline-offset: 2px; }
"""


def show_page(title: str, body: str, status: int = 200) -> Response:
    """`body` is HTML, `title` text."""
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} · vcita</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<style>{_STYLE}</style></head><body><main><p class="brand">vcita, simulated</p>'
        f"<h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"}
    return Response(page, status, headers, content_type="text/html; charset=utf-8")


def show_error(title: str, text: str, status: int = 400) -> Response:
    return show_page(title, f"<p>{escape(text)}</p>", status)


def make_form(
    hidden: Mapping[str, str], buttons: Sequence[tuple[str, str]], extra: str = "", method: str = "post"
) -> str:
    """`buttons` are pairs of the value of `decision` and the label; the first is the main one."""
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in hidden.items()
    )
    shown = "".join(
        f'<button name="decision" value="{escape(value)}"{"" if index else ' class="main"'}>{escape(label)}</button>'
        for index, (value, label) in enumerate(buttons)
    )
    return f'<form method="{method}">{fields}{extra}{shown}</form>'
