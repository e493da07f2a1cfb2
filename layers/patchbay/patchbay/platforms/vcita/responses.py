"""vcita's JSON objects in the API's answers. Never loaded by the webhook function."""

from __future__ import annotations

from pydantic import Field

from patchbay.kit.schemas import Items, Wire


class ThingWire(Wire):
    """A channel, a session or a message."""

    uid: str = ""
    status: str = ""


class ClientWire(Wire):
    """A contact. vcita's answer also holds a token for the client's portal: it is not read."""

    id: str = ""
    email: str = ""
    phone: str = ""
    mobile_phone: str = ""
    normalized_phone: str = ""


class DataWire(Wire):
    """What the answers of all calls hold, one or the other of it."""

    channel: ThingWire = ThingWire()
    session: ThingWire = ThingWire()
    message: ThingWire = ThingWire()
    sessions: Items[ThingWire] = ()
    client: ClientWire = ClientWire()
    clients: Items[ClientWire] = ()


class AnswerWire(Wire):
    data: DataWire = DataWire()


class AppWire(Wire):
    app_code_name: str = ""
    app_id: str = ""
    client_id: str = ""
    client_secret: str = Field(default="", repr=False)


class AppAnswerWire(Wire):
    data: AppWire = AppWire()


class TokenWire(Wire):
    access_token: str = Field(default="", repr=False)


class UserWire(Wire):
    """Whose a token is."""

    business_uid: str = ""
    business_id: str = ""
    business_name: str = ""

    @property
    def business(self) -> str:
        return self.business_uid or self.business_id
