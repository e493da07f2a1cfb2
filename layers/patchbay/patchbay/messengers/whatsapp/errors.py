"""What Meta's error codes mean, whichever door they come through, and whether at once or in a message's status.

Documentation: https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from patchbay.domain.errors import (
    AuthorizationNeeded,
    DeliveryError,
    MarketingRefused,
    Rejected,
    Transient,
    Unreachable,
    WindowClosed,
)

WINDOW_CLOSED = 131047
MARKETING_STOPPED = 131050
UPLOAD_FAILED = 131053
NOT_BY_USER_ID = 131062

#: Codes by which Meta asks for fewer calls, with HTTP 400, and the seconds after which one more makes sense.
THROTTLES: Mapping[int, float] = {
    4: 60.0,  # calls of the app within an hour
    80007: 60.0,  # the same of the business account
    130429: 2.0,  # messages of the number within a second
    131048: 600.0,  # too many people have blocked the number or reported it
    131056: 6.0,  # messages to this one person
    133016: 3600.0,  # registrations of the number
}
#: Nothing was done, and it may work later.
MOMENTARY = frozenset({1, 131057, 133004})

_PAYMENT = "check the payment method in Meta's Business Settings > Billing"
_LOCKED = "Meta has locked the account: see Business Settings > Account quality"
#: What the owner must do. `permission` codes from 200 to 299 are added by `explain_account`.
_ACCOUNT: Mapping[int, str] = {
    0: "the access token is not valid",
    190: "the access token has expired or was withdrawn",
    3: "the app may not do this: it needs the permission whatsapp_business_messaging",
    10: "the app may not do this: it needs the permission whatsapp_business_messaging",
    33: "the number does not exist any more, or phone_number_id is wrong",
    368: _LOCKED,
    131005: "the app has no access to this number",
    131031: _LOCKED,
    131037: "the number's display name is not approved: see WhatsApp Manager > Phone numbers",
    131042: f"Meta could not charge for the message: {_PAYMENT}",
    131045: "the number is not registered: run `patchbay connect` once more with its PIN",
    133000: "the number's registration is not complete: run `patchbay connect` once more with its PIN",
    133010: "the number is not registered: run `patchbay connect` once more with its PIN",
    131064: "Meta has restricted the account's templates: see Business Settings > Account quality",
}
_PERMISSIONS = range(200, 300)

#: Why this person cannot be written to.
_UNREACHABLE: Mapping[int, str] = {
    131026: (
        "WhatsApp could not deliver it: the number is not on WhatsApp, the customer has blocked you, "
        "or uses a very old version"
    ),
    130403: "you have blocked this customer on WhatsApp",
    131030: "the number is not on the test number's list of recipients: add it in the App Dashboard > API Setup",
    131021: "a number cannot write to itself",
    130497: "the business may not write to people in this country",
}
#: What is wrong with the message, or with when it is sent.
_REFUSED: Mapping[int, str] = {
    WINDOW_CLOSED: (
        "the customer's last message is more than 24 hours old, and WhatsApp then takes only approved templates"
    ),
    131049: "WhatsApp limits how much marketing people get: try again tomorrow at the earliest",
    MARKETING_STOPPED: "the customer has opted out of marketing messages",
    130472: "the customer is part of an experiment of Meta's and gets no marketing at the moment",
    131051: "WhatsApp does not know messages of this type",
    131052: "WhatsApp could not load the customer's file",
    UPLOAD_FAILED: "WhatsApp did not accept the file",
    NOT_BY_USER_ID: "WhatsApp sends such a template to a telephone number only, which this customer hides",
    132000: "the template wants another number of values",
    132001: "there is no approved template of this name in this language",
    132005: "the template becomes too long with these values",
    132007: "the template is against WhatsApp's rules",
    132008: "a value of the template has a wrong form",
    132012: "a value of the template has a wrong form",
    132015: "the template is paused, because too many people did not want it",
    132016: "the template is disabled, because too many people did not want it",
    132068: "the form behind the template is blocked",
    132069: "the form behind the template is sent too often",
    137000: "the customer has another phone now: confirm who they are",
    2494191: "another app answers this customer at the moment",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that is no success. `code` is Meta's, 0 where there is none; `status` is the HTTP status."""

    status: int
    code: int = 0


def describe(code: int) -> str:
    """The reason for the agent who wrote the message; "" for a code that is not known."""
    return _UNREACHABLE.get(code) or _REFUSED.get(code) or explain_account(code)


def is_unreachable(code: int) -> bool:
    return code in _UNREACHABLE


def explain_account(code: int) -> str:
    """What the owner must do; "" where the owner is not to blame."""
    if code in _PERMISSIONS:
        return "the access token lacks a permission: it needs whatsapp_business_messaging"
    return _ACCOUNT.get(code, "")


def make_failure(refusal: Refusal, what: str) -> DeliveryError:
    """What a refusal means. `what` was asked for, in words."""
    code = refusal.code
    if code in THROTTLES:
        return Transient(f"WhatsApp asks for fewer messages (code {code})", THROTTLES[code])
    if code in MOMENTARY:
        return Transient(f"WhatsApp cannot do this at the moment (code {code})")
    if code in _UNREACHABLE:
        return Unreachable(_UNREACHABLE[code], code="whatsapp-unreachable")
    if code == WINDOW_CLOSED:
        return WindowClosed(_REFUSED[code], code=f"whatsapp_{code}")
    if code == MARKETING_STOPPED:
        return MarketingRefused(_REFUSED[code], code=f"whatsapp_{code}")
    if code in _REFUSED:
        return Rejected(_REFUSED[code], code=f"whatsapp_{code}")
    if (code or refusal.status == 401) and (problem := explain_account(code)):
        return AuthorizationNeeded(f"{problem} (code {code})")
    known = f"code {code}" if code else f"HTTP {refusal.status}"
    return Rejected(f"WhatsApp refused the request: {what} ({known})", code=f"whatsapp_{code or refusal.status}")
