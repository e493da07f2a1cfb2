"""The two ways to WhatsApp: Meta's own API, and AWS End User Messaging Social. Both take the same bodies.

All that WhatsApp means is in the connector's other modules. A door knows where a call goes, how it is authorized, and
what its refusals mean; both fail with the same errors, by Meta's codes where an answer has one (`errors`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from patchbay.domain.accounts import Connection, Settings
from patchbay.domain.model import Attachment, Delivered
from patchbay.kit.account_setup import Account, Webhooks
from patchbay.kit.contract import Http, HttpRequest
from patchbay.kit.file_abilities import FileSource
from patchbay.messengers.whatsapp import spec

Body = Mapping[str, object]  #: of a call, in Meta's words


class Door(Protocol):
    """One number's way to WhatsApp. Every method that calls it raises a DeliveryError."""

    def send(self, body: Body) -> Delivered:
        """Sends a message. `body` is Meta's, whole, with `messaging_product` and all. The answer names the message."""

    def mark(self, body: Body) -> None:
        """Marks a message as read, or shows that somebody is typing: to do it twice changes nothing."""

    def upload(self, file: Attachment, content_type: str, files: FileSource) -> str:
        """The id of an uploaded file, for a message. `file.size` is known."""

    def find_file(self, file: Attachment) -> Attachment:
        """A received file with its address, where `external_id` is its id; without one where it is gone."""

    def list_templates(self) -> Sequence[Body]:
        """All of the account's templates that can be sent or may become so, as Meta describes them."""

    def create_template(self, template: Body) -> Body:
        """Meta's answer: `id`, `status` and `category`."""

    def edit_template(self, template_id: str, change: Body) -> None: ...

    def delete_template(self, name: str, template_id: str) -> None: ...


class Setup(Protocol):
    """Connecting a number, as the abilities of `account_setup` describe it."""

    def check(self) -> Account: ...

    def register(self, webhooks: Webhooks) -> Settings: ...

    def unregister(self) -> None: ...

    def registered(self) -> str | None: ...


def open_door(connection: Connection, http: Http) -> Door:
    if _is_aws(connection):
        from patchbay.messengers.whatsapp.aws_door import AwsDoor

        return AwsDoor(connection, http)
    from patchbay.messengers.whatsapp.meta_door import MetaDoor

    return MetaDoor(connection, http)


def open_setup(connection: Connection, http: Http) -> Setup:
    if _is_aws(connection):
        from patchbay.messengers.whatsapp.aws_account import AwsSetup

        return AwsSetup(connection, http)
    from patchbay.messengers.whatsapp.meta_account import MetaSetup

    return MetaSetup(connection, http)


# Without a call, each door has a function beside its class: `request_file`.


def make_download_request(file: Attachment, connection: Connection) -> HttpRequest:
    """The request that downloads a file whose address `find_file` has found."""
    if _is_aws(connection):
        from patchbay.messengers.whatsapp import aws_door

        return aws_door.request_file(file, connection)
    from patchbay.messengers.whatsapp import meta_door

    return meta_door.request_file(file, connection)


def _is_aws(connection: Connection) -> bool:
    return connection.setting("door", spec.META) == spec.AWS
