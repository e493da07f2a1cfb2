"""Files that visitors send: chosen, dropped and pasted, and as browsers of different systems name their types."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.browser.webchat_harness import Asked, Visitor, WebChatHarness, draw_png, open_webchat
from tests.harness.hostile_files import make_zip

pytestmark = pytest.mark.browser

HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(40)
ZIP = make_zip({"a.txt": b"a"})


@pytest.fixture
def world() -> Iterator[WebChatHarness]:
    with open_webchat() as world:
        yield world


@pytest.fixture
def ann(world: WebChatHarness, page: Page) -> Iterator[Visitor]:
    """A visitor who sees the page for the first time."""
    page.goto(world.page)
    yield Visitor(page)
    page.goto("about:blank")


def test_an_image_is_sent_with_its_caption(ann: Visitor, page: Page, world: WebChatHarness) -> None:
    ann.start()
    ann.page.locator("input[type=file]").set_input_files(
        {"name": "lamp.png", "mimeType": "image/png", "buffer": draw_png()}
    )
    expect(ann.page.get_by_role("button", name="Remove lamp.png")).to_be_visible()
    ann.write("This one")
    expect(ann.states).to_have_attribute("aria-label", "Sent")
    page.reload()
    picture = ann.log.get_by_role("img", name="lamp.png")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 64
    message = world.received("message")[-1]["message"]
    assert (message["text"], message["attachment"]["name"]) == ("This one", "lamp.png")


def test_an_upload_shows_its_progress(ann: Visitor, page: Page, world: WebChatHarness) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/bucket", hold)
    ann.start()
    page.locator("input[type=file]").set_input_files(
        {"name": "bill.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 a bill"}
    )
    ann.write("")
    ann.write("after it")
    expect(ann.log.get_by_role("progressbar", name="Sending bill.pdf")).to_be_visible()
    expect(ann.states.first).to_have_attribute("aria-label", "Sending")
    expect(ann.states.last).to_have_attribute("aria-label", "Waiting to be sent")
    held[0].continue_()
    world.wait_until(lambda: world.texts == ["", "after it"])
    expect(ann.log.get_by_role("progressbar")).to_be_hidden()
    expect(ann.log.get_by_role("link", name="bill.pdf")).to_be_visible()


DROP = """(target, [kind, name, type]) => {
    const data = new DataTransfer();
    data.items.add(new File(["10 x 20 cm"], name, { type }));
    const made = kind === "paste"
        ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
        : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
    target.dispatchEvent(made);
}"""


@pytest.mark.parametrize("kind", ["drop", "paste"])
def test_a_file_can_be_dropped_and_pasted(ann: Visitor, world: WebChatHarness, kind: str) -> None:
    ann.start()
    ann.box.evaluate(DROP, [kind, "Größe und Maße.txt", "text/plain"])
    expect(ann.page.get_by_role("list", name="Files to send")).to_contain_text("Größe und Maße.txt")
    ann.page.get_by_role("button", name="Send", exact=True).click()
    expect(ann.log.get_by_role("link")).to_contain_text("Größe und Maße.txt")
    world.wait_until(lambda: bool(world.notes))


def test_what_cannot_be_sent_is_refused_before_it_is_sent(ann: Visitor, page: Page) -> None:
    ann.start()
    asked = Asked(page)
    page.locator("input[type=file]").evaluate(
        """input => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(21 * 1024 * 1024)], "video.mp4", { type: "video/mp4" }));
            data.items.add(new File(["MZ"], "setup.exe", { type: "application/x-msdownload" }));
            data.items.add(new File([], "nothing.png", { type: "image/png" }));
            input.files = data.files;
            input.dispatchEvent(new Event("change"));
        }"""
    )
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("“video.mp4” is 21 MB. Files can be up to 20 MB.")
    expect(alert).to_contain_text("“setup.exe” cannot be sent: files of this type are not accepted here.")
    expect(alert).to_contain_text("“nothing.png” is empty.")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("button", name="Dismiss")).to_be_hidden()
    assert [call for call in asked.take() if "uploads" in call] == []


def test_a_file_is_accepted_by_any_name_of_its_type_or_by_its_extension(world: WebChatHarness, page: Page) -> None:
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
