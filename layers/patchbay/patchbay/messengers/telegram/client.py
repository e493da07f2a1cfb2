"""Calling the Bot API. Why it refuses a call stands in a sentence, which is compared and never passed on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import quote

from patchbay.domain.accounts import Connection, Settings
from patchbay.domain.errors import DeliveryError, Moved, Rejected, Unreachable
from patchbay.kit.addresses import check_base_url
from patchbay.kit.contract import Http, HttpResponse, Upload
from patchbay.kit.rest import RestClient, reading_settings
from patchbay.kit.schemas import Wire, validate_json
from patchbay.kit.statuses import Meaning, Rule, Statuses
from patchbay.messengers.telegram.spec import BLOCKED, BUSINESS_LATE, BUSINESS_SILENT, DEFAULT_BASE_URL, REMOVED

FILE_SECONDS = 40.0  #: for a call with a file of up to 50 MB

_API = "https://core.telegram.org/bots/api#making-requests"
STATUSES = Statuses(
    title="Telegram",
    exceptions=(
        Rule((403,), Meaning.REFUSED, "the person has blocked the bot, or the group has removed it", _API),
        Rule((404,), Meaning.OWNER, "the address holds a token that no bot has", _API),
    ),
)

Fields = Mapping[str, object]


class Parameters(Wire):
    migrate_to_chat_id: int | None = None


class Refusal(Wire):
    """Of any call. `description` begins with the kind of error and goes on with the reason."""

    description: str = ""
    parameters: Parameters = Parameters()


_Words = tuple[tuple[str, str], ...]

#: By what the description says: why this chat cannot be written to.
_UNREACHABLE: _Words = (
    ("blocked by the user", BLOCKED),
    ("user is deactivated", "the customer has deleted their Telegram account"),
    ("initiate conversation", "the customer has not started the bot: on Telegram, customers write first"),
    ("bot was kicked", REMOVED),
    ("not a member", "the bot is no longer in the group"),
    ("chat not found", "Telegram no longer has this chat"),
    ("message thread not found", "the topic of the group has been deleted"),
    ("BUSINESS_PEER_INVALID", "the business account's owner has excluded this chat from what the bot may answer"),
    ("BOT_ACCESS_FORBIDDEN", BUSINESS_SILENT),
)
_REJECTED: _Words = (
    ("text is empty", "Telegram shows nothing of this message"),
    ("too long", "the message is too long for Telegram: send it in shorter pieces"),
    ("not enough rights", "the bot may not write this in the group: change its permissions there"),
    ("have no rights", "the bot may not write this in the group: change its permissions there"),
    ("TOPIC_CLOSED", "the topic of the group is closed"),
    ("BUSINESS_PEER_USAGE_MISSING", BUSINESS_LATE),
)
#: What is wrong with how a message is shown, and not with what it says: then its words go out as they are.
_FORM = (
    *("parse entities", "url", "web page", "file identifier", "wrong file", "wrong type", "inline keyboard"),
    *("button_", "photo_", "image_", "document_", "video_", "voice_messages", "too big", "too large", "phone number"),
)


class Api(RestClient):
    """The API of one bot. The token is a part of each address, which is therefore never shown."""

    def __init__(self, connection: Connection, http: Http) -> None:
        connect = f"patchbay connect telegram {connection.id} --secret bot_token=@FILE"
        renewal = f"copy it again (write /mybots to @BotFather, your bot, API Token), then run `{connect}`"

        def explain(response: HttpResponse) -> str:
            where = "" if response.status == 401 else ", or base_url is not the Bot API's"
            return f"Telegram does not accept the bot token{where} (HTTP {response.status}): {renewal}"

        with reading_settings():
            base_url = read_base_url(connection.settings)
        self.files_url = f"{base_url}/file"
        bot = f"{base_url}/bot{quote(connection.secrets.get('bot_token'), safe=':')}"
        super().__init__(http, bot, headers={}, statuses=STATUSES, explain=explain)

    def call(self, method: str, fields: Fields, *, repeatable: bool, timeout: float = 10.0) -> HttpResponse:
        """A success, or a refusal that the caller must look at."""
        return self.post(method, json=dict(fields), repeatable=repeatable, timeout=timeout)

    def send_files(self, method: str, fields: Fields, *files: Upload) -> HttpResponse:
        form = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
        return self.post(method, form=form, uploads=files, repeatable=False, timeout=FILE_SECONDS)


def read_base_url(settings: Settings) -> str:
    """Where the Bot API is, without a slash at its end. Raises Misconfigured for an address that cannot be used."""
    return check_base_url(settings, default=DEFAULT_BASE_URL)


def read_refusal(response: HttpResponse) -> Refusal:
    try:
        return validate_json(Refusal, response.body)
    except ValueError:
        return Refusal()


def is_about_form(response: HttpResponse) -> bool:
    """Whether the same would be taken in plain words."""
    description = read_refusal(response).description.casefold()
    return response.status in {400, 413} and any(sign in description for sign in _FORM)


def make_failure(response: HttpResponse, what: str) -> DeliveryError:
    """What a refusal means for a message. `what` was asked for, in words."""
    refusal = read_refusal(response)
    if refusal.parameters.migrate_to_chat_id is not None:
        return Moved(str(refusal.parameters.migrate_to_chat_id))
    description = refusal.description.casefold()
    for sign, words in _UNREACHABLE:
        if sign.casefold() in description:
            return Unreachable(words, code="telegram-unreachable")
    for sign, words in _REJECTED:
        if sign.casefold() in description:
            return Rejected(words, code="telegram-refused")
    if response.status == 403:
        return Unreachable("the bot may not write to this chat", code="telegram-unreachable")
    return STATUSES.refuse(response, what)
