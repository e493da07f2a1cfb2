"""Failures in Meta's form, by code.

Which HTTP status a code comes with:
https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, jsonify

from playground.services.whatsapp.records import Json

HREF = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"

TITLES: Mapping[int, str] = {
    0: "AuthException",
    1: "API Unknown",
    2: "API Service",
    3: "API Method",
    4: "API Too Many Calls",
    10: "Permission Denied",
    33: "Parameter value is not valid",
    100: "Invalid parameter",
    190: "Access token has expired",
    200: "API Permission",
    368: "Temporarily blocked for policies violations",
    2388018: "Message template language is being deleted",
    2388019: "Message template limit exceeded",
    2388023: "Message template language is being deleted",
    2388024: "Message template already exists",
    2388040: "Character limit exceeded",
    2388047: "Message header format is incorrect",
    2388072: "Message body format is incorrect",
    2388073: "Message footer format is incorrect",
    2388293: "Too many parameters for the length of the message",
    2388299: "Parameters stand at the start or the end",
    2494191: "Only the escalation partner may take a thread",
    2593109: "History synchronization is turned off by the business",
    80007: "Rate limit issues",
    130403: "Business blocked the user",
    130429: "Rate limit hit",
    130472: "User's number is part of an experiment",
    130497: "Business account is restricted from messaging users in this country.",
    131000: "Something went wrong",
    131005: "Access denied",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
    131016: "Service unavailable",
    131021: "Recipient cannot be sender",
    131026: "Message undeliverable",
    131030: "Recipient phone number not in allowed list",
    131031: "Account has been locked",
    131037: "Display name approval required",
    131042: "Business eligibility payment issue",
    131045: "Incorrect certificate",
    131047: "Re-engagement message",
    131048: "Spam rate limit hit",
    131049: "This message was not delivered to maintain healthy ecosystem engagement.",
    131050: "User has stopped marketing messages from this business",
    131051: "Unsupported message type",
    131052: "Media download error",
    131053: "Media upload error",
    131055: "Method not allowed",
    131056: "(Business Account, Consumer Account) pair rate limit hit",
    131057: "Account in maintenance mode",
    131062: "Business-scoped user ids are not supported for this message",
    131063: "Marketing templates are disabled for Cloud API",
    131064: "Template messages reached a limit",
    132000: "Number of parameters does not match the expected number of params",
    132001: "Template name does not exist in the translation",
    132005: "Translated text too long",
    132007: "Template format character policy violated",
    132008: "Template parameter is not valid",
    132012: "Parameter format does not match format in the created template",
    132015: "Template is paused",
    132016: "Template is disabled",
    132068: "Flow is in blocked state",
    132069: "Flow is in throttled state",
    133000: "Incomplete deregistration",
    133004: "Server temporarily unavailable",
    133005: "Two-step verification PIN mismatch",
    133006: "Phone number re-verification needed",
    133008: "Too many two-step verification PIN guesses",
    133009: "Two-step verification PIN guessed too fast",
    133010: "Phone number not registered",
    133015: "Please wait a few minutes before attempting to register this phone number",
    133016: "Account register and deregister rate limit exceeded",
    134011: "WhatsApp Payments terms of service has not been accepted",
    135000: "Generic user error",
    136024: "Request code error",
    137000: "Recipient identity key mismatch",
    139100: "Failed to block or unblock some users",
    139101: "Block list limit reached",
    139102: "Block list concurrent update",
    139103: "Block users internal error",
    139200: "Direct send is restricted",
    147001: "Username is not available",
    147002: "Username is not valid",
}

_STATUSES: Mapping[int, int] = {
    **dict.fromkeys((0, 190), 401),
    **dict.fromkeys((10, *range(200, 300), 368, 130497, 131005, 131031), 403),
    132001: 404,
    **dict.fromkeys((3, 131000, 131016, 131045, 131057, 133000), 500),
    **dict.fromkeys((2, 133004), 503),
}

_USUAL = {401: 190, 403: 10, 404: 132001, 429: 4, 500: 131000, 503: 131016}


class RefusedCall(Exception):
    """A call fails with this code; `details` say what was wrong with it."""

    def __init__(
        self,
        code: int,
        details: str = "",
        *,
        title: str = "",
        subcode: int = 0,
        status: int = 0,
        user_message: str = "",
    ) -> None:
        super().__init__(title or TITLES.get(code, "Unknown error"))
        self.code = code
        self.details = details
        self.subcode = subcode
        self.user_message = user_message  #: in words for people, where Graph has some
        self.status = status or find_status(code)


def find_status(code: int) -> int:
    return _STATUSES.get(code, 400)


def missing(name: str) -> RefusedCall:
    return RefusedCall(100, title=f"The parameter {name} is required.")


def invalid(details: str) -> RefusedCall:
    return RefusedCall(131009, details)


def no_object(object_id: str, method: str = "get") -> RefusedCall:
    title = (
        f"Unsupported {method.lower()} request. Object with ID '{object_id}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation"
    )
    return RefusedCall(100, title=title, subcode=33)


def show_error(refusal: RefusedCall, trace: str = "AbCdEfGh1JkLmNoPqRsTuVw") -> Json:
    """The body of a refusal."""
    is_graphs_own = refusal.code in {190, 2500} or refusal.subcode
    message = str(refusal) if is_graphs_own else f"(#{refusal.code}) {refusal}"
    error: Json = {"message": message, "type": "OAuthException", "code": refusal.code}
    if refusal.details:
        error["error_data"] = {"messaging_product": "whatsapp", "details": refusal.details}
    if refusal.subcode:
        error["error_subcode"] = refusal.subcode
    if refusal.user_message:
        title = TITLES.get(refusal.subcode, str(refusal))
        error |= {"is_transient": False, "error_user_title": title, "error_user_msg": refusal.user_message}
    return {"error": {**error, "fbtrace_id": trace}}


def show_failure(code: int, details: str = "") -> Json:
    """The same failure as webhooks have it."""
    title = TITLES.get(code, "Unknown error")
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": details or title},
        "href": HREF,
    }


def describe(refusal: RefusedCall) -> Response:
    response: Response = jsonify(show_error(refusal))
    response.status_code = refusal.status
    return response


def describe_status(status: int) -> Response:
    """The usual failure of an HTTP status."""
    return describe(RefusedCall(_USUAL.get(status, 131000 if status >= 500 else 100), status=status))
