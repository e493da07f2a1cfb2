"""What only looks like markup is words, on every connector; and what is markup is read where a service writes it."""

from __future__ import annotations

import pytest

from patchbay.kit.contract import WebhookRequest
from patchbay.kit.html import html_to_text
from patchbay.kit.markdown import markdown_to_text
from tests.connectors.services import FORMS
from tests.connectors.words import parse, said, say
from tests.harness.markup_cases import HTML, LOOKS_LIKE_HTML, MARKDOWN
from tests.harness.strange import leaves, put, with_body

#: What services are documented to write, or seen to. All others write plain text.
WRITES_HTML = {"freshchat webhook", "freshchat app", "vcita"}
WRITES_MARKDOWN = {"giosg", "unblu"}


def say_marked(service: str, words: str) -> WebhookRequest:
    """As `say`, in the place where the service writes Markdown."""
    request, body = say(service, words)
    for trail, leaf in leaves(body):
        if service == "unblu" and trail[-1] == "textType":
            body = put(body, trail, "MARKDOWN")
        if service == "giosg" and leaf == words:
            body = put(put(body, trail, ""), (*trail[:-1], "attachments"), [{"text": words}])
    return with_body(request, body)


def read(request: WebhookRequest, service: str) -> str:
    return "\n".join(said(parse(service, request)))


@pytest.mark.parametrize("service", FORMS)
@pytest.mark.parametrize("words", [words for words in LOOKS_LIKE_HTML if markdown_to_text(words) == words])
def test_words_that_look_like_markup_are_words_everywhere(service: str, words: str) -> None:
    assert read(say(service, words)[0], service) == words


@pytest.mark.parametrize("service", sorted(WRITES_HTML))
@pytest.mark.parametrize(("html", "text"), HTML)
def test_html_is_read_where_it_is_written(service: str, html: str, text: str) -> None:
    assert read(say(service, html)[0], service) == text


@pytest.mark.parametrize("service", sorted(WRITES_MARKDOWN))
@pytest.mark.parametrize(("markdown", "text"), MARKDOWN)
def test_markdown_is_read_where_it_is_written(service: str, markdown: str, text: str) -> None:
    assert read(say_marked(service, markdown), service) == text


@pytest.mark.parametrize("service", sorted({*FORMS} - WRITES_HTML - WRITES_MARKDOWN))
@pytest.mark.parametrize("words", ["<b>bold</b> &amp; **bold** [a](https://a.example)", "<p>One</p>", "# One"])
def test_where_neither_is_written_text_is_what_it_is(service: str, words: str) -> None:
    assert html_to_text(words) != words or markdown_to_text(words) != words
    assert read(say(service, words)[0], service) == words


@pytest.mark.parametrize("service", sorted(WRITES_HTML))
def test_what_was_read_once_is_not_read_again(service: str) -> None:
    assert read(say(service, "&lt;b&gt;x&lt;/b&gt; &amp;amp;")[0], service) == "<b>x</b> &amp;"
