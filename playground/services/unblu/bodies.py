"""The request bodies of both generations, read strictly: unknown fields, wrong types, a missing `$_type` are refused.

Models have a `$_type`. The `...Body` objects of single calls have none, and are refused with one. Unblu's description
calls no field required; what a call cannot do without is required here. Optional fields that Patchbay does not send are
unknown here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from flask import request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from playground.services.unblu.errors import ApiProblem
from playground.services.unblu.records import Json

ShortText = Annotated[str, Field(max_length=250)] | None
Id = Annotated[str, Field(min_length=1, max_length=250)]
Address = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"^https?://")]
Secret = Annotated[str, Field(max_length=4000)] | None
Metadata = dict[str, str] | None
Status = Literal["ACTIVE", "INACTIVE", "INACTIVE_UNAVAILABLE"]
OldVersion = Literal["V1", "V2", "V3"]
EventName = Annotated[str, Field(pattern=r"^[a-z_]+(\.[a-z_]+)*$")]
Engagement = Literal["CHAT_REQUEST", "OFFLINE_CHAT_REQUEST", "CHAT_INVITE", "SCHEDULED_CONVERSATION"]
VisitorKind = Literal["CONTEXT_PERSON", "SECONDARY_VISITOR"]
EndReason = Literal[
    "ENDED_BY_PARTICIPANT",
    "MANDATORY_PARTICIPANT_GONE",
    "REQUEST_DECLINED",
    "REQUEST_NOT_ANSWERED",
    "EXTERNAL_CHANNEL_CLOSED",
    "SOLVED_BY_BOT",
    "CANCELED",
    "CALL_ENDED",
    "NO_AGENT_AVAILABLE",
    "OTHER",
]

#: Of every stored model; the server sets them, whatever is sent.
_STORED = {"$_type", "id", "creationTimestamp", "modificationTimestamp", "version", "accountId", "metadata"}


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)

    def fields(self) -> Json:
        """What the caller decides, as the API names it; what was left out is null."""
        return {name: value for name, value in self.model_dump(by_alias=True).items() if name not in _STORED}


class Stored(Body):
    id: str | None = None
    creation_timestamp: int | None = None
    modification_timestamp: int | None = None
    account_id: str | None = None


class Versioned(Stored):
    version: int | None = None


# --- channels and registrations --------------------------------------------------------------------------------------


class ChannelBody(Versioned):
    """Of API v3; v4 has more."""

    marker: Literal["CustomExternalMessengerChannel"] = Field(alias="$_type")
    type: Literal["CUSTOM"]
    name: Id
    description: str | None = None
    webhook_endpoint: Address
    webhook_api_version: OldVersion
    webhook_secret: Secret = None
    webhook_status: Status = "ACTIVE"
    message_state_handled_externally: bool = False
    metadata: Metadata = None


class ChannelV4Body(ChannelBody):
    webhook_api_version: OldVersion | Literal["V4"]  # type: ignore[assignment]  # v4 adds a value
    outbound_supported: bool = False
    outbound_timeout_millis: Annotated[int, Field(gt=0)]
    contact_identifier_field_name: str | None = None
    contact_identifier_field_type: Literal["EMAIL", "PHONE_NUMBER", "NUMBER", "OTHER"] | None = None
    supports_multiple_conversations_per_contact: bool = False


class RegistrationBody(Versioned):
    marker: Literal["WebhookRegistration"] = Field(alias="$_type")
    name: Id
    status: Status = "ACTIVE"
    endpoint: Address
    api_version: OldVersion | Literal["V4"]
    secret: Secret = None
    events: Annotated[list[EventName], Field(min_length=1)]


class ChannelPingBody(Body):
    external_messenger_channel_id: Id


# --- people ----------------------------------------------------------------------------------------------------------


class PersonBody(Body):
    """A virtual person."""

    marker: Literal["PersonData"] = Field(alias="$_type")
    person_source: Literal["VIRTUAL"]
    person_type: Literal["VISITOR"] | None = None
    source_id: Id
    first_name: ShortText = None
    last_name: ShortText = None
    nickname: ShortText = None
    email: str | None = None
    phone: str | None = None


class ContactBody(Body):
    marker: Literal["ExternalMessengerContact"] = Field(alias="$_type")
    name: ShortText = None
    description: str | None = None
    external_messenger_channel_id: Id
    source_id: Id
    person_id: Id


# --- conversations ---------------------------------------------------------------------------------------------------


class RecipientBody(Body):
    marker: Literal["ConversationCreationRecipientData"] = Field(alias="$_type")
    type: Literal["TEAM"]
    id: Id


class ExternalParticipantBody(Body):
    marker: Literal["ConversationCreationExternalParticipantData"] = Field(alias="$_type")
    external_messenger_contact_id: Id
    participation_type: VisitorKind


class NewConversation(Body):
    """What both generations have in common about a new conversation."""

    topic: str | None = None
    initial_engagement_type: Engagement
    locale: str | None = None
    external_messenger_channel_id: str | None = None
    source_id: ShortText = None
    metadata: Metadata = None


class ConversationV4Body(NewConversation):
    marker: Literal["ConversationCreationData"] = Field(alias="$_type")
    recipient: RecipientBody | None = None
    participants: Annotated[list[Json], Field(max_length=0)] | None = None
    external_participants: list[ExternalParticipantBody] | None = None
    conversation_visibility: Literal["PRIVATE", "RULE_BASED"] | None = None


class RecipientV3Body(Body):
    marker: Literal["TeamData"] = Field(alias="$_type")
    id: Id


class ParticipantV3Body(Body):
    marker: Literal["ParticipantData"] = Field(alias="$_type")
    person_id: Id
    connected_via_external_messenger: bool | None = None
    hidden: bool | None = None
    conversation_starred: bool | None = None


class ConversationV3Body(NewConversation):
    """An id is the server's, and must not be there."""

    marker: Literal["ConversationData"] = Field(alias="$_type")
    id: None = None
    recipient: RecipientV3Body | None = None
    participants: Annotated[list[ParticipantV3Body], Field(min_length=1)]
    context_person_id: str | None = None


class EndBody(Body):
    reason: EndReason | None = None
    comment: str | None = None


class AddParticipantBody(Body):
    external_messenger_contact_id: Id


# --- reading ---------------------------------------------------------------------------------------------------------


def read_body[B: Body](model: type[B]) -> B:
    """The request's JSON. Raises ApiProblem."""
    if request.mimetype != "application/json":
        raise ApiProblem(415, "Content-Type must be application/json")
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as error:
        raise _refuse(error) from None


def _refuse(error: ValidationError) -> ApiProblem:
    first = error.errors()[0]
    field = ".".join(str(step) for step in first["loc"])
    return ApiProblem(400, f"{field}: {first['msg']}" if field else str(first["msg"]))
