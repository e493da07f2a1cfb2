"""The environment variables of each function, as typed values; the only place that reads them.

Environments are composed from small ones, so that a function asks for what it uses and nothing else. They are read
without pydantic: the template writes them, and its models would be a tenth of a webhook function's cold start.
"""

from __future__ import annotations

import os
from urllib.parse import quote

from patchbay.aws.handlers.http_api import TrustedProxy
from patchbay.aws.variables import Variable, Variables, name_of, one_of, whole
from patchbay.domain.errors import Misconfigured


class Environment(Variables):
    """What every function knows."""

    stage = Variable("PATCHBAY_STAGE", name_of)
    region = Variable("AWS_REGION", name_of)
    emulator = Variable("PATCHBAY_EMULATOR", one_of("yes", "no"), "no")

    @property
    def is_local(self) -> bool:
        """On the AWS of a developer's machine, where plain http to loopback is allowed. No name of a stage says so."""
        return self.emulator == "yes"


class MeasuredEnvironment(Environment):
    """What `observability.py` needs besides, it reads itself, as Powertools does."""

    metrics_namespace = Variable("POWERTOOLS_METRICS_NAMESPACE", name_of, "Patchbay")


class PublicEnvironment(MeasuredEnvironment):
    """Of functions that tell our address: `public_url` is a domain of the owner's, "" for the HTTP API's own."""

    public_url = Variable("PUBLIC_URL", str, "")
    endpoint_url = Variable("AWS_ENDPOINT_URL", str, "")
    url_suffix = Variable("URL_SUFFIX", name_of, "amazonaws.com")

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

    api_id = Variable("API_ID", name_of)

    @property
    def public_address(self) -> str:
        return self.address_of(self.api_id)


class QueueEnvironment(MeasuredEnvironment):
    table_name = Variable("TABLE_NAME", name_of)
    queue_url = Variable("QUEUE_URL", name_of)
    bucket_name = Variable("BUCKET_NAME", name_of)


class ProxiedEnvironment(Environment):
    """Of functions that must know who calls, where the owner has a proxy in front of the API."""

    proxy_header = Variable("TRUSTED_PROXY_HEADER", str, "")
    proxy_secret_hash = Variable("TRUSTED_PROXY_SECRET_HASH", str, "")

    @property
    def proxy(self) -> TrustedProxy | None:
        return TrustedProxy(header=self.proxy_header, secret_hash=self.proxy_secret_hash) if self.proxy_header else None


class WebhookEnvironment(QueueEnvironment, ProxiedEnvironment):
    """Of the functions that receive webhooks."""


class FilesEnvironment(MeasuredEnvironment):
    """Of the functions that pass files on."""

    malware_scan = Variable("MALWARE_SCAN", one_of("none", "guardduty"), "none")

    @property
    def scans(self) -> bool:
        return self.malware_scan != "none"


class DispatcherEnvironment(QueueEnvironment, AddressedEnvironment, FilesEnvironment):
    dead_letter_queue_url = Variable("DEAD_LETTER_QUEUE_URL", name_of)
    media_days = Variable("MEDIA_RETENTION_DAYS", whole(1), 30)
    contact_days = Variable("CONTACT_RETENTION_DAYS", whole(0), 0)
    dispatchers = Variable("DISPATCHER_CONCURRENCY", whole(1), 5)


class WebhookMonitorEnvironment(QueueEnvironment, AddressedEnvironment):
    """Of the function that a schedule wakes."""


class OAuthEnvironment(PublicEnvironment, ProxiedEnvironment):
    """Without the API's id: a function that the API calls cannot be given it, but hears it with each request."""

    table_name = Variable("TABLE_NAME", name_of)
    kms_key = Variable("KMS_KEY_ARN", str, "")


class MediaEnvironment(FilesEnvironment):
    """`file_megabytes` is how much of one file is handed out a day."""

    table_name = Variable("TABLE_NAME", name_of)
    bucket_name = Variable("BUCKET_NAME", name_of)
    file_megabytes = Variable("FILE_MEGABYTES_A_DAY", whole(1), 1000)
    retention_days = Variable("MEDIA_RETENTION_DAYS", whole(1))


def read_environment[E: Environment](kind: type[E]) -> E:
    """This process's environment as `kind`. Raises Misconfigured, naming the variables and never their values."""
    values: dict[str, object] = {}
    wrong: list[str] = []
    for variable in kind.declared():
        try:
            values[variable.field] = variable.read_from(os.environ)
        except ValueError:
            wrong.append(variable.name)
    if wrong:
        raise Misconfigured(f"missing or invalid environment variables: {', '.join(sorted(wrong))}")
    return kind(**values)


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
