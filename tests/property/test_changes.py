"""Whatever fails on the way: both sides show the same messages, with the same words, reactions and gaps."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from patchbay.bridge.retry_policy import MOST_LOST_ATTEMPTS
from patchbay.domain.references import Change, ChangeKind
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.lively import LivelyOffice, LivelyPigeon, change, refer, say
from tests.harness.fakes.services import Fault

PASSING = [Fault.BUSY, Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.PENDING, Fault.DIED_BEFORE, Fault.DIED_AFTER]
FAULTS = st.lists(st.one_of(st.none(), st.sampled_from(PASSING)), max_size=10)
DEEDS = st.sampled_from([None, *ChangeKind])
#: What the customer does, in order: writes (None), or changes one of the messages so far, counted from the last.
STORIES = st.lists(st.tuples(DEEDS, st.integers(0, 3)), min_size=1, max_size=8)


class Model:
    """What a person sees who looks over the customer's shoulder."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}
        self.reactions: dict[str, str] = {}
        self.order: list[str] = []

    def pick(self, back: int) -> str | None:
        """A message that is still there."""
        there = [name for name in self.order if name in self.words]
        return there[-1 - back % len(there)] if there else None


def live(bridge: Bridge, story: list[tuple[ChangeKind | None, int]]) -> Model:
    seen = Model()
    for number, (kind, back) in enumerate(story):
        bridge.time.advance(1)
        name = seen.pick(back)
        if kind is None or name is None:
            seen.order.append(f"m{number}")
            seen.words[f"m{number}"] = f"text {number}"
            say(bridge, bridge.messenger, f"m{number}", f"text {number}")
            continue
        target = refer(bridge, bridge.messenger, name)
        change(bridge, bridge.messenger, f"c{number}", Change(kind=kind, target=target, emoji="👍"), f"text {number}")
        match kind:
            case ChangeKind.EDIT:
                seen.words[name] = f"text {number}"
            case ChangeKind.DELETION:
                del seen.words[name]
            case _:
                seen.reactions[name] = "👍" if kind is ChangeKind.REACTION else ""
    return seen


@settings(max_examples=100)
@given(story=STORIES, faults=FAULTS)
def test_the_other_side_shows_what_the_customer_sees(
    story: list[tuple[ChangeKind | None, int]], faults: list[Fault | None]
) -> None:
    office = LivelyOffice()
    bridge = Bridge(LivelyPigeon(), office)
    office.faults.extend(faults)
    seen = live(bridge, story)
    bridge.settle(timedelta(hours=20))
    if sum(fault in (Fault.DIED_BEFORE, Fault.DIED_AFTER) for fault in faults) >= MOST_LOST_ATTEMPTS:
        return
    assert not bridge.queue.parked
    assert list(office.said.values()) == [seen.words[name] for name in seen.order if name in seen.words]
    names = dict(zip(office.ids.get("conversation-1", []), seen.order, strict=True))
    assert {names[uid]: emoji for uid, emoji in office.reactions.items()} == seen.reactions
    assert office.everything() == [f"text {name[1:]}" for name in seen.order], "nothing went in words"
