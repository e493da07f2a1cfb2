"""Failures, with the texts of the framework that UChat is built with (Laravel)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response, jsonify, redirect
from werkzeug.wrappers import Response as BaseResponse

Errors = Mapping[str, Sequence[str]]

UNAUTHENTICATED = "Unauthenticated."
UNAUTHORIZED = "This action is unauthorized."
_TEXTS = {401: UNAUTHENTICATED, 403: UNAUTHORIZED, 404: "Not Found", 429: "Too Many Attempts.", 500: "Server Error"}


class ApiProblem(Exception):
    """Becomes an error answer. `errors` are those of each field of a 422."""

    def __init__(
        self,
        status: int,
        message: str = "",
        *,
        errors: Errors | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message or _TEXTS.get(status, "Server Error")
        self.errors = errors
        self.headers = headers or {}


class Refused(ValueError):
    """UChat does not let an agent do this; the text is what they read."""


def invalid(errors: Errors) -> ApiProblem:
    """A 422 whose message is the first error, and how many more there are."""
    texts = [text for of_field in errors.values() for text in of_field]
    more = len(texts) - 1
    suffix = f" (and {more} more error{'s' if more > 1 else ''})" if more else ""
    return ApiProblem(422, texts[0] + suffix, errors=errors)


def missing(model: str) -> ApiProblem:
    return ApiProblem(404, f"No query results for model [App\\Models\\{model}].")


def describe(problem: ApiProblem) -> Response:
    body: dict[str, object] = {"message": problem.message}
    if problem.errors is not None:
        body["errors"] = problem.errors
    answer: Response = jsonify(body)
    answer.status_code = problem.status
    answer.headers.update(problem.headers)
    return answer


def describe_to_browser(problem: ApiProblem) -> BaseResponse:
    """What Laravel answers to a call without `Accept: application/json`: a log-in, the page before, or a page."""
    if problem.status in {401, 422}:
        return redirect("/login" if problem.status == 401 else "/")
    page = f"<!DOCTYPE html><title>{problem.status}</title><h1>{problem.status}</h1>"
    return Response(page, problem.status, problem.headers, content_type="text/html; charset=UTF-8")
