"""The rooms of every service, found by folder: what the contract tests loop over."""

from __future__ import annotations

import base64
import importlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from patchbay.domain.accounts import Endpoint, Secrets
from patchbay.kit import registry
from patchbay.kit.contract import Connector, WebhookRequest
from patchbay.kit.standard_webhooks import SECRET_PREFIX
from playground.simulator import Simulator, WebhookAnswer
from tests.harness.forms import name_service
from tests.harness.gateway import read_gateway_event
from tests.harness.virtual_time import VirtualTime

ROOT = Path(__file__).parents[2]
SERVICES = registry.names()

#: Services whose webhooks come in forms that have nothing in common, with how the names of the samples begin.
_FORMS = {"freshchat webhook": "", "freshchat app": "app_"}
#: Every form in which webhooks come, named by its service where there is one only.
FORMS = [form for service in SERVICES for form in [one for one in _FORMS if one.startswith(service)] or [service]]


@dataclass(frozen=True)
class Sample:
    """One sample event and what it means."""

    service: str
    situation: str

    @property
    def path(self) -> Path:
        return ROOT / "events" / self.service / f"{self.situation}.json"

    @property
    def expected(self) -> list[dict[str, Any]]:
        return json.loads((self.path.parent / "expected" / self.path.name).read_text())  # type: ignore[no-any-return]

    def request(self) -> WebhookRequest:
        return read_gateway_event(json.loads(self.path.read_text()))

    def __str__(self) -> str:
        return f"{self.service}-{self.situation}"


def samples(form: str = "") -> list[Sample]:
    """The samples of one service, of one of its forms, or of all."""
    return [
        Sample(name, path.stem)
        for name in ([name_service(form)] if form else SERVICES)
        for path in sorted((ROOT / "events" / name).glob("*.json"))
        if path.stem != "endpoint" and (form not in _FORMS or _find_form(name, path.stem) == form)
    ]


def _find_form(service: str, situation: str) -> str:
    found = [form for form, start in _FORMS.items() if form.startswith(service) and situation.startswith(start)]
    return max(found, key=lambda form: len(_FORMS[form]))


def sample_endpoint(form: str) -> Endpoint:
    service = name_service(form)
    facts = json.loads(_read_endpoint(service))
    return Endpoint(
        id=facts["id"],
        service=service,
        settings=facts["settings"],
        secrets=Secrets(values=facts["secrets"], version="1"),
        accounts=frozenset(facts["accounts"]),
        strangers=frozenset(facts.get("strangers", [])),
        tenants={tenant: frozenset(accounts) for tenant, accounts in facts.get("tenants", {}).items()},
        threads=facts.get("threads", {}),
    )


@cache
def _read_endpoint(service: str) -> str:
    return (ROOT / "events" / service / "endpoint.json").read_text()


def other_secret(value: str) -> str:
    """A secret of the same kind that is another one."""
    if value.startswith(SECRET_PREFIX):
        return SECRET_PREFIX + base64.b64encode(base64.b64decode(value.removeprefix(SECRET_PREFIX))[::-1]).decode()
    if "PUBLIC KEY" not in value:
        return value[::-1] + "x"
    key = generate_private_key(public_exponent=65537, key_size=2048).public_key()
    spki = base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    return f"-----BEGIN PUBLIC KEY----- {spki} -----END PUBLIC KEY-----"


def load_connector(form: str) -> Connector:
    return registry.load(name_service(form))


def make_simulator(service: str) -> Simulator:
    kind: type[Simulator] = importlib.import_module(f"playground.services.{service}").SIMULATOR
    return kind(VirtualTime(), lambda *_: WebhookAnswer(200), Random(1))
