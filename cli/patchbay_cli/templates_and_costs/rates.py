"""What messages cost: the owner's own figures, with their date. Patchbay ships none.

Messengers set rates by category and by the recipient's country, and change them several times a year. The counters know
the category only, so a rate here is the owner's, for the country where most of their customers are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from patchbay.bridge.costs import DayCount
from patchbay.domain.errors import Misconfigured


class Rates(BaseModel):
    """A file: {"currency": "EUR", "as_of": "2026-10-01", "source": "https://…", "rates": {"marketing": 0.1}}."""

    model_config = ConfigDict(extra="forbid")

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    as_of: date
    source: str = ""
    rates: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]]


def read_rates(path: Path) -> Rates:
    """Raises Misconfigured, which says where in the file something is wrong."""
    try:
        return Rates.model_validate(json.loads(path.read_text(encoding="utf-8-sig")))
    except UnicodeDecodeError:
        raise Misconfigured(f"{path} is not a text in UTF-8") from None
    except ValidationError as problem:
        wrong = problem.errors()[0]
        where = ".".join(str(step) for step in wrong["loc"]) or "the file"
        raise Misconfigured(f"{path}: {where}: {wrong['msg']}") from None
    except ValueError as problem:
        raise Misconfigured(f"{path} is not JSON: {problem}") from None


def estimate(count: DayCount, rates: Mapping[str, float]) -> float | None:
    """What the billable messages of this count cost; None without a rate for their category."""
    rate = rates.get(count.category)
    return None if rate is None else round(rate * count.billable, 6)
