"""Calling vcita: the token, and what each refusal means."""

from __future__ import annotations

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Unreadable
from patchbay.kit.contract import Http, HttpResponse
from patchbay.kit.rest import RestClient, reading_settings
from patchbay.kit.schemas import read_wire
from patchbay.kit.statuses import Reason, Statuses
from patchbay.platforms.vcita.problems import read_problem
from patchbay.platforms.vcita.responses import AnswerWire, DataWire
from patchbay.platforms.vcita.urls import read_places


def _read_reason(response: HttpResponse) -> Reason:
    problem = read_problem(response)
    return Reason(code=next(iter(problem.codes), ""), details=problem.describe())


STATUSES = Statuses(title="vcita", calls="with a token", read_reason=_read_reason)
ANONYMOUS = STATUSES.anonymous

refusal = STATUSES.refuse


class Api:
    """vcita's APIs with one token, each at its own address."""

    def __init__(self, connection: Connection, http: Http, token: str | None = None) -> None:
        """`token` is the business's own unless another is given; "" calls without any."""
        statuses = ANONYMOUS if token == "" else STATUSES
        token = connection.secrets.get("access_token") if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}

        def explain(response: HttpResponse) -> str:
            return _explain_refused_token(response, connection)

        def client(base_url: str) -> RestClient:
            return RestClient(http, base_url, headers=headers, statuses=statuses, explain=explain)

        with reading_settings():
            places = read_places(connection)
        self.root = client(places.api)
        self.platform = client(f"{places.api}/platform/v1")
        self.token = client(places.token)
        self.communication = client(places.communication)
        self.typing = client(places.typing)
        self.business_uid = connection.setting("business_uid")
        self.channel_uid = connection.setting("channel_uid")


def read_data(response: HttpResponse) -> DataWire:
    """What is inside the envelope; nothing for an empty or odd answer of a call that has worked."""
    try:
        return read_wire(AnswerWire, response.body).data
    except Unreadable:
        return DataWire()


def _explain_refused_token(response: HttpResponse, connection: Connection) -> str:
    run = f"run `patchbay connect vcita {connection.id} --secret access_token=@FILE`"
    if read_problem(response).says("Unauthorized"):
        # vcita: without the number the token is fine, and is another business's or of the wrong kind.
        return (
            "vcita's token is for another business, or of a kind that may not do this: check business_uid, make a "
            f"token of the business for the communication app, then {run}"
        )
    return (
        "vcita does not accept the token: the business must give its consent again (a staff member presses Install "
        f"and then Allow in vcita's app market); if you connected it with its own token, {run} with a new one"
    )
