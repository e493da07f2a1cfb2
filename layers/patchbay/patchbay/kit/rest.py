"""Calling a service's API: what every connector does in the same way, whatever its service answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from patchbay.domain.errors import Rejected, Transient, Uncertain, Unreadable
from patchbay.kit.contract import Http, HttpRequest, HttpResponse
from patchbay.kit.schemas import Wire, read_wire
from patchbay.kit.statuses import Statuses


def send_call(
    http: Http, request: HttpRequest, statuses: Statuses, explain: Callable[[HttpResponse], str]
) -> HttpResponse:
    """The answer: a success, or a refusal that the caller must look at. `explain` is as in `Statuses.check`.

    Where a second call does no harm, one that may have been done is just tried again. Raises Transient, Uncertain or
    AuthorizationNeeded.
    """
    try:
        response = http.send(request)
    except Uncertain as failure:
        if request.may_repeat:
            raise as_transient(failure) from None
        raise
    return statuses.check(request, response, explain)


def as_transient(failure: Uncertain) -> Transient:
    """The same failure of a call that may be made once more."""
    return Transient(str(failure), failure.retry_after)


@contextmanager
def looking_up() -> Iterator[None]:
    """Around the calls that find out whether a message has arrived: whatever goes wrong with them is no answer.

    A refusal of the question must not be taken for a refusal of the message, which may have arrived.
    """
    try:
        yield
    except Uncertain as failure:
        raise as_transient(failure) from None
    except Rejected as refusal:
        raise Transient(f"whether it has arrived is not known yet: {refusal}") from None


def read_answer[W: Wire](model: type[W], response: HttpResponse) -> W:
    """The answer of a call that may be repeated. Raises Transient when it cannot be read."""
    try:
        return read_wire(model, response.body)
    except Unreadable as problem:
        raise Transient(f"the service's answer is {problem}") from None


def read_or[W: Wire](model: type[W], response: HttpResponse, otherwise: W) -> W:
    """The answer of a call that has worked already, so that an empty or odd body changes nothing."""
    try:
        return read_wire(model, response.body)
    except Unreadable:
        return otherwise
