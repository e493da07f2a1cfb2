"""Whether an answer fits its question."""

from __future__ import annotations

import re

from playground.services.unblu.errors import ApiProblem
from playground.services.unblu.records import Message


def check_answer(question: Message, value: str) -> None:
    """Raises ApiProblem. Options are answered by value, not by label."""
    body = question.body
    if body.get("declinable") and value == body.get("declineValue"):
        return
    if "options" in body:
        if value not in {option["value"] for option in body["options"]}:
            raise ApiProblem(400, "value: none of the question's options")
        return
    fewest, most = body.get("minCharacters") or 0, body.get("maxCharacters")
    if len(value) < fewest or (most is not None and len(value) > most):
        raise ApiProblem(400, "value: too short or too long for the question")
    if body.get("additionalRegex") and not re.fullmatch(body["additionalRegex"], value):
        raise ApiProblem(400, "value: not what the question asks for")


def word_answer(question: Message) -> str:
    """What people read instead of the value."""
    for option in question.body.get("options", []):
        if option["value"] == question.answer:
            return str(option["label"])
    if question.answer == question.body.get("declineValue"):
        return str(question.body.get("declineLabel") or question.answer or "")
    return question.answer or ""
