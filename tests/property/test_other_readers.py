"""Our readers of HTML and Markdown beside widely used ones: from well-formed texts all read the same words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import count
from random import Random

import pytest
from bs4 import BeautifulSoup
from inscriptis import get_text
from markdown_it import MarkdownIt
from markdown_it.token import Token

from patchbay.kit.html import html_to_text
from patchbay.kit.markdown import markdown_to_text

SEEDS = range(40)
INLINE = "b i u s em strong small span font strike del ins sub sup code tt big mark abbr cite q kbd time".split()  # noqa: SIM905
BLOCKS = "p div h1 h3 section article header footer main blockquote center address figure figcaption".split()  # noqa: SIM905
WORDS = ("w", "ä", "の", "ع", "x<y", "R&D", "a>b", "don't", '"so"', "5 < 6", "1\u00a0kg")
FORMS = (
    *("{}", "**{}**", "*{}*", "_{}_", "`{}`", "## {}", "- {}\n- x", "1. {}", "> {}", "***{}***", "~~~\n{}\n~~~"),
    *("[{}](https://a.example/z)", "**[{}](tel:+491)**", "```js\n{} < ** _x_\n```", r"\*{}\* 5 &lt; 6 * 7 * 8"),
)


class Author:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.numbers = count(1000)

    def words(self) -> str:
        chosen = (f"{self.random.choice(WORDS)} {next(self.numbers)}" for _ in range(self.random.randint(1, 4)))
        return f" {' '.join(chosen)} "

    def inline(self, depth: int = 2) -> Iterator[str]:
        for _ in range(self.random.randint(1, 3)):
            kind = self.random.randrange(5)
            name = self.random.choice(INLINE)
            if kind < 2 or not depth:
                yield escape(self.words(), quote=self.random.random() < 0.5)
            elif kind == 2:
                yield self.random.choice(("<br>", "<br/>", "<wbr>", "<hr>", "<!-- unseen --> "))
            else:
                mark = self.random.choice(("", ' class="c"', " id=x", " title='t'"))
                yield f"<{name}{mark}>{''.join(self.inline(depth - 1))}</{self.random.choice((name, name.upper()))}>"

    def html(self) -> Iterator[str]:
        for _ in range(self.random.randint(1, 5)):
            yield self.random.choice(("", "\n", "\n    "))
            kind = self.random.randrange(5)
            if kind == 0:
                items = ("".join(self.inline()) for _ in range(3))
                yield f"<ul>{self.random.choice(('', chr(10)))}{''.join(f'<li>{item}</li>' for item in items)}</ul>"
            elif kind == 1:
                cells = ("".join(f"<td>{''.join(self.inline(1))}</td>" for _ in range(2)) for _ in range(2))
                yield f"<table><tbody>{''.join(f'<tr>{row}</tr>' for row in cells)}</tbody></table>"
            else:
                name = self.random.choice(BLOCKS)
                yield f"<{name}>{''.join(self.inline())}</{name}>"

    def page(self) -> str:
        head = "<title>unseen</title><style>p { color: red }</style><script>if (1<2) { unseen('<p>') }</script>"
        return f"<!DOCTYPE html><html><head>{head}</head><body>{''.join(self.html())}</body></html>"

    def markdown(self) -> Iterator[str]:
        for _ in range(self.random.randint(1, 5)):
            words = f"w{next(self.numbers)} のx{next(self.numbers)}"
            form = self.random.choice(FORMS)
            yield form.format(words) + "\n\n"


def words_of(text: str) -> list[str]:
    return re.findall(r"\w+", text)


def soup_text(html: str) -> str:
    soup = BeautifulSoup(html, "html.parser")
    for unseen in soup(["style", "script", "title"]):
        unseen.decompose()
    return soup.get_text(" ")


@pytest.mark.parametrize("seed", SEEDS)
def test_of_well_formed_html_the_same_words_are_read(seed: int) -> None:
    author = Author(seed)
    for html in ("".join(author.html()), author.page(), "".join(author.html()), author.page()):
        ours = words_of(html_to_text(html))
        assert ours == words_of(soup_text(html))
        assert sorted(ours) == sorted(words_of(get_text(html)))  # which lays the cells of a table side by side


def read_tokens(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in {"text", "code_inline", "fence", "code_block"}:
            yield token.content
        yield from read_tokens(token.children or [])
        if token.type in {"inline", "softbreak", "hardbreak"}:
            yield "\n"


@pytest.mark.parametrize("seed", SEEDS)
def test_of_well_formed_markdown_the_same_words_are_read(seed: int) -> None:
    for number in range(5):
        markdown = "".join(Author(seed * 5 + number).markdown())
        ours = re.sub(r" \((?:https://a\.example/z|\+491)\)|^1\. ", "", markdown_to_text(markdown), flags=re.MULTILINE)
        assert words_of(ours) == words_of("".join(read_tokens(MarkdownIt().parse(markdown))))
