"""Hosts of AWS's services are those that botocore's rules name, in every region that it lists."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader

from patchbay.aws.api.endpoints import endpoint_of
from patchbay.domain.errors import Misconfigured

SERVICES = ("sqs", "dynamodb", "secretsmanager")
#: By the names of their hosts, what botocore calls them.
MODELS = {**{service: service for service in SERVICES}, "social-messaging": "socialmessaging"}


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_SQS",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        "AWS_ENDPOINT_URL_SOCIALMESSAGING",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_USE_FIPS_ENDPOINT",
        "AWS_USE_DUALSTACK_ENDPOINT",
    ):
        monkeypatch.delenv(name, raising=False)


def _regions() -> Iterator[str]:
    """Those where functions run; "aws-cn-global" and the like are names for services without regions."""
    for partition in Loader().load_data("partitions")["partitions"]:
        yield from (region for region in partition["regions"] if not region.endswith("-global"))


@pytest.mark.parametrize("fips", [False, True])
@pytest.mark.parametrize("service", MODELS)
def test_every_host_in_every_region_is_botocores(service: str, fips: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    loader = Loader()
    rules = EndpointProvider(
        loader.load_service_model(MODELS[service], "endpoint-rule-set-1"), loader.load_data("partitions")
    )
    if fips:
        monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    regions = list(_regions())
    named = {region: endpoint_of(service, region) for region in regions}
    expected = {
        region: rules.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=False).url for region in regions
    }
    assert len(regions) > 40
    assert named == expected


def test_one_variable_leads_all_services_elsewhere_and_others_only_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    monkeypatch.setenv(
        "AWS_ENDPOINT_URL_SECRETS_MANAGER", "https://vpce-1.secretsmanager.eu-central-1.vpce.amazonaws.com/"
    )
    assert [endpoint_of(service, "eu-central-1") for service in SERVICES] == [
        "http://127.0.0.1:4566",
        "http://127.0.0.1:4566",
        "https://vpce-1.secretsmanager.eu-central-1.vpce.amazonaws.com",
    ]
    monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    assert endpoint_of("sqs", "eu-central-1") == "https://sqs.eu-central-1.amazonaws.com"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1:4566",
        "ftp://aws.example",
        "https://",
        "https://user:word@aws.example",
        "https://aws.example/prefix",
        "https://aws.example?word",
        "https://aws.example:port",
        "https://[::1",
    ],
)
def test_an_address_that_could_not_be_kept_whole_is_refused_and_not_quoted(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", address)
    with pytest.raises(Misconfigured) as refused:
        endpoint_of("sqs", "eu-central-1")
    assert "word" not in str(refused.value)


def test_fips_and_an_address_of_ones_own_exclude_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with boto3: nobody could say whether that address complies."""
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "TRUE")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://aws.example")
    with pytest.raises(Misconfigured, match="remove one of them"):
        endpoint_of("sqs", "eu-central-1")


def test_dual_stack_hosts_are_refused_unless_they_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_USE_DUALSTACK_ENDPOINT", "true")
    with pytest.raises(Misconfigured, match=re.escape("AWS_ENDPOINT_URL_SQS")):
        endpoint_of("sqs", "eu-central-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SQS", "https://sqs.eu-central-1.api.aws")
    assert endpoint_of("sqs", "eu-central-1") == "https://sqs.eu-central-1.api.aws"
