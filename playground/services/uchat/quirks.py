"""What UChat's documents leave open: each reading can be switched on.

How often and when a refused webhook is repeated is `webhook_retries` of the simulator: UChat does not document it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Quirks:
    handshake: Literal["json", "form", "query", "get"] = "json"  #: "query" is a POST without a body
    dotted_names: bool = False  #: the handshake has hub.mode, as Facebook's does, and not hub_mode
    failure: Literal["refused", "error", "unverified"] = "refused"  #: 400; or 200 with status "error"; or 200 and "ok"
    post_answer: Literal["ok", "empty"] = "ok"  #: of a contact's message: 200 with JSON, or 204
    requests_per_second: int | None = None  #: of one key; more are answered 429
    retry_after: int | None = 1  #: seconds, of such a 429
    own_buttons: bool = False  #: buttons are of UChat's own kinds, url and call, and not Facebook's
    bad_signatures: int = 0  #: so many of the next webhooks are signed with a wrong key
    lost_answers: int = 0  #: so many of our next answers to webhooks get lost: what was accepted comes again
    bot: bool = True  #: contacts are answered by the scripted bot
    bot_delay: float = 0.4  #: seconds before each message of the bot
