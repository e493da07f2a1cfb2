"""Meta's own door: the Cloud API, with a token of the business.

Documentation: https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Transient
from patchbay.domain.model import Attachment, Delivered
from patchbay.kit.addresses import is_own, read_origin
from patchbay.kit.contract import Http, HttpRequest, HttpResponse, Upload
from patchbay.kit.file_abilities import FileSource
from patchbay.kit.rest import read_answer, read_or
from patchbay.kit.schemas import Id, Items, Wire
from patchbay.messengers.whatsapp.client import FILE_SECONDS, Api, make_refusal, read_base_url
from patchbay.messengers.whatsapp.doors import Body
from patchbay.messengers.whatsapp.errors import make_failure

_FILE_HOSTS = ("fbsbx.com", "whatsapp.net")  #: Meta's own, where files are that it hands out for the token
_ONCE = 24 * 3600.0  #: seconds: a message that was marked as read stays so
_PAGES = 60  #: of templates; an account has at most 6,000 of them
_PER_PAGE = "100"
_TEMPLATE_FIELDS = "id,name,language,category,status,components,quality_score,parameter_format,rejected_reason"


class SentMessage(Wire):
    id: Id = ""


class Sent(Wire):
    messages: Items[SentMessage] = ()


class Uploaded(Wire):
    id: Id = ""


class Found(Wire):
    url: str = ""
    mime_type: str = ""
    file_size: int | None = None


class Cursors(Wire):
    after: str = ""


class Paging(Wire):
    cursors: Cursors = Cursors()
    next: str = ""


class Page(Wire):
    data: Items[dict[str, Any]] = ()
    paging: Paging = Paging()


class MetaDoor:
    def __init__(self, connection: Connection, http: Http) -> None:
        self._connection = connection
        self._api = Api(connection, http)

    def send(self, body: Body) -> Delivered:
        response = self._api.post(self._api.number, "messages", json=dict(body), repeatable=False)
        _refuse(response, "sending a message")
        sent = read_or(Sent, response, Sent()).messages
        return Delivered(external_id=sent[0].id if sent else "")

    def mark(self, body: Body) -> None:
        lasts = "status" in body and "typing_indicator" not in body
        response = self._api.post(
            self._api.number, "messages", json=dict(body), repeatable=True, keep_for=_ONCE if lasts else 0.0
        )
        _refuse(response, "marking a message")

    # --- files -------------------------------------------------------------------------------------------------------

    def upload(self, file: Attachment, content_type: str, files: FileSource) -> str:
        form = {"messaging_product": "whatsapp", "type": content_type}
        with closing(files.open(file)) as data:
            upload = Upload(
                field_name="file", name=file.name or "file", content_type=content_type, size=file.size or 0, stream=data
            )
            response = self._api.post(
                self._api.number, "media", form=form, upload=upload, repeatable=True, timeout=FILE_SECONDS
            )
        _refuse(response, "uploading a file")
        media_id = read_answer(Uploaded, response).id
        if not media_id:
            raise Transient("WhatsApp took a file and did not say its id")
        return media_id

    def find_file(self, file: Attachment) -> Attachment:
        """The address is good for five minutes."""
        response = self._api.get(file.external_id, query={"phone_number_id": self._api.number})
        found = read_answer(Found, response) if response.ok else Found()
        return replace(file, url=found.url, size=found.file_size or file.size) if found.url else file

    # --- templates ---------------------------------------------------------------------------------------------------

    def list_templates(self) -> Sequence[Body]:
        return [template for page in self._list_pages() for template in page.data]

    def _list_pages(self) -> Iterator[Page]:
        after = ""
        for _ in range(_PAGES):
            query = {"fields": _TEMPLATE_FIELDS, "limit": _PER_PAGE, **({"after": after} if after else {})}
            response = self._api.get(self._account, "message_templates", query=query)
            _refuse(response, "listing the templates")
            page = read_answer(Page, response)
            yield page
            after = page.paging.cursors.after
            if not page.paging.next or not after:
                return

    def create_template(self, template: Body) -> Body:
        path = (self._account, "message_templates")
        response = self._api.post(*path, json=dict(template), repeatable=False)
        _refuse(response, "creating a template")
        answer: Body = response.read_json()
        return answer

    def edit_template(self, template_id: str, change: Body) -> None:
        _refuse(self._api.post(template_id, json=dict(change), repeatable=True), "changing a template")

    def delete_template(self, name: str, template_id: str) -> None:
        query = {"name": name, **({"hsm_id": template_id} if template_id else {})}
        _refuse(self._api.delete(self._account, "message_templates", query=query), "deleting a template")

    @property
    def _account(self) -> str:
        return self._connection.setting("waba_id")


def request_file(file: Attachment, connection: Connection) -> HttpRequest:
    """Only Meta's own servers, and the one that the owner named, get the token."""
    url = file.url or ""
    if not (is_own(url, connection.settings, read_base_url) or _is_metas(url)):
        return HttpRequest(method="GET", url=url)
    return HttpRequest(
        method="GET", url=url, headers={"Authorization": f"Bearer {connection.secrets.get('access_token')}"}
    )


def _is_metas(url: str) -> bool:
    origin = read_origin(url)
    if origin is None or origin[0] != "https" or origin[2] != 443:
        return False
    return any(origin[1] == host or origin[1].endswith(f".{host}") for host in _FILE_HOSTS)


def _refuse(response: HttpResponse, what: str) -> None:
    if not response.ok:
        raise make_failure(make_refusal(response), what)
