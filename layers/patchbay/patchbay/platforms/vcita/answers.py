"""vcita's JSON objects in the API's answers. Never loaded by the webhook function."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from patchbay.wire import String, Wire, no_null_list


class ThingWire(Wire):
    """A channel, a session or a message."""

    uid: String = ""
    status: String = ""


class ClientWire(Wire):
    """A contact. vcita's answer also holds a token for the client's portal: it is not read."""

    id: String = ""
    email: String = ""
    phone: String = ""
    mobile_phone: String = ""
    normalized_phone: String = ""


class DataWire(Wire):
    """What the answers of all calls hold, one or the other of it."""

    channel: ThingWire = ThingWire()
    session: ThingWire = ThingWire()
    message: ThingWire = ThingWire()
    sessions: Annotated[tuple[ThingWire, ...], BeforeValidator(no_null_list)] = ()
    client: ClientWire = ClientWire()
    clients: Annotated[tuple[ClientWire, ...], BeforeValidator(no_null_list)] = ()


class AnswerWire(Wire):
    data: DataWire = DataWire()


class AppWire(Wire):
    app_code_name: String = ""
    app_id: String = ""
    client_id: String = ""
    client_secret: String = Field(default="", repr=False)


class AppAnswerWire(Wire):
    data: AppWire = AppWire()


class TokenWire(Wire):
    access_token: String = Field(default="", repr=False)


class UserWire(Wire):
    """Whose a token is."""

    business_uid: String = ""
    business_id: String = ""
    business_name: String = ""

    @property
    def business(self) -> str:
        return self.business_uid or self.business_id
