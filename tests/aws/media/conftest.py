"""Attachments from strangers' addresses into our store and out again: the fixtures."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from patchbay.aws.net.download import Downloader
from patchbay.aws.stores.media import S3Media
from tests.aws import aws


@pytest.fixture
def cloud() -> Iterator[aws.Aws]:
    with aws.running() as running:
        yield running


@pytest.fixture
def media(cloud: aws.Aws) -> S3Media:
    return S3Media(lambda: cloud.s3, aws.BUCKET, "https://bridge.test", Downloader(local=True))
