"""What differs between bots and chats, or happens only now and then: each can be switched on or off."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Quirks:
    limits: bool = False  #: the published limits: 30 messages a second, 1 a second to a chat, 20 a minute to a group
    privacy_mode: bool = True  #: in groups the bot sees only commands, mentions and replies to it
    reports_private_reactions: bool = True  #: the documentation speaks of administrators; private chats report too
    reports_business_answers: bool = True  #: not documented: what the bot writes in a business account comes back to it
    forgets_messages: bool = False  #: a tap names its message and no more, as for messages that are very old
    unfetchable: set[str] = field(default_factory=set)  #: addresses from which Telegram cannot get a file
    flood_waits: list[int] = field(default_factory=list)  #: seconds to wait, with which the next messages are refused

    def take_flood_wait(self) -> int:
        return self.flood_waits.pop(0) if self.flood_waits else 0
