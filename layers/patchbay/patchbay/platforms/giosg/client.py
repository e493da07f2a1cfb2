"""Calling Giosg: in the organization's name, with its token, or in the customer's; and what each refusal means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Rejected, Transient
from patchbay.kit.contract import Http, HttpResponse
from patchbay.kit.rest import RestClient, reading_settings
from patchbay.kit.schemas import Wire
from patchbay.kit.statuses import Meaning, Rule, Statuses
from patchbay.platforms.giosg.responses import read_list
from patchbay.platforms.giosg.spec import TOKENS
from patchbay.platforms.giosg.urls import read_base_url

_MOST_PAGES = 50
TOO_LONG = "too_long"
_CLOSED = "Giosg does not let customers in: check organization_id, and that the feature Live is on"

#: Calls in the organization's name, with its token; in a customer's name; without credentials.
STATUSES = Statuses(title="Giosg", calls="in the organization's name")
CUSTOMERS = Statuses(
    title="Giosg",
    calls="in a customer's name",
    exceptions=(
        Rule(
            (403,),
            Meaning.REFUSED,
            (
                "no status is documented for a chat that has ended or belongs to another visitor, nor "
                "for a room without agents: the chat or the room is read, and a refused token is 401"
            ),
            "docs.giosg.com, Giosg Public HTTP API",
        ),
    ),
)
NOBODYS = STATUSES.anonymous

refusal = STATUSES.refuse


def authorize(connection: Connection) -> dict[str, str]:
    return {"Authorization": f"Token {connection.secrets.get('api_token')}"}


class Api(RestClient):
    """The API of one organization, in its own name; `customer` in the customer's name, `public` without credentials."""

    def __init__(self, connection: Connection, http: Http) -> None:
        def explain(_response: HttpResponse) -> str:
            return (
                "Giosg does not accept api_token: it was revoked, its user is gone, or the user may not see the "
                f"organization's chats. Make a new token in {TOKENS}, then run "
                f"`patchbay connect giosg {connection.id} --secret api_token=@FILE`"
            )

        with reading_settings():
            url = f"{read_base_url(connection.settings)}/api/v5"
        super().__init__(http, url, headers=authorize(connection), statuses=STATUSES, explain=explain)
        self.connection = connection
        self.organization = connection.setting("organization_id").strip().lower()
        self.room = connection.setting("room_id").strip().lower()
        self.customer = RestClient(
            http, url, headers={}, statuses=CUSTOMERS, explain=lambda _response: _CLOSED, as_contact=True
        )
        self.public = RestClient(http, url, headers={}, statuses=NOBODYS, explain=explain)

    def visitor(self, authorization: str) -> RestClient:
        """Calls in the name of the visitor to whom Giosg gave `authorization`."""
        headers = {"Authorization": authorization}
        return RestClient(self._http, self.base_url, headers=headers, statuses=NOBODYS, explain=self._explain)


def list_all[W: Wire](
    api: RestClient, model: type[W], *path: str, query: Mapping[str, str] | None = None, whole: bool = False
) -> Iterator[W]:
    """Everything, page by page as it is wanted. Raises `refusal` for a list that is not given.

    `whole`: raises Rejected with `TOO_LONG` where there is more than we read.
    """
    response: HttpResponse | None = api.get(*path, query=query)
    for _ in range(_MOST_PAGES):
        if response is None:
            raise Transient("Giosg's next page has no valid address")
        if not response.ok:
            raise refusal(response, "reading a list")
        items, following = read_list(model, response)
        yield from items
        if not following:
            return
        response = api.follow(_localize(following))
    if whole:
        raise Rejected("Giosg's list is longer than Patchbay reads", code=TOO_LONG)


def _localize(following: str) -> str:
    """The next page at the address that we know, whichever one Giosg names."""
    try:
        address = urlsplit(following)
    except ValueError:
        raise Transient("Giosg's next page has no valid address") from None
    return f"{address.path}?{address.query}"
