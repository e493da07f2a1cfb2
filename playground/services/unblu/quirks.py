"""What Unblu's documents leave open: each reading can be switched on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Quirks:
    signatures: Literal["sha1", "sha256", "both", "none"] = "both"  #: which headers sign what Unblu sends
    slow_answers: int = 0  #: so many answers count as late, whenever they come
    retries_outbound: bool = True  #: outbound requests are repeated, as events are
    most_failures: int = 5  #: in a row; then the receiver becomes INACTIVE_UNAVAILABLE
    resumes: bool = True  #: what could not be sent to an inactive receiver is sent when it is active again
    none_status: Literal[404, 204] = 404  #: of getBySourceIdAndChannelId when there is no active conversation
    conflict_status: Literal[400, 409] = 409  #: of an old version, a name or a source id that is taken
    ended_status: Literal[400, 403, 404] = 400  #: of a message to an ended conversation
    unique_forever: bool = False  #: a conversation's source id stays taken after its end
    scan_seconds: float = 0.0  #: for which an agent's file is not given out
    head_status: Literal[0, 403, 404, 405, 501] = 0  #: of HEAD on a download, which is not documented; 0: as of GET
    largest_file: int = 20 * 1024 * 1024  #: bytes that a message may hold
    contacts_outlive_channel: bool = False  #: a channel that is deleted leaves its contacts behind
