"""The web chat's addresses: who may call what from where, and the page with its files."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.harness.fakes.chats import HOOK, SITE, WebChat, write_static

SHOP, LOCAL, EVIL = "https://shop.test", "http://127.0.0.1:8000", "https://evil.test"


@pytest.fixture
def web(tmp_path: Path) -> WebChat:
    return WebChat(write_static(tmp_path))


# --- origins ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [SHOP, LOCAL])
def test_an_allowed_site_may_call_and_see_the_answers(web: WebChat, origin: str) -> None:
    made = web.call("POST", "api/visitors", {}, headers={"origin": origin})
    assert made.status == 201
    assert made.headers["access-control-allow-origin"] == origin
    assert made.headers["vary"] == "Origin"
    refused = web.call("GET", "api/chats", headers={"origin": origin})
    assert (refused.status, refused.headers["access-control-allow-origin"]) == (401, origin)


@pytest.mark.parametrize(
    "origin", [EVIL, "https://shop.test.evil.test", "https://shop.test:444", "http://shop.test", "null"]
)
def test_a_foreign_site_writes_nothing_and_sees_nothing(web: WebChat, origin: str) -> None:
    browser = web.browser()
    chat = browser.start()
    for method, path in (("POST", f"chats/{chat}/messages"), ("DELETE", f"chats/{chat}"), ("DELETE", "visitors/me")):
        answer = browser.call(method, path, {"id": web.new_id(), "text": "x"}, origin=origin)
        assert (answer.status, answer.code) == (403, "foreign_origin")
        assert "access-control-allow-origin" not in answer.headers
    assert "access-control-allow-origin" not in browser.call("GET", "chats", origin=origin).headers
    assert browser.texts(chat) == []


@pytest.mark.parametrize("headers", [{"origin": "https://bridge.test"}, {"origin": "http://x:1", "host": "x:1"}])
def test_the_page_itself_may_always_write(web: WebChat, headers: dict[str, str]) -> None:
    assert web.call("POST", "api/visitors", {}, headers=headers).status == 201


def test_a_preflight_is_answered_for_allowed_sites_alone(web: WebChat) -> None:
    answer = web.call("OPTIONS", "api/chats", headers={"origin": SHOP, "access-control-request-method": "POST"})
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == SHOP
    assert answer.headers["access-control-allow-methods"] == "GET, POST, PATCH, PUT, DELETE"
    assert answer.headers["access-control-allow-headers"] == "authorization, content-type"
    refused = web.call("OPTIONS", "api/chats", headers={"origin": EVIL})
    assert refused.status == 403
    assert not any(name.startswith("access-control") for name in refused.headers)


def test_without_allowed_origins_no_site_is_allowed(web: WebChat) -> None:
    web.connections.add(
        replace(SITE, settings={"allowed_origins": "*, https://, x; script-src *, https://a.test/b"}), HOOK
    )
    for origin in ("*", SHOP, "https://", "https://a.test"):
        assert web.call("POST", "api/visitors", {}, headers={"origin": origin}).status == 403
    assert web.call("GET").headers["content-security-policy"].endswith("frame-ancestors 'self'")


# --- addresses and methods -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "api/about", "GET"),
        ("GET", "api/visitors", "POST"),
        ("PATCH", "api/chats", "GET, POST"),
        ("POST", "api/visitors/me", "DELETE"),
        ("PUT", "api/chats/x/messages", "GET, POST"),
        ("GET", "api/chats/x/read", "POST"),
        ("POST", "widget.js", "GET, HEAD"),
        ("DELETE", "static/page.js", "GET, HEAD"),
        ("PUT", "", "GET, HEAD"),
    ],
)
def test_a_wrong_method_is_told_which_are_right(web: WebChat, method: str, path: str, allowed: str) -> None:
    answer = web.call(method, path)
    assert (answer.status, answer.code, answer.headers["allow"]) == (405, "wrong_method", allowed)


def test_the_bridges_addresses_have_methods_too(web: WebChat) -> None:
    assert web.ask("GET", f"chats/{web.new_id()}").headers["allow"] == "DELETE"


@pytest.mark.parametrize(
    "path", ["api", "api/", "api/nothing", "api/chats//messages/x/y", "nothing", "api/about/", "bridge"]
)
def test_other_addresses_are_unknown(web: WebChat, path: str) -> None:
    answer = web.ask("GET", "x") if path == "bridge" else web.call("GET", path)
    assert (answer.status, answer.code) == (404, "unknown_address")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("POST", "api/visitors"), ("GET", "bridge/about"), ("OPTIONS", "api/x")]
)
def test_a_hook_that_nobody_has_is_unknown(web: WebChat, method: str, path: str) -> None:
    answer = web.call(method, path, webhook_token="made-up")
    assert (answer.status, answer.code) == (404, "unknown_page")


def test_the_page_takes_no_notes(web: WebChat) -> None:
    """The bridge is called in the same process, so whoever posts one from outside is a stranger."""
    answer = web.call("POST", "", b"{}", headers={"x-patchbay-signature": "sha256=00"})
    assert (answer.status, answer.code) == (405, "wrong_method")
    assert web.bridge.notes == []


def test_a_body_that_is_too_large_is_refused(web: WebChat) -> None:
    browser = web.browser()
    chat = browser.start()
    answer = browser.post(chat, "x" * 33_000)
    assert (answer.status, answer.code) == (413, "too_large")
    assert web.call("POST", "api/visitors", b" " * (32 * 1024 + 1)).status == 413


@pytest.mark.parametrize("escaped", [True, False])
def test_the_longest_text_is_taken_however_it_is_written_as_json(web: WebChat, escaped: bool) -> None:
    browser = web.browser()
    chat = browser.start()
    body = json.dumps({"id": web.new_id(), "text": "é" * 4000}, ensure_ascii=escaped).encode()
    assert browser.call("POST", f"chats/{chat}/messages", body).status == 201


@pytest.mark.parametrize("content_type", ["text/plain", "", "application/x-www-form-urlencoded", "text/json"])
def test_a_body_that_is_no_json_is_refused(web: WebChat, content_type: str) -> None:
    answer = web.call("POST", "api/visitors", b"{}", headers={"content-type": content_type})
    assert (answer.status, answer.code) == (415, "no_json")


def test_the_page_asks_how_it_should_look(web: WebChat) -> None:
    about = web.call("GET", "api/about").json
    assert (about["title"], about["language"], about["text_limit"]) == ("Ask us", "en", 4000)
    assert about["upload"]["max_bytes"] == 20 * 1024 * 1024
    assert {"image/*", "application/pdf"} <= set(about["upload"]["types"])
    assert "the-service-key" not in str(about)


# --- the page and its files ------------------------------------------------------------------------------------------


def test_the_page_finds_everything_relative_to_its_own_address(web: WebChat) -> None:
    page = web.call("GET")
    assert page.status == 200
    text = page.body.decode()
    assert f'<base href="{HOOK}/">' in text
    address = text.partition('src="')[2].partition('"')[0]
    file = web.call("GET", address)
    assert (file.status, file.body) == (200, b"main()")
    assert file.headers["content-type"] == "text/javascript; charset=utf-8"
    assert file.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_the_page_runs_nothing_but_its_own_files(web: WebChat) -> None:
    headers = web.call("GET").headers
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["base-uri"] == "'self'"
    assert policy["connect-src"] == "'self' https://files.test wss://live.test"
    assert policy["frame-ancestors"] == f"'self' {LOCAL} {SHOP}"
    assert "unsafe" not in headers["content-security-policy"]
    assert "https:" not in policy["media-src"].split()


@pytest.mark.parametrize("path", ["", "widget.js", "static/page.js", "static/icon.svg", "static/0000/page.css"])
def test_a_file_that_the_browser_has_is_not_sent_again(web: WebChat, path: str) -> None:
    first = web.call("GET", path)
    again = web.call("GET", path, headers={"if-none-match": f'"other", W/{first.headers["etag"]}'})
    assert (first.status, again.status, again.body) == (200, 304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert web.call("GET", path, headers={"if-none-match": '"other"'}).status == 200
    assert "immutable" not in first.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "static",
        "static/",
        "static/../app.py",
        "static/..%2fapp.py",
        "static/page.html",
        "static/a/b/page.js",
        "static/app.py",
    ],
)
def test_no_path_leads_out_of_the_folder(web: WebChat, path: str) -> None:
    assert web.call("GET", path).status == 404


def test_another_page_has_other_addresses_for_its_files(web: WebChat, tmp_path: Path) -> None:
    before = web.call("GET").body
    (tmp_path / "page.js").write_text("other()")
    assert WebChat(tmp_path).call("GET").body != before


SCRIPT = "let text = 'a';\n" * 400


@pytest.fixture
def large(tmp_path: Path) -> WebChat:
    """A page with a script that is worth compressing."""
    folder = write_static(tmp_path)
    (folder / "page.js").write_text(SCRIPT)
    return WebChat(folder)


@pytest.mark.parametrize("codings", ["gzip", "br, gzip;q=0.8", "deflate, GZIP ; q=1.0"])
def test_a_file_travels_compressed_to_who_can_read_it(large: WebChat, codings: str) -> None:
    file = large.call("GET", "static/page.js", headers={"accept-encoding": codings})
    assert (file.status, file.headers["content-encoding"]) == (200, "gzip")
    assert gzip.decompress(file.body).decode() == SCRIPT
    assert len(file.body) < len(SCRIPT) / 10
    assert {"Accept-Encoding", "Origin"} == set(file.headers["vary"].split(", "))
    known = {"accept-encoding": codings, "if-none-match": file.headers["etag"]}
    assert large.call("GET", "static/page.js", headers=known).status == 304


@pytest.mark.parametrize("codings", ["", "br", "gzip;q=0", "gzip; q=0.00", "identity"])
def test_and_as_it_is_to_everybody_else(large: WebChat, codings: str) -> None:
    file = large.call("GET", "static/page.js", headers={"accept-encoding": codings})
    assert "content-encoding" not in file.headers
    assert file.body.decode() == SCRIPT
    packed = large.call("GET", "static/page.js", headers={"accept-encoding": "gzip"})
    assert packed.headers["etag"] != file.headers["etag"]  # a cache must not give one for the other


def test_what_is_small_is_not_compressed(web: WebChat) -> None:
    for path in ("", "widget.js", "static/page.css"):
        assert "content-encoding" not in web.call("GET", path, headers={"accept-encoding": "gzip"}).headers
