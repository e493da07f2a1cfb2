"""Finding the dead letters that the owner named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from patchbay.domain.errors import Misconfigured
from patchbay_cli.dead_letters.queue import DeadLetter, in_order


def find(messages: Sequence[DeadLetter], ids: Sequence[str]) -> list[DeadLetter]:
    """Raises Misconfigured when one is not visible."""
    missing = [one for one in ids if not any(is_named(message, [one]) for message in messages)]
    if missing:
        raise Misconfigured(
            f"not found in the dead-letter queue, or not visible behind earlier messages of the conversation: "
            f"{', '.join(missing)}. To list the visible ones, run `patchbay dlq list`"
        )
    return [message for message in messages if is_named(message, ids)]


def is_named(message: DeadLetter, ids: Iterable[str]) -> bool:
    """By the event's id, or by the queue's own."""
    return message.id in ids or message.message_id in ids


def with_earlier(messages: Sequence[DeadLetter], wanted: Sequence[DeadLetter]) -> list[DeadLetter]:
    """The wanted ones and all that were written before them in their conversations, in order."""
    last = {message.group: message.message_id for message in in_order(wanted)}
    chosen: list[DeadLetter] = []
    for message in in_order(messages):
        if message.group in last:
            chosen.append(message)
            if last[message.group] == message.message_id:
                del last[message.group]
    return chosen
