"""Calling AWS End User Messaging Social, which passes on to Meta what it is given. Nothing here holds a key.

The core signs the calls in the function's own name. Why one is refused stands in the name of an exception, and in a
code of Meta's where it was Meta that refused; the words around it are not passed on, for they may quote a text.

Documentation: https://docs.aws.amazon.com/social-messaging/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Unpack

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import AuthorizationNeeded, DeliveryError, Misconfigured
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from patchbay.kit.rest import Options, RestClient, reading_settings
from patchbay.kit.schemas import validate_json
from patchbay.kit.statuses import Meaning, Reason, Rule, Statuses
from patchbay.messengers.whatsapp import errors
from patchbay.messengers.whatsapp.aws_schemas import Refused
from patchbay.messengers.whatsapp.errors import Refusal

SERVICE = "social-messaging"  #: in signatures and in the host's name
WABA = "aws_waba_id"  #: the setting that names the number's account, as `connect` learns it

_REFERENCE = "https://docs.aws.amazon.com/social-messaging/latest/APIReference/CommonErrors.html"
_NUMBER = re.compile(
    r"phone-number-id-[0-9a-zA-Z]{1,99}|arn:[a-z-]+:social-messaging:[a-z0-9-]+:[0-9]{12}:phone-number-id/[0-9a-zA-Z]{1,64}"
)
_META_CODE = re.compile(r"\(#([0-9]{1,7})\)|\"(?:error_)?code\"\s*:\s*([0-9]{1,7})")
_UNAVAILABLE = frozenset({2})  #: Meta's own answer has HTTP 503 with it
_NOT_LINKED = "ResourceNotFoundException"
_BY_META = "AccessDeniedByMetaException"


def read_kind(response: HttpResponse) -> str:
    """The name of the exception, such as ThrottledRequestException; "" where none is named."""
    stated = response.headers.get("x-amzn-errortype", "")
    kind = stated.partition(":")[0].rpartition("#")[2].strip()
    return kind if re.fullmatch(r"[A-Za-z]{1,80}", kind) else ""


def read_code(response: HttpResponse) -> int:
    """Meta's own code, where the exception quotes one; else 0."""
    try:
        words = validate_json(Refused, response.body).message
    except ValueError:
        return 0
    found = _META_CODE.search(words)
    return int(found[1] or found[2]) if found else 0


def _is_not_linked(response: HttpResponse) -> bool:
    return read_kind(response) == _NOT_LINKED and not read_code(response)


def _is_about_message(response: HttpResponse) -> bool:
    """Meta has its reasons, which are not the credentials."""
    code = read_code(response)
    return bool(code) and not errors.explain_account(code)


def _is_about_account(response: HttpResponse) -> bool:
    code = read_code(response)
    return bool(code) and bool(errors.explain_account(code))


def _is_momentary(response: HttpResponse) -> bool:
    return read_code(response) in errors.MOMENTARY | _UNAVAILABLE


def _is_throttle_of_metas(response: HttpResponse) -> bool:
    return read_code(response) in errors.THROTTLES


def _read_reason(response: HttpResponse) -> Reason:
    kind, code = read_kind(response), read_code(response)
    return Reason(code=f"whatsapp_{code}" if code else kind, details=f"code {code}" if code else kind)


STATUSES_OF_AWS = Statuses(
    title="AWS End User Messaging Social",
    calls="through AWS",
    exceptions=(
        Rule(
            (403,), Meaning.REFUSED, "a code of Meta's says that it is about the message", _REFERENCE, _is_about_message
        ),
        Rule((429,), Meaning.REFUSED, "a code of Meta's says how long to wait", _REFERENCE, _is_throttle_of_metas),
        Rule(
            range(500, 600),
            Meaning.OWNER,
            "a code of Meta's says that it is the account",
            _REFERENCE,
            _is_about_account,
        ),
        Rule(range(500, 600), Meaning.LATER, "a code of Meta's says that nothing was done", _REFERENCE, _is_momentary),
        Rule((404,), Meaning.OWNER, "the number or its account is not linked to AWS", _REFERENCE, _is_not_linked),
    ),
    read_reason=_read_reason,
)


class SocialApi(RestClient):
    """The service in the function's own region, for the number of one connection."""

    def __init__(self, connection: Connection, http: Http) -> None:
        with reading_settings():
            self.number = read_number(connection)
        self.connection = connection
        super().__init__(
            http,
            "",
            headers={},
            statuses=STATUSES_OF_AWS,
            explain=lambda response: explain(response, connection),
        )

    @property
    def waba(self) -> str:
        """AWS's id of the number's account."""
        with reading_settings():
            return read_waba(self.connection)

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        repeatable: bool = False,
        **options: Unpack[Options],
    ) -> HttpResponse:
        """A success. Raises a DeliveryError for everything else."""
        request = HttpRequest(
            method=method,
            url=f"/v1/whatsapp/{path}",
            headers={"Accept": "application/json"},
            query=query or {},
            aws_service=SERVICE,
            repeatable=repeatable,
            **options,
        )
        response = self.send(request)
        if not response.ok:
            raise make_failure(response, path)
        return response


def make_failure(response: HttpResponse, what: str) -> DeliveryError:
    """By Meta's code where there is one, as through Meta's own door."""
    code = read_code(response)
    if code:
        return errors.make_failure(Refusal(status=response.status, code=code), what)
    return STATUSES_OF_AWS.refuse(response, what)


def explain(response: HttpResponse, connection: Connection) -> str:
    """What the owner must do."""
    kind, code = read_kind(response), read_code(response)
    connect = f"patchbay connect whatsapp {connection.id}"
    if kind == _NOT_LINKED:
        return (
            "AWS End User Messaging Social does not know the number: copy its id from AWS's console > AWS End User "
            f"Messaging > Social messaging > WhatsApp Business accounts, then run `{connect} --set "
            "origination_phone_number_id=ID`"
        )
    if kind == _BY_META or code:
        known = f"code {code}" if code else kind
        problem = errors.explain_account(code) or "Meta does not allow AWS what was asked for"
        return f"{problem} ({known}): see WhatsApp Manager > Account tools, then run `{connect}`"
    return (
        f"AWS does not allow the call ({kind or f'HTTP {response.status}'}): deploy the stack again, for its "
        f"functions' roles hold the permissions of {SERVICE}, and look for policies of your organization that deny "
        f"them. Then run `{connect}`"
    )


def read_number(connection: Connection) -> str:
    """Raises Misconfigured."""
    value = connection.setting("origination_phone_number_id").strip()
    if not _NUMBER.fullmatch(value):
        raise Misconfigured(
            "origination_phone_number_id must be like phone-number-id-0123456789abcdef0123456789abcdef, or its ARN: "
            "copy it from AWS's console > AWS End User Messaging > Social messaging > Phone numbers"
        )
    return value


def read_waba(connection: Connection) -> str:
    """Raises Misconfigured."""
    value = connection.setting(WABA)
    if not value:
        raise Misconfigured(
            f"{WABA} is not known yet: run `patchbay connect whatsapp {connection.id}` to ask AWS for it"
        )
    return value


def raise_unless_linked(found: str, connection: Connection) -> str:
    """AWS's id of what must be linked for anything to work."""
    if not found:
        raise AuthorizationNeeded(
            "the number is not linked to a WhatsApp Business account at AWS: finish linking it in AWS's console > AWS "
            f"End User Messaging > Social messaging, then run `patchbay connect whatsapp {connection.id}`"
        )
    return found
