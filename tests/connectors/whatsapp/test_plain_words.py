"""What WhatsApp is not given as it is, in words; and who gets the token for a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from patchbay.domain.accounts import Connection, Secrets
from patchbay.domain.albums import Album
from patchbay.domain.errors import Rejected
from patchbay.domain.model import (
    Attachment,
    AttachmentKind,
    Button,
    Card,
    Cards,
    ContactCard,
    Location,
    Part,
    Role,
    Sender,
    Side,
    Text,
)
from patchbay.messengers.whatsapp import CONNECTOR
from patchbay.messengers.whatsapp.outbound import build_forms, build_plain

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
PLAN = Attachment(kind=AttachmentKind.FILE, url="https://files.test/plan.zip", name="plan.zip", caption="The plan")
PLACE = Location(latitude=47.5, longitude=8.5, label="The shop")
CARD = Card(title="Lamp", text="Warm light", image=PLAN, buttons=(Button(label="Buy", payload="buy"),))


def make_part(content: Any) -> Part:
    return Part(key="m:0", content=content, sender=Sender(role=Role.AGENT, name="Ann"), sent_at=NOW)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (Text(text="Hello"), ("Hello",)),
        (PLAN, ("The plan", "plan.zip", "https://files.test/plan.zip")),
        (Album(files=(PLAN, PLAN)), ("The plan", "https://files.test/plan.zip")),
        (PLACE, ("The shop", "47.5")),
        (ContactCard(name="Joe", phone="+41 79 000 00 00"), ("Joe: +41 79 000 00 00",)),
        (Cards(cards=(CARD,)), ("Lamp", "Warm light", "https://files.test/plan.zip", "Buy")),
    ],
)
def test_everything_can_be_said_in_words(content: object, words: tuple[str, ...]) -> None:
    said = str(build_plain(make_part(content)).as_fields())
    assert [word for word in words if word not in said] == []


def test_a_file_without_an_address_and_several_files_at_once_are_refused() -> None:
    lost = Attachment(kind=AttachmentKind.FILE, url=None, name="lost.pdf")
    with pytest.raises(Rejected, match="could not be downloaded"):
        build_plain(make_part(lost))
    with pytest.raises(Rejected, match="several files as one"):
        build_forms(make_part(Album(files=(PLAN, PLAN))))


@pytest.mark.parametrize(
    ("url", "gets_it"),
    [
        ("https://lookaside.fbsbx.com/whatsapp/1", True),
        ("https://media.whatsapp.net/1", True),
        ("https://graph.facebook.com/v25.0/1", True),
        ("https://fbsbx.com.evil.test/1", False),
        ("https://evilfbsbx.com/1", False),
        ("https://lookaside.fbsbx.com:8443/1", False),
        ("http://lookaside.fbsbx.com/1", False),
        ("nonsense", False),
    ],
)
def test_only_metas_own_servers_get_the_token(url: str, gets_it: bool) -> None:
    secrets = Secrets(values={"access_token": "t-1", "app_secret": "s"}, version="1")
    connection = Connection(
        id="w", service="whatsapp", side=Side.MESSENGER, endpoint_id="w", settings={}, secrets=secrets
    )
    request = CONNECTOR.make_download_request(Attachment(kind=AttachmentKind.FILE, url=url), connection)
    assert ("t-1" in str(request.headers)) is gets_it
