"""What the tests of this folder share."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from patchbay.bridge.oauth import set_up_account
from patchbay.domain.accounts import ConnectionStatus
from patchbay.kit import registry
from playground.services.vcita import DEMO_BUSINESS, DEMO_STAFF, Vcita
from playground.services.vcita.records import Client
from playground.services.viber import Viber
from playground.services.viber.records import Person
from tests.harness.fakes.configuration import MemoryConfiguration
from tests.harness.world import World

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200
SECONDS = timedelta(seconds=1)


class Scene(World):
    """Viber linked to vcita, with one customer."""

    viber: Viber
    vcita: Vcita
    asa: Person

    @property
    def client(self) -> Client:
        """The one client of the business."""
        [client] = self.vcita.businesses[0].clients
        return client

    def staff_sees(self, client: Client | None = None) -> list[str]:
        return [line.text for line in (client or self.client).lines if line.author == "customer"]

    def customer_sees(self) -> list[str]:
        return [
            line.text or f"<{line.attachment['kind'] if line.attachment else 'other'}>"
            for line in self.asa.lines
            if line.author == "agent"
        ]

    def statuses(self) -> list[list[str]]:
        """Of each message of the staff, every status that vcita was told."""
        return [list(line.reported) for line in self.client.lines if line.author == "agent"]

    def says(self, *texts: str) -> None:
        for text in texts:
            self.viber.write(self.asa.id, text)

    def reply(self, text: str, staff: str = DEMO_STAFF) -> None:
        self.vcita.reply(self.client.uid, staff, text)

    def status(self) -> ConnectionStatus:
        return self.connections.connections["vcita-1"].status

    def join_again(self) -> None:
        """The business authorizes the app again: a new token, and the account is set up as after any consent."""
        vcita = self.vcita
        token = vcita.actions.issue_token(vcita.apps[0], vcita.businesses[0], vcita.businesses[0].staff[0])
        vcita.apps[0].installed.add(DEMO_BUSINESS)
        known = self.connections.connections["vcita-1"]
        secrets = replace(known.secrets, values={**known.secrets.values, "access_token": token.value}, version="9")
        draft = replace(known, secrets=secrets, status=ConnectionStatus.ACTIVE, status_reason="")
        set_up_account(registry.load("vcita"), draft, MemoryConfiguration(self.connections), self.http)


def make_scene() -> Scene:
    scene = Scene("viber", "vcita")
    viber, vcita = scene.simulators["viber"], scene.simulators["vcita"]
    assert isinstance(viber, Viber)
    assert isinstance(vcita, Vcita)
    scene.viber, scene.vcita = viber, vcita
    scene.connect("viber")
    scene.asa = viber.new_person("Åsa Öberg")
    return scene
