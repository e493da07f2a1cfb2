"""What Giosg's documents leave open: each reading can be switched on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Quirks:
    unknown_secret: Literal["new", "refused"] = "new"  #: what an unknown visitor's secret leads to
    auth_status: Literal[200, 201] = 200
    token_life: int = 1800  #: seconds that a visitor's access token is good for
    users_paginated: bool = False  #: `online_users` is a page rather than a list
    external_while_offline: bool = True  #: an `external` chat can be created while the room is offline
    refuses_body: bool = False  #: creating a chat with a body is answered with 400
    refuses_actions: bool = False  #: a message of the type `action` is answered with 400
    ended_status: Literal[400, 403, 404, 409, 410] = 403  #: of whatever would alter an ended chat
    page_size: int = 25
    ignores_ordering: bool = False  #: lists are the oldest first, whatever is asked for
    removed_resource: Literal["absent", "empty"] = "absent"  #: in the webhook about a removal
    changed_repeats_id: bool = False  #: a `changed` resource holds its `id` beside what has changed
    reports_visitor_joins: bool = False  #: creating a chat sends a webhook about the visitor's own membership too
    webhooks_first: bool = False  #: webhooks that an API call causes come before its answer
    late_chats: float = 0.0  #: seconds by which the webhook about a new chat is late
    bare_times: bool = False  #: times lack the `Z`, as in older samples
    head_status: Literal[0, 403, 404, 405, 501] = 0  #: of HEAD on an attached file's address; 0: as of GET
    late_files: float = 0.0  #: seconds for which an agent's file is not there although its message is
    closes_idle_after: float = 0.0  #: seconds of silence after which a chat of the type `visitor` is ended; 0: never
