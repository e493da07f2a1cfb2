"""The door of AWS End User Messaging Social, in front of the same accounts, people and files as Meta's own.

https://docs.aws.amazon.com/social-messaging/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable, Mapping
from functools import partial

from flask import Response, jsonify, request

from playground.services.whatsapp.aws_auth import check_signature
from playground.services.whatsapp.aws_bucket import NoAws, OwnersAws
from playground.services.whatsapp.aws_errors import Refused, describe, translate
from playground.services.whatsapp.aws_events import Names, write_message
from playground.services.whatsapp.aws_model import Invalid, check_answer, find_operation, read_call
from playground.services.whatsapp.aws_templates import AwsTemplates
from playground.services.whatsapp.core import Core
from playground.services.whatsapp.errors import RefusedCall
from playground.services.whatsapp.events import News
from playground.services.whatsapp.records import Account, Json, Number
from playground.simulator import Simulator, Webhook

PATH = "/v1/whatsapp/"
_SENDING = "SendWhatsAppMessage"


class SocialMessaging:
    """`aws` is where files and news go; `secrets` are the keys that signatures are checked with."""

    def __init__(self, simulator: Simulator, core: Core) -> None:
        self.aws: OwnersAws = NoAws()
        self.names = Names()
        self.secrets: Mapping[str, str] = {"testing": "testing"}
        self.destinations: dict[str, Json] = {}  #: by account, where its news go
        self.endings = False  #: AWS adds the file's id and kind to the key that it is given
        self._simulator = simulator
        self._core = core
        core.sinks.append(self.take)
        for name, operation in self._operations().items():
            rule = find_operation(name).http
            simulator.app.add_url_rule(
                rule["requestUri"], name, partial(self._serve, name, operation), methods=[rule["method"]]
            )

    def _operations(self) -> Mapping[str, Callable[[Json], Json]]:
        return {
            _SENDING: self._send,
            "PostWhatsAppMessageMedia": self._take_file,
            "GetWhatsAppMessageMedia": self._give_file,
            "GetLinkedWhatsAppBusinessAccountPhoneNumber": self._show_number,
            "GetLinkedWhatsAppBusinessAccount": self._show_account,
            "PutWhatsAppBusinessAccountEventDestinations": self._set_destination,
            **AwsTemplates(self._core, self._find_account).operations,
        }

    def _serve(self, name: str, operation: Callable[[Json], Json]) -> Response:
        try:
            check_signature(request, self.secrets, self.names.region)
            call = read_call(name, request.args.to_dict(), _read_body())
            with self._core.state.lock:
                answer = check_answer(name, operation(call))
        except Invalid as problem:
            refusal = Refused("ValidationException", f"1 validation error detected: {problem}")
        except RefusedCall as by_meta:
            refusal = translate(by_meta, is_message=name == _SENDING)
        except Refused as by_aws:
            refusal = by_aws
        else:
            response: Response = jsonify(answer)
            return response
        self._simulator.annotate(f"{refusal.name} {refusal}")
        return describe(refusal)

    # --- messages ----------------------------------------------------------------------------------------------------

    def _send(self, call: Json) -> Json:
        try:
            body = json.loads(call["message"])
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise Refused("InvalidParametersException", "message is no JSON object")
        to = body.get("to")
        if isinstance(to, str) and not to.startswith("+"):
            raise Refused("InvalidParametersException", "to must be a number with its plus")
        answer = self._core.send(self._find_number(call["originationPhoneNumberId"]).id, body)
        sent = answer.get("messages")
        return {"messageId": sent[0]["id"]} if sent else {}

    # --- files -------------------------------------------------------------------------------------------------------

    def _take_file(self, call: Json) -> Json:
        number = self._find_number(call["originationPhoneNumberId"])
        place = _one_place(call, "sourceS3File", "sourceS3PresignedUrl")
        found = self.aws.read(place["bucketName"], place["key"])
        if found is None:
            raise _deny_file()
        name = place["key"].rpartition("/")[2]
        return {"mediaId": self._core.media.add(number, found[0], found[1], name).id}

    def _give_file(self, call: Json) -> Json:
        number = self._find_number(call["originationPhoneNumberId"])
        media = self._core.media.find(call["mediaId"], number.id)
        if not call.get("metadataOnly"):
            place = _one_place(call, "destinationS3File", "destinationS3PresignedUrl")
            ending = f"{media.id}{mimetypes.guess_extension(media.content_type) or ''}" if self.endings else ""
            if not self.aws.write(place["bucketName"], f"{place['key']}{ending}", media.content, media.content_type):
                raise _deny_file()
        return {"mimeType": media.content_type, "fileSize": len(media.content)}

    # --- accounts ----------------------------------------------------------------------------------------------------

    def _show_number(self, call: Json) -> Json:
        number = self._find_number(call["id"])
        return {
            "phoneNumber": self._describe_number(number),
            "linkedWhatsAppBusinessAccountId": self.names.waba_id(number.account),
        }

    def _show_account(self, call: Json) -> Json:
        account = self._find_account(call["id"])
        numbers = [one for one in self._core.state.numbers.values() if one.account == account.id]
        destination = self.destinations.get(account.id)
        return {
            "account": {
                "arn": self.names.waba_arn(account.id),
                "id": self.names.waba_id(account.id),
                "wabaId": account.id,
                "registrationStatus": "COMPLETE" if all(one.is_registered for one in numbers) else "INCOMPLETE",
                "linkDate": 1_790_000_000,
                "wabaName": account.name,
                "eventDestinations": [destination] if destination else [],
                "phoneNumbers": [self._describe_number(one) for one in numbers],
            }
        }

    def _describe_number(self, number: Number) -> Json:
        return {
            "arn": self.names.number_arn(number.id),
            "phoneNumber": f"+{number.display}",
            "phoneNumberId": self.names.number_id(number.id),
            "metaPhoneNumberId": number.id,
            "displayPhoneNumberName": number.name,
            "displayPhoneNumber": f"+{number.display}",
            "qualityRating": number.quality,
        }

    def _set_destination(self, call: Json) -> Json:
        account = self._find_account(call["id"])
        if not call["eventDestinations"]:
            self.destinations.pop(account.id, None)
            return {}
        (wanted,) = call["eventDestinations"]
        if ":sns:" not in wanted["eventDestinationArn"] or wanted["eventDestinationArn"].endswith(".fifo"):
            raise Refused("InvalidParametersException", "the event destination must be a standard topic")
        self.destinations[account.id] = wanted
        return {}

    def _find_number(self, name: str) -> Number:
        for number in self._core.state.numbers.values():
            if name in {self.names.number_id(number.id), self.names.number_arn(number.id)}:
                return number
        raise Refused("ResourceNotFoundException", "The phone number is not linked")

    def _find_account(self, name: str) -> Account:
        for account in self._core.state.accounts.values():
            if name in {self.names.waba_id(account.id), self.names.waba_arn(account.id)}:
                return account
        raise Refused("ResourceNotFoundException", "The WhatsApp Business account is not linked")

    # --- news --------------------------------------------------------------------------------------------------------

    def take(self, news: News) -> None:
        """All news of an account go to its topic, one by one and in no order that is promised."""
        destination = self.destinations.get(str(news.entry["id"]))
        if destination is None:
            return
        message = write_message(news, self.names, self._simulator.timeline.now(), self._simulator.random)
        self._simulator.send_webhook(
            Webhook(
                method="SNS",
                url=destination["eventDestinationArn"],
                headers={},
                body=message.encode(),
                note=news.note,
                group=message,
            )
        )


def _deny_file() -> Refused:
    return Refused("AccessDeniedException", "Amazon S3 did not let the caller do this")


def _read_body() -> Json:
    if not request.get_data():
        return {}
    try:
        body = json.loads(request.get_data())
    except ValueError:
        raise Invalid("the body is not JSON") from None
    if not isinstance(body, dict):
        raise Invalid("the body is no object")
    return body


def _one_place(call: Json, file: str, address: str) -> Json:
    """Where a file is in the owner's bucket."""
    if (file in call) is (address in call):
        raise Refused("InvalidParametersException", f"{file} or {address} is needed, and not both")
    if file not in call:
        raise Refused("InvalidParametersException", "presigned addresses are not played here")
    place: Json = call[file]
    return place
