"""What a visitor reads when a file is not accepted, in each language of the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, expect

from tests.browser.webchat_harness import WebChatHarness, open_webchat
from tests.harness.hostile_files import EXE, HTML

pytestmark = pytest.mark.browser

WORDS = {
    "en": "programs, scripts, web pages, documents with macros and damaged files are not accepted here",
    "de": "Programme, Skripte, Webseiten, Dokumente mit Makros und beschädigte Dateien werden hier nicht angenommen",
    "fr": "les programmes, les scripts, les pages web, les documents avec macros et les fichiers endommagés",
    "es": "aquí no se admiten programas, scripts, páginas web, documentos con macros ni archivos dañados",
    "fi": "ohjelmia, komentosarjoja, verkkosivuja, makroja sisältäviä asiakirjoja ja viallisia tiedostoja",
}


@pytest.fixture
def world() -> Iterator[WebChatHarness]:
    with open_webchat() as world:
        yield world


@pytest.mark.parametrize("language", WORDS)
def test_a_refused_file_says_why_and_what_to_do(world: WebChatHarness, browser: Browser, language: str) -> None:
    """Before the upload by its name, after it by its content; later messages go out."""
    context = browser.new_context(locale=language)
    page = context.new_page()
    page.goto(world.page)
    box = page.get_by_role("textbox")
    box.fill("Ann")
    box.press("Enter")
    expect(page.get_by_role("log")).to_be_visible()
    expect(box).to_be_focused()
    files: list[FilePayload] = [
        {"name": "run.vbs", "mimeType": "text/plain", "buffer": b"words"},
        {"name": "photo.png", "mimeType": "image/png", "buffer": EXE},
        {"name": "page.txt", "mimeType": "text/plain", "buffer": HTML},
    ]
    page.locator("input[type=file]").set_input_files(files)
    page.keyboard.press("Enter")
    failures = page.locator(".failure")
    expect(failures).to_have_count(3)
    for failure, file in zip(failures.all(), files, strict=True):
        expect(failure).to_contain_text(WORDS[language])
        expect(failure).to_contain_text(str(file["name"]))
        expect(failure).to_contain_text("PDF")
    page.locator("input[type=file]").set_input_files(
        {"name": "invoice.exe.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    )
    page.keyboard.press("Enter")
    expect(failures).to_have_count(4)
    expect(failures.last).not_to_contain_text(WORDS[language])
    expect(failures.last).to_contain_text("invoice.exe.pdf")
    box.fill("hello")
    page.keyboard.press("Enter")
    world.wait_until(lambda: world.texts == ["hello"])
    assert world.simulator.files.objects == {}
    context.close()
