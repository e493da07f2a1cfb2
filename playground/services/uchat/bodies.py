"""Request bodies, read strictly and refused with Laravel's texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from flask import request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from playground.services.uchat.errors import invalid
from playground.services.uchat.records import Draft
from playground.simulator_auth import is_public_address

_PHRASES = {
    "missing": "The {} field is required.",
    "string_too_short": "The {} field is required.",
    "extra_forbidden": "The {} field is prohibited.",
    "string_type": "The {} must be a string.",
    "int_type": "The {} must be an integer.",
    "list_type": "The {} must be an array.",
    "model_type": "The {} must be an array.",
    "too_short": "The {} must contain 1 item.",
    "too_long": "The {} must contain 1 item.",
    "literal_error": "The selected {} is invalid.",
}

ShortText = Annotated[str, Field(min_length=1, max_length=255)]
OptionalText = Annotated[str, Field(max_length=255)]


class Body(BaseModel):
    """Types are taken as they are: the number 1 is no text, and true is no number."""

    model_config = ConfigDict(extra="forbid", strict=True)


class WebhookBody(Body):
    webhook_url: Annotated[str, Field(min_length=1, max_length=2000)]
    webhook_verification_key: ShortText


class SenderBody(Body):
    id: ShortText
    name: ShortText
    email: OptionalText
    phone_number: OptionalText
    type: Literal["contact"]


class AttachmentBody(Body):
    file_type: Literal["image", "audio", "video", "file"]
    data_url: Annotated[str, Field(min_length=1)]


class SubmittedBody(Body):
    title: Annotated[str, Field(min_length=1)]
    payload: str


class MessageBody(Body):
    """Attachments and submitted values are lists of one: UChat's samples hold one."""

    content: str
    message_type: Literal["incoming"]
    sender: SenderBody
    conversation_id: Annotated[int, Field(gt=0, lt=2**31)]
    event: Literal["message_created", "message_postback"]
    attachments: Annotated[list[AttachmentBody], Field(min_length=1, max_length=1)] | None = None
    submitted_values: Annotated[list[SubmittedBody], Field(min_length=1, max_length=1)] | None = None

    def draft(self) -> Draft:
        if self.attachments:
            return Draft(kind=self.attachments[0].file_type, url=self.attachments[0].data_url)
        return Draft(text=self.content)

    def check(self) -> None:
        """What fields ask of each other. Raises ApiProblem."""
        errors: dict[str, list[str]] = {}
        postback = self.event == "message_postback"
        if postback and self.submitted_values is None:
            errors["submitted_values"] = ["The submitted values field is required when event is message_postback."]
        if not postback and self.submitted_values is not None:
            errors["submitted_values"] = ["The submitted values field is prohibited unless event is message_postback."]
        if postback and self.attachments is not None:
            errors["attachments"] = ["The attachments field is prohibited when event is message_postback."]
        if self.attachments is None and not self.content.strip():
            errors["content"] = ["The content field is required when attachments is not present."]
        if self.attachments is not None and not postback and self.content:
            errors["content"] = ["The content field must be empty when attachments is present."]
        if self.attachments is not None and not is_public_address(self.attachments[0].data_url):
            errors["attachments.0.data_url"] = ["The attachments.0.data url format is invalid."]
        if errors:
            raise invalid(errors)


def read_body[B: BaseModel](model: type[B]) -> B:
    """A body that is not JSON has no fields for Laravel. Raises ApiProblem."""
    content = request.get_json(silent=True)
    return _validate(model, content if isinstance(content, dict) else {})


def _validate[B: BaseModel](model: type[B], content: Mapping[str, object]) -> B:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        errors: dict[str, list[str]] = {}
        for detail in error.errors():
            field = ".".join(str(step) for step in detail["loc"])
            errors.setdefault(field, []).append(_describe(field, detail))
        raise invalid(errors) from None


def _describe(field: str, detail: ErrorDetails) -> str:
    return _PHRASES.get(detail["type"], "The {} is invalid.").format(field.replace("_", " "))
