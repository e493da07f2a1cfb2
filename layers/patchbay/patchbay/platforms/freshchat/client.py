"""Calling Freshchat: the address, the token, and what each refusal means."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

from patchbay.domain.accounts import Connection, Settings
from patchbay.domain.errors import Misconfigured
from patchbay.kit.addresses import check_base_url
from patchbay.kit.contract import Http, HttpResponse
from patchbay.kit.rest import RestClient, read_or, reading_settings
from patchbay.kit.statuses import Meaning, Reason, Rule, Statuses
from patchbay.platforms.freshchat.responses import ErrorWire

#: The token goes to these hosts and those below them only. `simulator.test` can exist nowhere (RFC 6761).
_HOSTS = ("freshchat.com", "myfreshworks.com", "simulator.test")
_HINT = "enter it like https://api.eu.freshchat.com/v2, as shown beside the API token"

FILE_SECONDS = 40.0  #: a batch of messages must be over within a minute
_STATUS_WORD = re.compile(r"[A-Z][A-Z_]{2,59}")


def read_error(response: HttpResponse) -> ErrorWire:
    """Freshchat's words for a failure: for decisions, not for people, because they may quote the message."""
    return read_or(ErrorWire, response, ErrorWire())


def _read_reason(response: HttpResponse) -> Reason:
    word = read_error(response).status
    return Reason(code=word.lower() if _STATUS_WORD.fullmatch(word) else "")


STATUSES = Statuses(
    title="Freshchat",
    exceptions=(
        Rule(
            (403,),
            Meaning.REFUSED,
            "the plan or the actor of this one call may not do it: a private note tries another actor",
            "Freshchat API, status codes",
        ),
    ),
    forbidden="check the account's plan and the API token",
    read_reason=_read_reason,
)

refusal = STATUSES.refuse


def read_base_url(settings: Settings) -> str:
    """The API's address without a slash at its end. Raises Misconfigured for one that is not Freshchat's."""
    base_url = check_base_url(settings, hint=_HINT, hosts=_HOSTS)
    path = urlsplit(base_url).path
    if not path:  # the account's address, as the browser shows it
        return f"{base_url}/v2"
    if not path.endswith("/v2"):
        raise Misconfigured(f"base_url must end in /v2: {_HINT}")
    return base_url


def authorize(connection: Connection) -> dict[str, str]:
    return {"Authorization": f"Bearer {connection.secrets.get('api_token')}"}


class Api(RestClient):
    """The API of one account."""

    def __init__(self, connection: Connection, http: Http) -> None:
        def explain(response: HttpResponse) -> str:
            return (
                f"Freshchat does not accept the API token (HTTP {response.status}): press Generate token in Admin "
                f"Settings > APIs for chat, then run `patchbay connect freshchat {connection.id} "
                "--secret api_token=@FILE`"
            )

        with reading_settings():
            base_url = read_base_url(connection.settings)
        super().__init__(http, base_url, headers=authorize(connection), statuses=STATUSES, explain=explain)


def format_time(time: datetime) -> str:
    """As Freshchat writes it: UTC with milliseconds and Z. Cut, never rounded up."""
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}Z"
