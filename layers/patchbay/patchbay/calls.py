"""Calling a service's API: what every connector does in the same way, whatever its service answers."""

from __future__ import annotations

from patchbay.contract import Http, HttpRequest, HttpResponse
from patchbay.errors import Transient, Uncertain, Unreadable
from patchbay.wire import Wire, read_wire


def send_call(http: Http, request: HttpRequest, *, repeatable: bool) -> HttpResponse:
    """The answer. Where a second call does no harm (`repeatable`), one without an answer is just tried again.

    Raises Transient or Uncertain.
    """
    try:
        return http.send(request)
    except Uncertain as failure:
        if repeatable:
            raise Transient(str(failure)) from None
        raise


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
