"""Calling Unblu: the address, the user, and what each refusal means."""

from __future__ import annotations

import base64

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Transient, Uncertain
from patchbay.kit.contract import Http, HttpResponse
from patchbay.kit.rest import RestClient, as_transient, read_or, reading_settings
from patchbay.kit.statuses import Meaning, Rule, Statuses
from patchbay.platforms.unblu.api_versions import DIALECTS, Dialect
from patchbay.platforms.unblu.responses import ErrorWire
from patchbay.platforms.unblu.urls import read_base_url, read_generation


def is_own_error(response: HttpResponse) -> bool:
    """Whether Unblu itself has answered, and not a proxy before it."""
    return read_or(ErrorWire, response, ErrorWire()).model == "Error"


STATUSES = Statuses(
    title="Unblu",
    exceptions=(
        Rule(
            (403,),
            Meaning.REFUSED,
            "a user without the role gets it, which concerns the account, and so does a call that nobody may make: "
            "another call shows which",
            "Unblu Web API, operations of externalmessengers",
        ),
        Rule(
            (408, *range(500, 600)),
            Meaning.LATER,
            "an `Error` from Unblu itself means that the operation was not done",
            "Unblu Web API, schema Error",
            when=is_own_error,
        ),
    ),
    forbidden="the user needs the role ADMIN",
)

refusal = STATUSES.refuse


def authorize(connection: Connection) -> dict[str, str]:
    secrets = connection.secrets
    pair = f"{secrets.get('username')}:{secrets.get('password')}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


class Api(RestClient):
    """The API of one account."""

    def __init__(self, connection: Connection, http: Http, generation: str = "") -> None:
        """In the account's own generation unless another one is given."""

        def explain(response: HttpResponse) -> str:
            return (
                f"Unblu does not accept username and password (HTTP {response.status}): check in Unblu that this "
                "technical user is active and has the role ADMIN, then run "
                f"`patchbay connect unblu {connection.id} --secret username=@FILE --secret password=@FILE`"
            )

        with reading_settings():
            base_url = read_base_url(connection.settings)
            self.generation = generation or read_generation(connection.settings)
        url = f"{base_url}/rest/{self.generation}"
        super().__init__(http, url, headers=authorize(connection), statuses=STATUSES, explain=explain)
        self.dialect: Dialect = DIALECTS[self.generation]
        self.connection = connection
        self.channel_id = ""  #: as it was found for this call, "" when it was not needed


def read_fields(response: HttpResponse) -> dict[str, object]:
    """A whole object, to be sent back with what has changed. Raises Transient when it cannot be read."""
    try:
        fields = response.read_json()
    except Uncertain as failure:
        raise as_transient(failure) from None
    if not isinstance(fields, dict):
        raise Transient("Unblu's answer is not a JSON object")
    return fields
