"""What vcita's documents leave open or contradict each other about: each reading can be switched on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Envelope = Literal["own", "success", "failure", "lower_failure", "bare_error", "status_error", "message_error"]


@dataclass(slots=True)
class Quirks:
    envelope: Envelope = "own"  #: what 401, 403, 429 and 5xx look like; "own" is the form of the API that was called
    activation: Literal["needs_put", "auto_activate"] = "needs_put"  #: who makes a new session active
    refuses_active: bool = False  #: PUT {"status": "active"} on an active session is a 422
    plain_filters: bool = False  #: GET sessions takes channel_uid=.. and not filter[channel_uid]=..
    basic_statuses: bool = False  #: PUT messages knows only pending, received, read and error
    exists_code: Literal["already_exists", "duplicate"] = "already_exists"  #: of the 422 for a second one
    own_message_uids: bool = False  #: a pushed message gets an id of vcita's, which the webhooks quote
    swapped_types: bool = False  #: PUT {api_uri}/messages/{uid} with the values of its two fields exchanged
    typing_method: Literal["POST", "PUT"] = "POST"
    typing_below_sessions: bool = False  #: {api_uri}/sessions/{uid}/typing
    echoes: bool = False  #: a pushed message comes back as a new-message webhook
    early_webhooks: bool = False  #: a channel's or session's webhook comes before the answer of the call that caused it
    requests_per_second: int = 8  #: of one token
    normalizes_phones: bool = False  #: clients show normalized_phone; in vcita's examples it is null
    channel_delay: float = 0.5  #: seconds until a new channel is validated
    session_delay: float = 0.3  #: seconds until a session is what it was asked to be
