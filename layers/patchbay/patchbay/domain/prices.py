"""What messengers charge for messages, as they report it. Amounts of money are the owner's own data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """How the messenger prices one message: by its `category`, such as "marketing", and `model`, such as "PMP".

    Both are the messenger's own words in lower case. `billable`: it costs something; None where it does not say.
    `free_as` is why it costs nothing, in the messenger's own words, "" where it costs something.
    """

    category: str
    model: str = ""
    billable: bool | None = None
    free_as: str = ""
