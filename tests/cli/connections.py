"""Arguments of `patchbay connect` for the fakes, and what it stored."""

from __future__ import annotations

from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.domain.accounts import Connection, Endpoint
from patchbay_cli.deployment import Deployment
from tests.cli.webhook_receiver import read_as_functions_do

TOKEN = "token=the-good-token"
PIGEON = ("connect", "pigeon", "loft", "--secret", TOKEN)
DESK = ("--secret", TOKEN, "--set", "base_url=https://desk.test")


def read_stored(configuration: ConfigurationStore, connection_id: str) -> Connection:
    stored = configuration.connection(connection_id)
    assert stored is not None
    return stored


def find_endpoint(deployment: Deployment, service: str, url: str) -> Endpoint:
    prefix = f"https://abc123.execute-api.eu-central-1.amazonaws.com/{service}/"
    assert url.startswith(prefix)
    endpoint = read_as_functions_do(deployment).endpoint(service, url.removeprefix(prefix))
    assert endpoint is not None
    return endpoint
