"""What the owner reads when a service refuses the credentials: what to run, and where the new ones are found."""

from __future__ import annotations

import ast
import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest

from patchbay.domain.errors import AuthorizationNeeded
from patchbay.kit.account_setup import ChecksCredentials
from patchbay.kit.contract import HttpResponse
from tests.connectors.contract.scene import connection_of, deliver
from tests.connectors.services import ROOT, SERVICES, load_connector
from tests.harness.commands import check_command
from tests.harness.fakes.recording_http import RecordingHttp
from tests.harness.product import modules, name_of

_LOST = re.compile(r"\{[a-z_]+\.[a-z_.]+\}")

#: Where the service shows the credentials, in the words of our own pages.
FOUND = {
    "freshchat": "Admin Settings > APIs for chat",
    "giosg": "Settings > Company > Access tokens",
    "telegram": "API Token",
    "uchat": "flow with the bot",
    "unblu": "technical user",
    "vcita": "app market",
    "viber": "Edit info",
    "whatsapp": "System users",
}


def advice_of(service: str) -> str:
    """Giosg's messages go out in the customer's name, so it is asked when the account is checked."""
    refused = HttpResponse(status=401)
    if service != "giosg":
        return str(deliver(service, refused))
    connector = load_connector(service)
    assert isinstance(connector, ChecksCredentials)
    with pytest.raises(AuthorizationNeeded) as caught:
        connector.check_credentials(connection_of(service), RecordingHttp(refused))
    return str(caught.value)


@pytest.mark.parametrize("service", SERVICES)
def test_the_command_is_accepted_and_is_for_this_connection(service: str) -> None:
    [command] = re.findall(r"`patchbay ([^`]+)`", advice_of(service))
    words = shlex.split(command)
    check_command(words)
    assert words[:3] == ["connect", service, connection_of(service).id]
    given = {word.partition("=")[0] for before, word in pairwise(words) if before == "--secret"}
    secrets = {setting.name for setting in load_connector(service).settings if setting.secret and not setting.generated}
    assert given <= secrets
    assert bool(given) is bool(secrets)


@pytest.mark.parametrize("service", FOUND)
def test_the_advice_says_where_the_credentials_are_found_as_the_documents_do(service: str) -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    documents = " ".join(" ".join(page.read_text(encoding="utf-8") for page in pages).replace("*", "").split())
    assert re.search(FOUND[service], advice_of(service))
    assert re.search(FOUND[service], documents)


def test_every_service_with_credentials_of_its_own_is_listed() -> None:
    needed = {
        service
        for service in SERVICES
        if any(setting.secret and not setting.generated for setting in load_connector(service).settings)
    }
    assert needed == set(FOUND)


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_no_sentence_has_a_name_of_the_code_in_place_of_its_value(path: Path) -> None:
    """An f-string that lost its f. What has no dot in it is a placeholder of a service's."""
    constants = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)]
    assert not [one.value for one in constants if isinstance(one.value, str) and _LOST.search(one.value)]
