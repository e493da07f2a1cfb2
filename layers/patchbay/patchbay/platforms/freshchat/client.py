"""Calling Freshchat: the address, the token, and what each refusal means."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import SplitResult, quote, urlsplit

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, DeliveryError, Misconfigured
from patchbay.kit.contract import Http, HttpRequest, HttpResponse, Upload
from patchbay.kit.rest import read_or, send_call
from patchbay.kit.statuses import Meaning, Rule, Statuses
from patchbay.platforms.freshchat.responses import ErrorWire

STATUSES = Statuses(
    title="Freshchat",
    exceptions=(
        Rule(
            (403,),
            Meaning.REFUSED,
            "it is for what the plan or the actor of one call may not do: a private note tries another actor",
            "Freshchat API, status codes",
        ),
    ),
)

#: The token goes to these hosts and those below them alone. `simulator.test` can exist nowhere (RFC 6761).
_HOSTS = ("freshchat.com", "myfreshworks.com", "simulator.test")

_FILE_SECONDS = 40.0  #: a batch of messages must be over within a minute
_STATUS_WORD = re.compile(r"[A-Z][A-Z_]{2,59}")


def check_base_url(text: str) -> str:
    """The API's address without a slash at its end. Raises Misconfigured for what is none of Freshchat's."""
    example = "write it like https://api.eu.freshchat.com/v2, as shown beside the API token"
    if not text.strip():
        raise Misconfigured(f"base_url is missing: {example}")
    try:
        address = urlsplit(text.strip().rstrip("/"))
        if not address.path:  # the account's address, as the browser shows it
            address = address._replace(path="/v2")
        trusted = _is_trusted(address)
    except ValueError:
        raise Misconfigured(f"base_url is no address: {example}") from None
    if not trusted:
        raise Misconfigured(f"base_url must be an https address below freshchat.com or myfreshworks.com: {example}")
    if not address.path.endswith("/v2") or address.query or address.fragment:
        raise Misconfigured(f"base_url must end in /v2: {example}")
    return address.geturl()


def _is_trusted(address: SplitResult) -> bool:
    host = (address.hostname or "").lower()
    if address.username is not None or address.password is not None:
        return False
    if address.scheme == "http":
        return _is_loopback(host)
    below = any(host == known or host.endswith(f".{known}") for known in _HOSTS)
    return address.scheme == "https" and below and address.port in {None, 443}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def same_origin(one: str, other: str) -> bool:
    """Whether both addresses lead to the same server."""
    try:
        return _origin(urlsplit(one)) == _origin(urlsplit(other))
    except ValueError:
        return False


def _origin(address: SplitResult) -> tuple[str, str, int | None]:
    port = address.port or {"https": 443, "http": 80}.get(address.scheme)
    return address.scheme, (address.hostname or "").lower(), port


def authorize(connection: Connection) -> dict[str, str]:
    return {"Authorization": f"Bearer {connection.secrets.get('api_token')}"}


class Api:
    """The API of one account. `repeatable` calls may be made twice without harm."""

    def __init__(self, connection: Connection, http: Http) -> None:
        try:
            self.base_url = check_base_url(connection.setting("base_url"))
        except Misconfigured as problem:
            raise AuthorizationNeeded(str(problem)) from None
        self._connection = connection
        self._http = http

    @property
    def headers(self) -> dict[str, str]:
        return authorize(self._connection) | {"Accept": "application/json"}

    def get(self, *path: str, query: Mapping[str, str] | None = None) -> HttpResponse:
        return self._call(HttpRequest(method="GET", url=self._url(path, query), headers=self.headers))

    def post(self, *path: str, json: object, repeatable: bool = False) -> HttpResponse:
        url = self._url(path)
        return self._call(HttpRequest(method="POST", url=url, headers=self.headers, json=json, repeatable=repeatable))

    def put(self, *path: str, json: object) -> HttpResponse:
        return self._call(HttpRequest(method="PUT", url=self._url(path), headers=self.headers, json=json))

    def upload(self, *path: str, upload: Upload) -> HttpResponse:
        """An upload that no message names is seen by nobody."""
        request = HttpRequest(
            method="POST",
            url=self._url(path),
            headers=self.headers,
            upload=upload,
            timeout=_FILE_SECONDS,
            repeatable=True,
        )
        return self._call(request)

    def follow(self, link: str) -> HttpResponse | None:
        """The next page. Links start at the host's root; one that leads elsewhere does not get our token."""
        address = urlsplit(self.base_url)
        url = f"{address.scheme}://{address.netloc}{link}" if link.startswith("/") else link
        if not same_origin(url, self.base_url):
            return None
        return self._call(HttpRequest(method="GET", url=url, headers=self.headers))

    def _call(self, request: HttpRequest) -> HttpResponse:
        """Raises for what concerns every call alike; other refusals are the caller's to judge."""
        return send_call(self._http, request, STATUSES, self._explain_token)

    def _explain_token(self, response: HttpResponse) -> str:
        return (
            f"Freshchat does not accept the API token (HTTP {response.status}): generate one in Admin Settings > APIs "
            f"for chat and run `patchbay connect freshchat {self._connection.id} --secret api_token=...`"
        )

    def _url(self, path: tuple[str, ...], query: Mapping[str, str] | None = None) -> str:
        # A blank in a query is %20 and a plus %2B: contact ids hold both, and a bare plus would read as a blank.
        words = "&".join(f"{name}={quote(value, safe='')}" for name, value in (query or {}).items())
        steps = "/".join(quote(step, safe="") for step in path)
        return f"{self.base_url}/{steps}" + (f"?{words}" if words else "")


def refusal(response: HttpResponse, what: str) -> DeliveryError:
    """The failure behind an answer that is no success. `what` did not work, in words."""
    if response.status == 403:
        return AuthorizationNeeded(f"Freshchat does not allow it ({what}): check the account's plan and the API token")
    word = read_error(response).status
    code = word.lower() if _STATUS_WORD.fullmatch(word) else f"http_{response.status}"
    return STATUSES.refuse(response, what, code, code=code)


def read_error(response: HttpResponse) -> ErrorWire:
    """Freshchat's words for a failure: for decisions, not for people, because they may quote the message."""
    return read_or(ErrorWire, response, ErrorWire())


def format_time(time: datetime) -> str:
    """As Freshchat writes it: UTC with milliseconds and Z. Cut, never rounded up."""
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z"
