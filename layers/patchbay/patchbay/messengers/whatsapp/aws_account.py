"""Connecting a number that is linked to AWS: looking it up, and having its news published to the stack's topic.

Documentation: https://docs.aws.amazon.com/social-messaging/latest/userguide/managing-event-destinations.html
"""

from __future__ import annotations

from collections.abc import Iterator

from patchbay.domain.accounts import Connection, Settings
from patchbay.domain.errors import Misconfigured
from patchbay.domain.text import shorten
from patchbay.kit.account_setup import Account, Webhooks
from patchbay.kit.contract import Http
from patchbay.kit.rest import read_answer
from patchbay.messengers.whatsapp.aws_client import WABA, SocialApi, raise_unless_linked, read_number, read_waba
from patchbay.messengers.whatsapp.aws_events import WABA_ARN
from patchbay.messengers.whatsapp.aws_schemas import Number, NumberDetails, Waba, WabaDetails
from patchbay.messengers.whatsapp.client import read_version

_CONSOLE = "AWS's console > AWS End User Messaging > Social messaging > WhatsApp Business accounts"
_WORD = 30  #: characters of a status
_QUALITIES = {"RED": "low", "YELLOW": "medium"}


class AwsSetup:
    """Connecting a number, as `doors.Setup` describes it."""

    def __init__(self, connection: Connection, http: Http) -> None:
        self._connection = connection
        read_number(connection)
        read_version(connection.settings)
        self._api = SocialApi(connection, http)

    def check(self) -> Account:
        details = read_answer(
            NumberDetails, self._api.call("GET", "waba/phone/details", query={"id": self._api.number})
        )
        number = details.phone_number
        linked = raise_unless_linked(details.linked_whats_app_business_account_id, self._connection)
        waba = self._look_up(linked)
        return Account(
            external_id=number.meta_phone_number_id,
            name=number.display_phone_number_name or number.display_phone_number,
            settings={
                "phone_number_id": number.meta_phone_number_id,
                "waba_id": waba.waba_id,
                WABA: waba.id or linked,
                WABA_ARN: waba.arn,
            },
            warnings=tuple(_warn(number, waba)),
            notes=tuple(_note(number, waba)),
        )

    def register(self, webhooks: Webhooks) -> Settings:
        """An account has one event destination, which takes the place of another."""
        topic = next(iter(webhooks.values()), "")
        if not topic.startswith("arn:"):
            raise Misconfigured("the stack has no topic for WhatsApp: deploy it again with `sam deploy`")
        self._point([topic])
        return {}

    def unregister(self) -> None:
        self._point([])

    def registered(self) -> str:
        found = self._look_up(read_waba(self._connection)).event_destinations
        return found[0].event_destination_arn if found else ""

    def _point(self, topics: list[str]) -> None:
        document = {
            "id": read_waba(self._connection),
            "eventDestinations": [{"eventDestinationArn": topic} for topic in topics],
        }
        self._api.call("PUT", "waba/eventdestinations", json=document)

    def _look_up(self, waba_id: str) -> Waba:
        return read_answer(WabaDetails, self._api.call("GET", "waba/details", query={"id": waba_id})).account


def _warn(number: Number, waba: Waba) -> Iterator[str]:
    if waba.registration_status == "INCOMPLETE":
        yield f"the account's registration is not complete: finish it in {_CONSOLE}"
    if quality := _QUALITIES.get(number.quality_rating.upper()):
        yield f"the quality of the number is {quality}: Meta lowers its limits when customers block or report it"
    if waba.direct_send_enforcement_status not in {"", "NONE"}:
        yield f"Meta restricts messages without a template ({shorten(waba.direct_send_enforcement_status, _WORD)})"


def _note(number: Number, waba: Waba) -> Iterator[str]:
    if number.display_phone_number:
        yield f"the number is {number.display_phone_number}"
    if waba.waba_name:
        yield f"it belongs to the WhatsApp Business account {waba.waba_name}"
