"""The template, read as a document: a service that is not wired up, or may too much, is found before a deployment."""

from __future__ import annotations

import pytest

from tests.template.stack.scene import (
    FUNCTIONS,
    RESOURCES,
    ROOT,
    WEBHOOKS,
    function_in,
    of_type,
    role_of,
    routes,
)


@pytest.mark.parametrize("folder", sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py")))
def test_every_function_has_a_stanza_with_a_role_and_a_log_of_its_own(folder: str) -> None:
    name, function = function_in(folder)
    others = [other for other in FUNCTIONS if other != name]

    assert role_of(function) not in {role_of(FUNCTIONS[other]) for other in others}
    assert function["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == folder
    log = function["LoggingConfig"]["LogGroup"]["Ref"]
    assert RESOURCES[log]["Properties"]["LogGroupName"] == {"!Sub": f"/patchbay/${{Stage}}/{folder}"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_stanza_has_a_function_that_holds_one_file_of_code(name: str) -> None:
    """The web chat has its own server beside it, in `chat`, and what it serves, in `dist`, bundled from `static`."""
    folder = ROOT / FUNCTIONS[name]["CodeUri"]

    beside = {"static", "dist", "chat", "types.d.ts"} if folder.name == "webchat" else set()
    assert {path.name for path in folder.iterdir()} - {"__pycache__", *beside} == {"app.py"}, folder


@pytest.mark.parametrize("folder", WEBHOOKS)
def test_every_webhook_function_has_its_route(folder: str) -> None:
    _, function = function_in(folder)

    address = f"POST /{folder.removesuffix('_webhook')}/{{webhook_token}}"
    assert {address, f"{address}/{{proxy+}}"} & set(routes(function))


@pytest.mark.parametrize("folder", WEBHOOKS)
def test_every_webhook_function_has_an_alarm_and_a_saved_query(folder: str) -> None:
    name, function = function_in(folder)
    log = function["LoggingConfig"]["LogGroup"]
    watched = [alarm.get("Dimensions", []) for alarm in of_type("AWS::CloudWatch::Alarm").values()]
    queried = [query["LogGroupNames"] for query in of_type("AWS::Logs::QueryDefinition").values()]

    assert [{"Name": "FunctionName", "Value": {"Ref": name}}] in watched
    assert [log] in queried


def test_a_file_can_be_fetched_and_looked_at() -> None:
    _, function = function_in("media")

    assert routes(function) == {"GET /media/{token}/{filename}", "HEAD /media/{token}/{filename}"}


def test_accounts_join_at_two_addresses_and_within_the_time_that_the_api_waits() -> None:
    _, function = function_in("oauth")

    assert routes(function) == {"GET /oauth/{service}/{app}/start", "GET /oauth/{service}/{app}/callback"}
    assert function["Timeout"] < 30
