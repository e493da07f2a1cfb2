"""What differs between accounts, or happens only now and then: each can be switched on or off."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Quirks:
    limits: bool = True  #: one message in 6 s to a person after a burst of 45, and the number's messages a second
    refuses_at_once: bool = False  #: what else fails in a status is refused by the call
    adds_country_code: bool = True  #: a number without + gets the country code of the business
    entry_point_opens: bool = True  #: within the 72 hours of an ad free texts are accepted, too
    removed_reaction_is_empty: bool = True  #: `emoji` is "", else it is missing
    names_media_urls: bool = True  #: webhooks have `url` beside the file's id
    delivers: bool = True  #: statuses go on after `sent`
    delivery_seconds: float = 1.0
    review_seconds: float = 30.0  #: until a template is approved or rejected
    rejects: str = ""  #: the reason with which the next templates are rejected
    holds_templates: bool = False  #: pacing: templates are held for an assessment of their quality
    drops_held: bool = False  #: what was held is dropped, not sent
    batch: int = 1  #: how many entries wait for each other, and travel in one webhook
    joins_changes: bool = False  #: entries of one account in a webhook become one entry with several changes
    joins_values: bool = False  #: messages, statuses and contacts of one number in a webhook become one change
    routing: bool = False  #: another responder shares the chats (conversation routing)
    may_take: bool = False  #: we are the escalation partner, which may take a thread
    refusals: list[int] = field(default_factory=list)  #: codes with which the next messages are refused
    other_refusals: list[int] = field(default_factory=list)  #: the same for all other calls
    failures: list[int] = field(default_factory=list)  #: codes with which the next accepted messages fail
    unfetchable: set[str] = field(default_factory=set)  #: addresses from which a file cannot be had
