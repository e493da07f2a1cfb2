"""Everything that goes wrong in a soak, how often, and how often it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from random import Random


class Fault(StrEnum):
    """The value is the row of the table in `docs/reliability.md`."""

    # how webhooks come
    DUPLICATE = "Webhook sent twice within 30 seconds"
    LATE_DUPLICATE = "Webhook sent again after minutes, hours or days"
    SWAPPED = "Webhook overtaken by the next one of its conversation"
    DELAYED = "Webhook delayed by up to ten minutes"
    RECEIVER_KILLED = "Webhook function killed before or after its call to the queue"
    QUEUE_REFUSED = "Queue refuses a webhook's event (HTTP 500, sent again)"
    # what services answer
    LIMITED_WITH_DELAY = "HTTP 429 with Retry-After"
    LIMITED = "HTTP 429 without Retry-After"
    BROKEN = "HTTP 500, 502, 503 or 504"
    LOST_BEFORE = "No answer, and nothing was done"
    LOST_AFTER = "No answer, and it was done"
    DONE_LATE = "No answer, and it was done after we had stopped waiting"
    SLOW = "Answer after 5 to 9 seconds"
    REFUSED = "Message refused for good (HTTP 422)"
    UNDELIVERABLE = "Message accepted, and reported as failed later"
    ENDED = "Conversation ended by an agent"
    REPORT_LOST = "Webhook about an ended or active conversation lost"
    TWO_WRITERS = "Customer renamed while a conversation is open"
    FIRST_RACE = "Several first messages of a customer at the same time"
    # our functions
    KILLED_BEFORE_CALL = "Function killed before a call reached the service"
    KILLED_AFTER_CALL = "Function killed between a call and its record"
    KILLED_BEFORE_WRITE = "Function killed before a call to the table or the queue"
    KILLED_AFTER_WRITE = "Function killed after a call to the table or the queue"
    # our stores
    TABLE_FAILED = "Table call failed, and nothing was written"
    TABLE_UNCONFIRMED = "Table call failed, and it was written"
    QUEUE_FAILED = "Queue call failed, and nothing was done"
    QUEUE_UNCONFIRMED = "Queue call failed, and it was done"
    NOT_DELETED = "Message handled, and not deleted from the queue"
    # what messages are
    CRASHING = "Message whose handling raises an exception"
    KILLING = "Message whose handling kills the function"
    HANGING = "Message whose handling never ends"
    UNREADABLE = "Queue message that is no event"
    ODD = "Text with characters that the queue refuses"
    LARGE = "Event larger than the queue takes"
    LONG = "Text that must be split into several messages"
    # what lasts
    QUEUE_AWAY = "Queue away for minutes"
    TABLE_AWAY = "Table away for minutes"
    SERVICE_AWAY = "Service away for up to an hour"
    SERVICE_AWAY_LONG = "Service away for longer than we retry"
    SERVICE_SLOW = "Service slow for minutes, every answer"
    TOKEN_REPLACED = "Access token replaced by the owner"
    TOKEN_REVOKED = "Access token revoked until the owner acts"
    TOKEN_REVOKED_LONG = "Access token revoked for longer than messages wait"
    CLOSED = "Nobody at the desk for longer than messages wait"
    UNLINKED = "Messenger linked to nothing for an hour"


#: Chances of what strikes by itself: per webhook, per message, or per call.
RATES: dict[Fault, float] = {
    Fault.DUPLICATE: 0.05,
    Fault.LATE_DUPLICATE: 0.03,
    Fault.SWAPPED: 0.04,
    Fault.DELAYED: 0.01,
    Fault.RECEIVER_KILLED: 0.004,
    Fault.QUEUE_REFUSED: 0.004,
    Fault.LIMITED_WITH_DELAY: 0.02,
    Fault.LIMITED: 0.02,
    Fault.BROKEN: 0.02,
    Fault.LOST_BEFORE: 0.01,
    Fault.LOST_AFTER: 0.01,
    Fault.DONE_LATE: 0.004,
    Fault.SLOW: 0.01,
    Fault.KILLED_BEFORE_CALL: 0.002,
    Fault.KILLED_AFTER_CALL: 0.003,
    Fault.KILLED_BEFORE_WRITE: 0.0004,
    Fault.KILLED_AFTER_WRITE: 0.0004,
    Fault.TABLE_FAILED: 0.001,
    Fault.TABLE_UNCONFIRMED: 0.001,
    Fault.QUEUE_FAILED: 0.01,
    Fault.QUEUE_UNCONFIRMED: 0.01,
    Fault.NOT_DELETED: 0.003,
    Fault.REFUSED: 0.003,
    Fault.UNDELIVERABLE: 0.003,
    Fault.CRASHING: 0.002,
    Fault.KILLING: 0.001,
    Fault.HANGING: 0.001,
    Fault.UNREADABLE: 0.005,
    Fault.ODD: 0.02,
    Fault.LARGE: 0.001,
    Fault.LONG: 0.03,
    Fault.ENDED: 0.05,
    Fault.REPORT_LOST: 0.2,
    Fault.TWO_WRITERS: 0.02,
    Fault.FIRST_RACE: 0.3,
}

#: What happens at set times, as often as the soak is long.
INCIDENTS = tuple(fault for fault in Fault if fault not in RATES)


def find_missing(injected: Mapping[Fault, int], messages: int) -> list[str]:
    """What was not injected often enough for a soak of so many messages to say anything about it."""
    least = max(1, messages // 3000)
    return [fault.value for fault in Fault if injected.get(fault, 0) < (1 if fault in INCIDENTS else least)]


class Faults:
    """Decides and counts. Nothing strikes by itself once it is `calm`."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.injected: Counter[Fault] = Counter()
        self.is_calm = False

    def strikes(self, *faults: Fault) -> Fault | None:
        """At most one of them, counted."""
        if self.is_calm:
            return None
        chance = self.random.random()
        for fault in faults:
            chance -= RATES[fault]
            if chance < 0:
                self.injected[fault] += 1
                return fault
        return None

    def note(self, fault: Fault) -> None:
        self.injected[fault] += 1
