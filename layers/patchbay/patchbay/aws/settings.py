"""The environment variables of each function, as typed values; the only place that reads them.

Models are composed from small ones, so that a function asks for what it uses and nothing else.
"""

from __future__ import annotations

import os
from typing import Annotated, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from patchbay.aws.handlers.http_api import TrustedProxy
from patchbay.domain.errors import Misconfigured

Name = Annotated[str, Field(min_length=1)]


class Environment(BaseModel):
    """What every function knows."""

    # defer_build: each function uses one of these, so the others' schemas must not cost its cold start.
    model_config = ConfigDict(
        frozen=True, extra="ignore", validate_by_name=True, validate_by_alias=True, defer_build=True
    )

    stage: Annotated[Name, Field(alias="PATCHBAY_STAGE")]
    region: Annotated[Name, Field(alias="AWS_REGION")]
    emulator: Annotated[Literal["yes", "no"], Field(alias="PATCHBAY_EMULATOR")] = "no"

    @property
    def is_local(self) -> bool:
        """On the AWS of a developer's machine, where plain http to loopback is allowed. No name of a stage says so."""
        return self.emulator == "yes"


class MeasuredEnvironment(Environment):
    """POWERTOOLS_SERVICE_NAME and AWS_LAMBDA_LOG_LEVEL are read by Powertools itself."""

    metrics_namespace: Annotated[Name, Field(alias="POWERTOOLS_METRICS_NAMESPACE")] = "Patchbay"


class PublicEnvironment(MeasuredEnvironment):
    """Of functions that tell our address: `public_url` is a domain of the owner's, "" for the HTTP API's own."""

    public_url: Annotated[str, Field(alias="PUBLIC_URL")] = ""
    endpoint_url: Annotated[str, Field(alias="AWS_ENDPOINT_URL")] = ""
    url_suffix: Annotated[Name, Field(alias="URL_SUFFIX")] = "amazonaws.com"

    def address_of(self, api_id: str) -> str:
        return public_address(
            api_id,
            self.region,
            public_url=self.public_url,
            endpoint_url=self.endpoint_url,
            url_suffix=self.url_suffix,
        )


class AddressedEnvironment(PublicEnvironment):
    """For functions that are not called through the API, so that the template can pass them its id."""

    api_id: Annotated[Name, Field(alias="API_ID")]

    @property
    def public_address(self) -> str:
        return self.address_of(self.api_id)


class QueueEnvironment(MeasuredEnvironment):
    table_name: Annotated[Name, Field(alias="TABLE_NAME")]
    queue_url: Annotated[Name, Field(alias="QUEUE_URL")]
    bucket_name: Annotated[Name, Field(alias="BUCKET_NAME")]


class ProxiedEnvironment(Environment):
    """Of functions that must know who calls, where the owner has a proxy in front of the API."""

    proxy_header: Annotated[str, Field(alias="TRUSTED_PROXY_HEADER")] = ""
    proxy_secret_hash: Annotated[str, Field(alias="TRUSTED_PROXY_SECRET_HASH")] = ""

    @property
    def proxy(self) -> TrustedProxy | None:
        return TrustedProxy(header=self.proxy_header, secret_hash=self.proxy_secret_hash) if self.proxy_header else None


class WebhookEnvironment(QueueEnvironment, ProxiedEnvironment):
    """Of the functions that receive webhooks."""


class FilesEnvironment(MeasuredEnvironment):
    """Of the functions that pass files on."""

    malware_scan: Annotated[Literal["none", "guardduty"], Field(alias="MALWARE_SCAN")] = "none"

    @property
    def scans(self) -> bool:
        return self.malware_scan != "none"


class DispatcherEnvironment(QueueEnvironment, AddressedEnvironment, FilesEnvironment):
    dead_letter_queue_url: Annotated[Name, Field(alias="DEAD_LETTER_QUEUE_URL")]
    media_days: Annotated[int, Field(alias="MEDIA_RETENTION_DAYS", ge=1)] = 30
    contact_days: Annotated[int, Field(alias="CONTACT_RETENTION_DAYS", ge=0)] = 0
    dispatchers: Annotated[int, Field(alias="DISPATCHER_CONCURRENCY", ge=1)] = 5


class WebhookMonitorEnvironment(AddressedEnvironment):
    table_name: Annotated[Name, Field(alias="TABLE_NAME")]


class OAuthEnvironment(PublicEnvironment, ProxiedEnvironment):
    """Without the API's id: a function that the API calls cannot be given it, but hears it with each request."""

    table_name: Annotated[Name, Field(alias="TABLE_NAME")]
    kms_key: Annotated[str, Field(alias="KMS_KEY_ARN")] = ""


class MediaEnvironment(FilesEnvironment):
    """`file_megabytes` is how much of one file is handed out a day."""

    table_name: Annotated[Name, Field(alias="TABLE_NAME")]
    bucket_name: Annotated[Name, Field(alias="BUCKET_NAME")]
    file_megabytes: Annotated[int, Field(alias="FILE_MEGABYTES_A_DAY", ge=1)] = 1000
    retention_days: Annotated[int, Field(alias="MEDIA_RETENTION_DAYS", ge=1)]


def read_environment[E: Environment](model: type[E]) -> E:
    """This process's environment as `model`. Raises Misconfigured, naming the variables and never their values."""
    try:
        return model.model_validate(dict(os.environ))
    except ValidationError as error:
        names = sorted({str(detail["loc"][0]) for detail in error.errors(include_input=False, include_url=False)})
        raise Misconfigured(f"missing or invalid environment variables: {', '.join(names)}") from None


def public_address(
    api_id: str, region: str, *, public_url: str = "", endpoint_url: str = "", url_suffix: str = "amazonaws.com"
) -> str:
    """The base address at which the world reaches the HTTP API, without a slash at the end.

    `endpoint_url` is where AWS is, "" for the real one: an emulator serves HTTP APIs below its own address.
    `url_suffix` is the domain of the partition's services (China has one of its own).
    """
    if public_url:
        return public_url.rstrip("/")
    if endpoint_url.startswith("http://"):
        return f"{endpoint_url.rstrip('/')}/_aws/execute-api/{api_id}/$default"
    return f"https://{api_id}.execute-api.{region}.{url_suffix}"


def oauth_addresses(base: str, service: str, app_id: str) -> dict[str, str]:
    """Where accounts join an app, and where its service sends them back: services compare the latter letter by letter.

    `base` is the public address; the names are those that a connector's manual steps know.
    """
    address = f"{base}/oauth/{quote(service, safe='')}/{quote(app_id, safe='')}"
    return {"oauth_start": f"{address}/start", "oauth_redirect": f"{address}/callback"}
