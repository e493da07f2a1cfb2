"""Calling Meta's Graph API. Why it refuses a call stands in a code: its words may quote a text, and change."""

from __future__ import annotations

import re

from patchbay.domain.accounts import Connection, Settings
from patchbay.domain.errors import Misconfigured
from patchbay.kit.addresses import check_base_url
from patchbay.kit.contract import Http, HttpResponse
from patchbay.kit.rest import RestClient, reading_settings
from patchbay.kit.schemas import Wire, validate_json
from patchbay.kit.statuses import Meaning, Reason, Rule, Statuses
from patchbay.messengers.whatsapp import errors, spec
from patchbay.messengers.whatsapp.errors import Refusal

FILE_SECONDS = 40.0  #: for a call with a file of up to 100 MB

_CODES = "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes"
_VERSION = re.compile(r"v[0-9]{1,3}\.[0-9]{1,2}")
_ID = re.compile(r"[0-9]{1,30}")


class GraphError(Wire):
    code: int = 0


class Failed(Wire):
    """Of any call that is refused."""

    error: GraphError = GraphError()


def read_code(response: HttpResponse) -> int:
    """0 where the answer has none."""
    try:
        return validate_json(Failed, response.body).error.code
    except ValueError:
        return 0


def _is_about_account(response: HttpResponse) -> bool:
    code = read_code(response)
    return bool(code and errors.explain_account(code))


def _is_about_person(response: HttpResponse) -> bool:
    return errors.is_unreachable(read_code(response))


def _is_momentary(response: HttpResponse) -> bool:
    return read_code(response) in errors.MOMENTARY


def _read_reason(response: HttpResponse) -> Reason:
    code = read_code(response)
    return Reason(code=f"whatsapp_{code}", details=f"code {code}") if code else Reason()


STATUSES = Statuses(
    title="WhatsApp",
    exceptions=(
        Rule((403,), Meaning.REFUSED, "the business may not write to this person", _CODES, when=_is_about_person),
        Rule(
            (400, 500),
            Meaning.OWNER,
            "the code says that the token, the number or the payment is refused",
            _CODES,
            when=_is_about_account,
        ),
        Rule((500,), Meaning.LATER, "the code says that nothing was done", _CODES, when=_is_momentary),
    ),
    read_reason=_read_reason,
)


class Api(RestClient):
    """Meta's API with one number's token. Below it are the number itself, its business account, and each file."""

    def __init__(self, connection: Connection, http: Http) -> None:
        with reading_settings():
            base_url = read_base_url(connection.settings)
            self.number = _read_id(connection, "phone_number_id")
        token = connection.secrets.get("access_token")
        super().__init__(
            http,
            f"{base_url}/{read_version(connection.settings)}",
            headers={"Authorization": f"Bearer {token}"},
            statuses=STATUSES,
            explain=lambda response: _explain(response, connection),
        )


class AppApi(RestClient):
    """Meta's API for the app itself, whose token are its id and its secret: only it may ask about its webhook."""

    def __init__(self, connection: Connection, http: Http, app_id: str) -> None:
        with reading_settings():
            base_url = read_base_url(connection.settings)
        super().__init__(
            http,
            f"{base_url}/{read_version(connection.settings)}",
            headers={"Authorization": f"Bearer {app_id}|{connection.secrets.get('app_secret')}"},
            statuses=STATUSES,
            explain=lambda response: (
                f"Meta does not accept the app secret (HTTP {response.status}): copy it again from the App Dashboard > "
                f"App settings > Basic, then run `patchbay connect whatsapp {connection.id} --secret app_secret=@FILE`"
            ),
        )


def _explain(response: HttpResponse, connection: Connection) -> str:
    code = read_code(response)
    problem = errors.explain_account(code) or "Meta does not accept the access token"
    connect = f"patchbay connect whatsapp {connection.id} --secret access_token=@FILE"
    known = f"code {code}" if code else f"HTTP {response.status}"
    return (
        f"{problem} ({known}): if it is the token, generate another one "
        f"in Meta's Business Settings > Users > System users, then run `{connect}`"
    )


def make_refusal(response: HttpResponse) -> Refusal:
    return Refusal(status=response.status, code=read_code(response))


def read_base_url(settings: Settings) -> str:
    """Where Meta's API is, without a slash at its end. Raises Misconfigured for an address that cannot be used."""
    return check_base_url(settings, default=spec.DEFAULT_BASE_URL)


def read_version(settings: Settings) -> str:
    version = settings.get("meta_api_version", "") or spec.DEFAULT_API_VERSION
    if not _VERSION.fullmatch(version):
        raise Misconfigured(f"meta_api_version must be like {spec.DEFAULT_API_VERSION}")
    return version


def _read_id(connection: Connection, name: str) -> str:
    value = connection.setting(name)
    if not _ID.fullmatch(value):
        raise Misconfigured(f"{name} must be digits: copy it from the App Dashboard > WhatsApp > API Setup")
    return value
