"""The closed set of failures. Each knows what the bridge does about it, so connectors classify and the core decides.

A message is written for the owner or the agent who reads it: what happened and what to do. It never holds a secret,
a webhook token, a phone number or the text of a customer's message.
"""

from __future__ import annotations

from patchbay.domain.hazards import Hazard, explain


class PatchbayError(Exception):
    """Base of every failure that Patchbay raises on purpose."""


def describe_problem(problem: Exception) -> str:
    """Our own failures explain themselves; others may quote a secret or a message, so only their kind is given."""
    kind = type(problem).__name__
    return f"{kind}: {problem}" if isinstance(problem, PatchbayError) else kind


# --- receiving -------------------------------------------------------------------------------------------------------


class WebhookRefused(PatchbayError):
    """A webhook that is answered with an error and never acted on. `status` is the HTTP answer."""

    status = 400


class SignatureRejected(WebhookRefused):
    """Unsigned, tampered with, signed with another key, or too old."""

    status = 401


class SourceRejected(SignatureRejected):
    """It came from a network address that the owner does not allow."""


class Unreadable(WebhookRefused):
    """Verified, yet not what the service documents (no JSON, a required field missing)."""

    status = 400


class TooNew(Unreadable):
    """An event that a newer Patchbay has written: the one that reads it may be on its way."""


class UnknownWebhook(WebhookRefused):
    """No endpoint has this webhook token, or nothing is served at this path below it."""

    status = 404


class UnknownAccount(WebhookRefused):
    """The webhook names an account, by one id or several, that is not among the endpoint's: it must be looked up.

    Raised again when no connection has it, where the service should hear of that.
    """

    status = 404

    def __init__(self, *accounts: str) -> None:
        super().__init__("no connection has the account that this webhook names: connect the account again")
        self.accounts = accounts


class UnknownTenant(WebhookRefused):
    """The webhook is about all accounts of one owner: which ones are connected must be looked up."""

    status = 404

    def __init__(self, tenant: str) -> None:
        super().__init__("no connection has an account of the owner that this webhook names")
        self.tenant = tenant


class UnknownThread(WebhookRefused):
    """The webhook names a conversation and not its account: which one has it must be looked up."""

    status = 404

    def __init__(self, thread: str) -> None:
        super().__init__("no connection has the conversation that this webhook names")
        self.thread = thread


class TooLarge(WebhookRefused):
    status = 413


# --- dispatching -----------------------------------------------------------------------------------------------------


class DeliveryError(PatchbayError):
    """A part did not go out (or may not have). The subclass says what happens next."""


class NotYet(DeliveryError):
    """The other side is not ready (a conversation still pending): again after `after` seconds, no attempt counted."""

    def __init__(self, reason: str, after: float = 2.0) -> None:
        super().__init__(reason)
        self.after = after


class RateLimited(NotYet):
    """Our own rate limiter gave it a turn of its own: `after` is exact, and grows when it is refused again."""


class Closed(NotYet):
    """No agent is online: the message waits, for days if it must.

    `notice` is a sentence for the customer, "" for none; they are told once for each message that waits.
    """

    def __init__(self, reason: str, notice: str = "") -> None:
        super().__init__(reason, after=60.0)
        self.notice = notice


class Transient(DeliveryError):
    """It certainly did not arrive, or may arrive twice without harm, and may work later (429, 503, connection refused).

    `retry_after` is what the service asked for, in seconds.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class OutOfTime(Transient):
    """The function has too little time left to begin the call: its next invocation makes it. That is not a failure."""


class Uncertain(DeliveryError):
    """It may have arrived: the service broke down over it, did not answer in time, or cannot be understood.

    `retry_after` is what the service asked for, in seconds.
    """

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class Untraceable(DeliveryError):
    """The service does not show enough of the conversation to tell whether it arrived: it is sent again, and marked."""


class Rejected(DeliveryError):
    """It will never work (4xx): the sender is told `reason`, and the bridge goes on with the next message."""

    def __init__(self, reason: str, *, code: str = "rejected") -> None:
        super().__init__(reason)
        self.code = code


class Unreachable(Rejected):
    """The recipient cannot be written to at all: they blocked the account, unsubscribed, or do not exist."""


class WindowClosed(Rejected):
    """The messenger takes no free message just now: the customer has not written for too long.

    The core holds the message until they write, or until the agent sends a template.
    """


class MarketingRefused(Rejected):
    """The recipient has asked for no marketing messages. The core keeps that, and sends them none until they do."""


class Moved(Rejected):
    """Nothing was sent: the messenger says that the contact's thread has the id `moved_to` from now on."""

    def __init__(self, moved_to: str) -> None:
        super().__init__("the conversation has another id on its messenger now", code="moved")
        self.moved_to = moved_to


class AuthorizationNeeded(DeliveryError):
    """The service refuses our credentials, or the account is blocked: nothing goes out until the owner acts."""


class ConversationGone(DeliveryError):
    """The conversation has ended or was deleted: open a new one and go on."""


class ContactGone(DeliveryError):
    """The platform knows the contact's `platform_id` no more (deleted, or merged): find or make them again."""


# --- stores ----------------------------------------------------------------------------------------------------------


class Conflict(PatchbayError):
    """Another writer was faster: read again and decide again."""


class QueueRefused(PatchbayError):
    """The queue did not take an event: the service must send its webhook again (HTTP 500)."""


class Misconfigured(PatchbayError):
    """A setting is missing or wrong. The message says which, and what to write instead."""


class MediaRefused(PatchbayError):
    """An attachment cannot be fetched: a forbidden address, too large, expired, or gone.

    `status` is what its address has answered, 0 where nothing was asked or the answer is not to blame.
    """

    def __init__(self, reason: str, status: int = 0) -> None:
        super().__init__(reason)
        self.status = status


class MediaUnsafe(MediaRefused):
    """An attachment is of a kind that is not passed on, from either side."""

    def __init__(self, hazard: Hazard) -> None:
        super().__init__(explain(hazard))
        self.hazard = hazard


class MediaMissing(MediaRefused):
    """Nothing is at the attachment's address. Some services send the address before the file is there."""
