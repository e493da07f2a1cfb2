"""Whatever stands around them: every word outside of a tag reaches the reader, and so does every address."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count
from random import Random

import pytest

from patchbay.kit.html import html_to_text
from patchbay.kit.markdown import markdown_to_text

SEEDS = range(60)
TEXTS = 40  #: of each seed
_ELEMENTS = (
    "a b i p u s em tt h1 li ul ol td tr th table tbody div span font center strike section article header o:p pre "
    "code style script title head body html video svg label button address time data object my-tag"
)
ELEMENTS = _ELEMENTS.split()
ADDRESSES = (
    *("https://a.example/{}", "http://a.example/?q={}&amp;x=1", "tel:+49{}", "mailto:m{}@a.example"),
    *("skype:s{}", "www.a{}.example", "//b.example/{}", "ftp://a.example/{}"),
)
ODD = (
    *("<", ">", "<<", "< ", "</", "<!", "<!--", "-->", "<?", "&", "&amp;", "&lt;", "&copy", "&#", '"', "'", "="),
    *("<br>", "<br/>", "<hr>", "<img>", "<b", "</p", "<a href='", "<a b", "<!doctype html>", "\n", "](", "[", "`"),
)  # fmt: skip

#: Like a tag: a name, and what is written like attributes. What is no such thing is words, whatever the reader thinks.
TAG = re.compile(r"""</?[a-z][\w:-]*(?:\s+[\w:-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s"'<>]+))*\s*/?>""", re.IGNORECASE)
COMMENT = re.compile("<!--.*?-->", re.DOTALL)


class Author:
    """Writes texts; each word and each address in them is there once."""

    def __init__(self, seed: int, tags: bool = True) -> None:
        self.random = Random(seed)
        self.numbers = count(10_000)
        self.tags = tags
        self.addresses: list[str] = []

    def word(self) -> str:
        return f"{self.random.choice(('w', 'ä', 'の', 'ع'))}{next(self.numbers)}"

    def address(self) -> str:
        number = str(next(self.numbers))
        self.addresses.append(number)
        return self.random.choice(ADDRESSES).format(number)

    def html(self, depth: int = 3) -> Iterator[str]:
        for _ in range(self.random.randint(1, 6)):
            kind = self.random.randrange(7)
            if kind < 2 or not depth:
                yield f"{self.word()} "
            elif kind == 2:
                yield self.random.choice(ODD)
            elif kind == 3:
                quote = self.random.choice("\"'")
                yield f"<a href={quote}{self.address()}{quote}>"
                yield from self.html(depth - 1)
                yield self.random.choice(("</a>", "</a>", "", "</A >"))
            elif kind == 4:
                yield f"{self.word()}<{self.random.choice(ELEMENTS)} {self.word()}>{self.word()}"
            else:
                name = self.random.choice(ELEMENTS)
                yield self.random.choice((f"<{name}>", f'<{name} class="c">', f"<{name.upper()} id=x>", ""))
                yield from self.html(depth - 1)
                yield self.random.choice((f"</{name}>", f"</{name}>", ""))

    def markdown(self, depth: int = 3) -> Iterator[str]:
        for _ in range(self.random.randint(1, 6)):
            kind = self.random.randrange(6)
            if kind < 2 or not depth:
                yield f"{self.word()} "
            elif kind == 2:
                yield self.random.choice((*ODD, "**", "__", "~~", "```", "\n```\n", "\n~~~\n", "- ", "> ", "![", "\\"))
            elif kind == 3:
                yield f"[{self.word()}]({self.address().replace('&amp;', '&')})"
            elif kind == 4:
                yield f"{self.word()}[{self.word()}]({self.word()})"
            else:
                mark = self.random.choice(("**", "_", "`", "~~", "***", "__"))
                yield f"{mark}{''.join(self.markdown(depth - 1))}{mark}"


def words_outside(source: str) -> list[str]:
    return re.findall(r"[wäのع]\d{5}", TAG.sub(" ", COMMENT.sub(" ", source)))


def check(source: str, addresses: list[str], read: Callable[[str], str]) -> None:
    text = read(source)
    read_for = COMMENT.sub(" ", source)
    wanted = (*words_outside(source), *(address for address in addresses if address in read_for))
    lost = [word for word in wanted if word not in text]
    assert not lost, (source, text)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_word_and_no_address_of_html_is_lost(seed: int) -> None:
    for number in range(TEXTS):
        author = Author(seed * TEXTS + number)
        source = f"{author.word()} {''.join(author.html())}"  # no page, of which no style sheet is shown
        check(source, author.addresses, html_to_text)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_word_and_no_address_of_markdown_is_lost(seed: int) -> None:
    for number in range(TEXTS):
        author = Author(seed * TEXTS + number)
        source = "".join(author.markdown())
        check(source, author.addresses, markdown_to_text)
