"""A secret that was changed, or set for the first time, works at once, in every container, whatever came before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from patchbay.aws.stores.connections import REREAD_EVERY
from patchbay.aws.stores.secret_values import PREVIOUS_KEPT
from patchbay.kit import registry
from patchbay.kit.contract import WebhookRequest
from tests.connectors.services import SERVICES, Sample, other_secret, sample_endpoint
from tests.harness.containers import Containers, containers

VERIFYING = [name for name in SERVICES if any(setting.verifies for setting in registry.load(name).settings)]
RENEWED = 1.0  #: seconds; what the documentation promises


def right(service: str) -> Mapping[str, str]:
    """The secrets that the sample events are signed with."""
    return dict(sample_endpoint(service).secrets.values)


def wrong(service: str) -> Mapping[str, str]:
    return {name: other_secret(value) for name, value in right(service).items()}


def sample(service: str) -> WebhookRequest:
    return Sample(service, "message_text").request()


def forge(service: str) -> WebhookRequest:
    return replace(sample(service), body=b'{"event": "made up"}')


@pytest.fixture(params=VERIFYING)
def service(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def replaced(service: str) -> Iterator[Containers]:
    """Three warm containers that know another secret than the one which the service signs with from now on."""
    with containers(service, secrets=wrong(service)) as warm:
        assert warm.answers(forge(service)) == [401] * 3
        warm.time.advance(60)
        yield warm


def test_what_is_signed_with_a_new_secret_is_taken_though_a_forged_webhook_came_just_before(
    service: str, replaced: Containers
) -> None:
    """On a busy account one always comes between the change at the service and the change here."""
    assert replaced.answers(sample(service)) == [401] * 3
    replaced.time.advance(0.5)
    replaced.give(right(service))
    replaced.time.advance(RENEWED - 0.5)
    assert max(replaced.answers(sample(service))) < 300


def test_what_is_signed_with_a_new_secret_is_taken_at_once_where_nothing_came_before(
    service: str, replaced: Containers
) -> None:
    replaced.give(right(service))
    assert max(replaced.answers(sample(service))) < 300


def test_a_secret_that_is_changed_twice_within_seconds_is_known_both_times(service: str, replaced: Containers) -> None:
    replaced.give({name: f"{value}-in-between" for name, value in wrong(service).items()})
    assert replaced.answers(sample(service)) == [401] * 3
    replaced.time.advance(RENEWED)
    replaced.give(right(service))
    replaced.time.advance(RENEWED)
    assert max(replaced.answers(sample(service))) < 300


def test_a_stranger_who_posts_all_the_time_keeps_no_new_secret_out(service: str, replaced: Containers) -> None:
    for _ in range(40):
        replaced.time.advance(0.1)
        replaced.answers(forge(service))
    replaced.give(right(service))
    for _ in range(10):
        replaced.time.advance(0.1)
        replaced.answers(forge(service))
    assert max(replaced.answers(sample(service))) < 300


def test_the_first_secret_is_taken_though_webhooks_came_before_it(service: str) -> None:
    """The service was told the address first, and shows its key only then."""
    with containers(service, secrets={}) as warm:
        assert warm.answers(sample(service)) == [401] * 3
        warm.give(right(service))
        warm.time.advance(RENEWED)
        assert max(warm.answers(sample(service))) < 300


def test_a_secret_that_was_taken_away_and_given_anew_is_taken(service: str, replaced: Containers) -> None:
    replaced.give(dict.fromkeys(wrong(service), ""))
    assert replaced.answers(sample(service)) == [401] * 3
    replaced.give(right(service))
    replaced.time.advance(RENEWED)
    assert max(replaced.answers(sample(service))) < 300


def test_what_is_signed_with_the_old_secret_is_taken_for_a_day_and_no_longer(service: str) -> None:
    with containers(service) as warm:
        assert max(warm.answers(sample(service))) < 300
        warm.give(wrong(service))
        for hours in (0, 12, 11):
            warm.time.advance(hours * 3600)
            assert max(warm.answers(sample(service))) < 300
        warm.time.advance(PREVIOUS_KEPT.total_seconds())
        assert warm.answers(sample(service)) == [401] * 3


def test_a_stranger_causes_one_small_read_a_second_and_hardly_a_read_of_the_secret(
    service: str, replaced: Containers
) -> None:
    replaced.cloud.calls.clear()
    seconds = 120
    for _ in range(seconds):
        for _ in range(5):
            replaced.answers(forge(service))
        replaced.time.advance(1)
    reads, containers_ = replaced.cloud.calls, len(replaced.receivers)
    assert reads.count("GetItem") <= (seconds + 2) * containers_
    assert reads.count("GetSecretValue") <= (seconds / REREAD_EVERY.total_seconds() + 1) * containers_
    assert set(reads) == {"GetItem", "GetSecretValue"}
