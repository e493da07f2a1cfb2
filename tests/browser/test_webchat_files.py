"""Files as browsers of other systems hand them over: under another type's name, or under none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.webchat_world import ChatWorld, chat_world
from tests.harness.hostile_files import make_zip

pytestmark = pytest.mark.browser

HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(40)
ZIP = make_zip({"a.txt": b"a"})


@pytest.fixture
def world() -> Iterator[ChatWorld]:
    with chat_world() as world:
        yield world


def test_what_is_accepted_goes_by_every_name_of_its_type_and_by_its_extension(world: ChatWorld, page: Page) -> None:
    """A photo that no browser draws is a file, before it is sent and afterwards."""
    page.goto(world.page)
    box = page.get_by_role("textbox")
    box.fill("Ann")
    box.press("Enter")
    expect(box).to_be_focused()
    files: list[FilePayload] = [
        {"name": "windows.zip", "mimeType": "application/x-zip-compressed", "buffer": ZIP},
        {"name": "old.zip", "mimeType": "application/x-compressed", "buffer": ZIP},
        {"name": "nameless.zip", "mimeType": "", "buffer": ZIP},
        {"name": "letter.rtf", "mimeType": "application/x-rtf", "buffer": b"{\\rtf1 Hello}"},
        {"name": "IMG_1.HEIC", "mimeType": "image/heic", "buffer": HEIC},
    ]
    page.locator("input[type=file]").set_input_files(files)
    expect(page.locator(".tray img")).to_have_count(0)
    page.keyboard.press("Enter")
    shown = page.get_by_role("log").locator("a.file")
    expect(shown).to_have_count(len(files))
    for link, file in zip(shown.all(), files, strict=True):
        expect(link).to_contain_text(str(file["name"]))
    expect(page.get_by_role("log").locator("img")).to_have_count(0)
    expect(page.locator(".failure")).to_have_count(0)
    page.locator("input[type=file]").set_input_files({"name": "a.xyz", "mimeType": "a/b", "buffer": b"x"})
    expect(page.locator(".tray li")).to_have_count(0)
    expect(page.get_by_text("a.xyz")).to_be_visible()
