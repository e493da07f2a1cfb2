"""WhatsApp through AWS End User Messaging Social: the same bodies as Meta's, base64 in a call of AWS.

Files go from the owner's bucket to WhatsApp and back without passing a function.

Documentation: https://docs.aws.amazon.com/social-messaging/latest/userguide/whatsapp-send-message.html
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from patchbay.domain.accounts import Connection
from patchbay.domain.model import Attachment, Delivered
from patchbay.kit.contract import FilePlace, Http, HttpRequest, HttpResponse, IncomingFile
from patchbay.kit.file_abilities import FileSource
from patchbay.kit.rest import read_answer, read_or, reading_settings
from patchbay.messengers.whatsapp.aws_client import SERVICE, SocialApi, read_number
from patchbay.messengers.whatsapp.aws_schemas import Created, Described, Sent, Stored, Summaries, Summary
from patchbay.messengers.whatsapp.client import FILE_SECONDS, read_version
from patchbay.messengers.whatsapp.doors import Body

_PAGE, _MOST_PAGES = 100, 60  #: templates that one call lists, and more pages than an account can have
_KEEP_TEMPLATE = 600.0  #: seconds; what a template says changes only when somebody edits it
_ADDRESS = "whatsapp-media:"
#: Templates that are as good as gone, each of which would cost a call to read.
_OVER = frozenset({"DELETED", "PENDING_DELETION"})
_DIGITS = re.compile(r"[0-9]{5,20}")


class AwsDoor:
    """One number's way to WhatsApp, as `doors.Door` describes it."""

    def __init__(self, connection: Connection, http: Http) -> None:
        self._connection = connection
        self._api = SocialApi(connection, http)

    # --- messages ----------------------------------------------------------------------------------------------------

    def send(self, body: Body) -> Delivered:
        """AWS says Meta's own id, by which the message's statuses name it; another one would be of no use."""
        named = read_or(Sent, self._send(body, repeatable=False), Sent()).message_id
        return Delivered(external_id=named if named.startswith("wamid.") else "")

    def mark(self, body: Body) -> None:
        self._send(body, repeatable=True)

    def _send(self, body: Body, *, repeatable: bool) -> HttpResponse:
        with reading_settings():
            version = read_version(self._connection.settings)
        document = {
            "originationPhoneNumberId": self._api.number,
            "message": write_blob(_with_plus(body)),
            "metaApiVersion": version,
        }
        return self._api.call("POST", "send", json=document, repeatable=repeatable)

    # --- files -------------------------------------------------------------------------------------------------------

    def upload(self, file: Attachment, content_type: str, files: FileSource) -> str:
        """AWS reads the file where it lies."""
        place = files.locate(file, content_type)
        document = {"originationPhoneNumberId": self._api.number, "sourceS3File": write_place(place)}
        # To store a file twice does no harm: nobody sees one that no message names.
        response = self._api.call("POST", "media", json=document, repeatable=True, timeout=FILE_SECONDS)
        return read_answer(Stored, response).media_id

    def find_file(self, file: Attachment) -> Attachment:
        """Calls nothing: AWS hands out no address, and takes the id."""
        return replace(file, url=f"{_ADDRESS}{file.external_id}", protected=True) if file.external_id else file

    # --- templates ---------------------------------------------------------------------------------------------------

    def list_templates(self) -> Sequence[Body]:
        """AWS lists names, and what a template says only one by one."""
        return [self._describe(one) for one in self._list() if one.template_status not in _OVER]

    def _list(self) -> Iterator[Summary]:
        query = {"id": self._api.waba, "maxResults": str(_PAGE)}
        for _ in range(_MOST_PAGES):
            page = read_answer(Summaries, self._api.call("GET", "template/list", query=query))
            yield from page.templates
            if not page.next_token:
                return
            query = {**query, "nextToken": page.next_token}

    def _describe(self, one: Summary) -> Body:
        query = {"id": self._api.waba, "metaTemplateId": one.meta_template_id}
        answer = self._api.call("GET", "template", query=query, keep_for=_KEEP_TEMPLATE)
        said = read_blob(read_answer(Described, answer).template)
        listed = {
            "id": one.meta_template_id,
            "name": one.template_name,
            "language": one.template_language,
            "status": one.template_status,
            "category": one.template_category,
            "quality_score": {"score": one.template_quality_score},
        }
        return {**said, **{name: value for name, value in listed.items() if value}}

    def create_template(self, template: Body) -> Body:
        document = {"id": self._api.waba, "templateDefinition": write_blob(template)}
        made = read_or(Created, self._api.call("POST", "template/put", json=document), Created())
        return {"id": made.meta_template_id, "status": made.template_status, "category": made.category}

    def edit_template(self, template_id: str, change: Body) -> None:
        document: dict[str, object] = {"id": self._api.waba, "metaTemplateId": template_id}
        if "components" in change:
            document["templateComponents"] = write_blob(change["components"])
        if "category" in change:
            document["templateCategory"] = change["category"]
        if "parameter_format" in change:
            document["parameterFormat"] = change["parameter_format"]
        self._api.call("POST", "template", json=document, repeatable=True)

    def delete_template(self, name: str, template_id: str) -> None:
        query = {"id": self._api.waba, "templateName": name}
        query |= {"metaTemplateId": template_id} if template_id else {"deleteAllTemplates": "true"}
        self._api.call("DELETE", "template", query=query)


def request_file(file: Attachment, connection: Connection) -> HttpRequest:
    """The core says where AWS shall put the file, which is why nothing of it comes with the answer."""
    document = {
        "mediaId": (file.url or "").removeprefix(_ADDRESS),
        "originationPhoneNumberId": read_number(connection),
        "destinationS3File": IncomingFile(write_place),
    }
    return HttpRequest(
        method="POST",
        url="/v1/whatsapp/media/get",
        json=document,
        aws_service=SERVICE,
        repeatable=True,
        timeout=FILE_SECONDS,
    )


def write_blob(document: object) -> str:
    """As AWS's JSON carries bytes."""
    return b64encode(json.dumps(document, separators=(",", ":")).encode()).decode()


def read_blob(text: str) -> Mapping[str, object]:
    """A template as Meta describes it; empty where it is something else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def write_place(place: FilePlace) -> Mapping[str, str]:
    return {"bucketName": place.bucket, "key": place.key}


def _with_plus(body: Body) -> Body:
    """AWS wants numbers with their plus; Meta takes both."""
    to = body.get("to")
    return {**body, "to": f"+{to}"} if isinstance(to, str) and _DIGITS.fullmatch(to) else body
