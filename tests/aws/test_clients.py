"""Our own calls to AWS: which host files are fetched from, and that no call outlasts the function that waits for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
import requests
from moto import mock_aws

from chat.aws.files import S3Files
from chat.model import Upload
from patchbay.aws import clients
from patchbay.aws.api.retries import LONGEST_PAUSE
from patchbay.aws.clock import SystemClock
from patchbay.aws.deadline import RESERVE
from patchbay.aws.handlers.media import MediaServer
from patchbay.aws.settings import MediaEnvironment
from patchbay.bridge.quotas import LocalLimits
from tests.aws import aws
from tests.harness.fakes.telemetry import MemoryTelemetry
from tests.harness.virtual_time import VirtualTime

BUCKET = "patchbay-prod-files-1a2b3c"
TOKEN = "t" * 43
KEY = f"media/{TOKEN}/a.png"


@pytest.fixture
def fresh() -> Iterator[None]:
    clients.forget()
    yield
    clients.forget()


def _variables(region: str, endpoint: str = "") -> dict[str, str]:
    known = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_SESSION_TOKEN": "testing"}
    return {**known, "AWS_REGION": region, "AWS_DEFAULT_REGION": region, "AWS_ENDPOINT_URL": endpoint}


def _upload() -> Upload:
    until = VirtualTime().now()
    return Upload(id="u", chat="c", token=TOKEN, name="a.png", content_type="image/png", size=4, until=until)


def _addresses() -> Mapping[str, str]:
    """Every presigned address that the product makes."""
    files = S3Files(clients.s3, BUCKET)
    environment = MediaEnvironment(stage="test", region="-", table_name="-", bucket_name=BUCKET, retention_days=30)
    limits = LocalLimits(SystemClock())
    server = MediaServer(clients.s3(), environment, limits, limits, MemoryTelemetry())
    return {
        "media, GET": server.serve("GET", TOKEN, "a.png").headers["location"],
        "media, HEAD": server.serve("HEAD", TOKEN, "a.png").headers["location"],
        "web chat, form": files.offer(_upload()).url,
        "web chat, origin": files.origin,
    }


def _store(region: str) -> None:
    where: dict[str, object] = {} if region == "us-east-1" else {"LocationConstraint": region}
    clients.s3().create_bucket(Bucket=BUCKET, **({"CreateBucketConfiguration": where} if where else {}))  # type: ignore[arg-type]
    clients.s3().put_object(Bucket=BUCKET, Key=KEY, Body=b"\x89PNG")


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1", "eu-south-1"])
def test_presigned_addresses_lead_to_the_buckets_own_region(region: str, fresh: None) -> None:
    with patch.dict("os.environ", _variables(region)), mock_aws():
        _store(region)
        addresses = _addresses()
        answer = requests.get(addresses["media, GET"], timeout=5)
    hosts = {name: urlsplit(address).netloc for name, address in addresses.items()}
    assert hosts == dict.fromkeys(addresses, f"{BUCKET}.s3.{region}.amazonaws.com")
    assert answer.content == b"\x89PNG"


def test_a_local_aws_that_has_no_host_names_is_asked_by_path(fresh: None) -> None:
    endpoint = "http://127.0.0.1:4566"
    with patch.dict("os.environ", _variables("eu-west-1", endpoint)):
        files = S3Files(clients.s3, BUCKET)
        assert files.origin == endpoint
        assert files.offer(_upload()).url == f"{endpoint}/{BUCKET}"
        signed = clients.s3().generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": KEY})
    assert signed.startswith(f"{endpoint}/{BUCKET}/{KEY}?")


# --- time ------------------------------------------------------------------------------------------------------------

#: What a webhook does beside the one call that hangs: three others at a bad but ordinary pace, and its own work.
_REST = 2.0


def _longest(patience: clients.Patience, client: Any) -> float:
    """Seconds until a call that hangs in every attempt has failed, with the longest pauses between them."""
    config, limits = client.meta.config, clients.LIMITS[patience]
    assert config.retries["total_max_attempts"] == limits.attempts
    pauses = sum(min(2.0**number, LONGEST_PAUSE) for number in range(limits.attempts - 1))
    return float(limits.attempts * (limits.connect + max(limits.read, config.read_timeout)) + pauses)


def _functions() -> list[str]:
    kinds = {name: made["Type"] for name, made in aws.read_template()["Resources"].items()}
    return sorted(name for name, kind in kinds.items() if kind == "AWS::Serverless::Function")


BACKGROUND = ("DispatcherFunction", "WebhookMonitorFunction")


@pytest.mark.parametrize("function", [name for name in _functions() if name not in BACKGROUND])
def test_a_call_that_hangs_fails_while_the_function_can_still_answer(function: str, fresh: None) -> None:
    with patch.dict("os.environ", _variables("eu-west-1")):
        made: list[Any] = [clients.secrets_writer(), clients.s3(), clients.table("t").meta.client]
    assert max(_longest(clients.ANSWERING, client) for client in made) + _REST <= aws.function(function, "Timeout")


@pytest.mark.parametrize("function", BACKGROUND)
def test_a_call_that_hangs_fails_while_the_batch_can_still_be_handed_back(function: str, fresh: None) -> None:
    with patch.dict("os.environ", _variables("eu-west-1")):
        patience = clients.BACKGROUND
        made: list[Any] = [clients.secrets_writer(patience), clients.s3(patience)]
        made.append(clients.table("t", patience).meta.client)
    assert max(_longest(patience, client) for client in made) + RESERVE <= aws.function(function, "Timeout")
