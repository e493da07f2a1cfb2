"""Whatever is offered, said and asked, in whatever order it is carried: a choice only ever answers its own question."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from patchbay.bridge.quick_replies import keep_quick_replies, resolve_choice, spend_choice
from patchbay.domain.model import (
    Message,
    Postback,
    Role,
    Sender,
    Text,
)
from patchbay.domain.quick_reply import QuickReply

START = datetime(2026, 1, 5, tzinfo=UTC)
LABELS = ("Yes", "no", "Shirt 1", "2")
WORDS = ("yes", "YES!", "No.", "shirt 1", "1", "2", "3", "2️⃣", "Is it number 2", "maybe 1")


@dataclass(frozen=True)
class Asked:
    """The agents' side says something, with some buttons or none."""

    labels: tuple[str, ...]
    numbered: bool


@dataclass(frozen=True)
class Wrote:
    """The customer writes, which is carried after so many of the steps that follow."""

    words: str
    late: int


labels = st.lists(st.sampled_from(LABELS), max_size=3, unique=True).map(tuple)
asked = st.builds(Asked, labels=labels, numbered=st.booleans())
wrote = st.builds(Wrote, words=st.sampled_from(WORDS), late=st.integers(0, 2))


@dataclass
class Talk:
    """What a session knows, beside what the customer really had before their eyes."""

    quick_replies: tuple[QuickReply, ...] = ()
    shown: list[QuickReply] = field(
        default_factory=list
    )  #: under the last message of the agents' side, and not chosen yet
    late: list[tuple[int, Message, list[QuickReply]]] = field(default_factory=list)

    def ask(self, number: int, asked: Asked, now: datetime) -> None:
        new = tuple(
            QuickReply(number=place if asked.numbered else 0, label=label, payload=f"{number}:{label}", offered_at=now)
            for place, label in enumerate(asked.labels, start=1)
        )
        self.quick_replies = keep_quick_replies(self.quick_replies, new, now)
        self.shown = list(new)

    def carry(self, message: Message, shown: list[QuickReply]) -> None:
        tap = resolve_choice(message, self.quick_replies)
        assert tap is None or tap in [Postback(label=each.label, payload=each.payload) for each in shown]
        if tap:
            self.quick_replies = spend_choice(self.quick_replies, tap, message.sent_at)
            assert resolve_choice(message, self.quick_replies) == tap
            shown.clear()  # of what is written after it, nothing answers the same question

    def pass_on(self) -> None:
        """What is due is carried; the customer's own messages stay in order."""
        waiting, self.late = self.late, []
        for steps, message, shown in waiting:
            if steps > 0 or self.late:
                self.late.append((steps - 1, message, shown))
            else:
                self.carry(message, shown)


@settings(max_examples=400)
@given(steps=st.lists(st.one_of(asked, wrote), max_size=12))
def test_a_choice_is_one_of_those_that_were_shown_when_it_was_written(steps: list[Asked | Wrote]) -> None:
    talk = Talk()
    for number, step in enumerate(steps):
        now = START + timedelta(seconds=10 * number)
        if isinstance(step, Asked):
            talk.ask(number, step, now)
        else:
            content = (Text(text=step.words),)
            message = Message(external_id="m", sender=Sender(role=Role.CONTACT), content=content, sent_at=now)
            talk.late.append((step.late, message, talk.shown))
        talk.pass_on()
