"""What the connections of accounts that join are called: ids that an owner can type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from itertools import count

from patchbay.domain.accounts import Connection
from patchbay.kit.account_setup import Grant

_ID_LENGTH = 48
_APP_LENGTH = 31  #: of an app's id, so that room is left for the account's name


def choose_id(app: Connection, grant: Grant, holder_of: Callable[[str], Connection | None]) -> str:
    """One that the owner can type, after the account's name; numbered when another account has it."""

    def is_free(candidate: str) -> bool:
        holder = holder_of(candidate)
        tenant = grant.account.external_id
        return holder is None or bool(tenant and (holder.endpoint_id, holder.tenant) == (app.endpoint_id, tenant))

    name = _slug(grant.account.name) or _slug(grant.account.external_id) or "account"
    wanted = f"{app.id[:_APP_LENGTH]}-{name}"[:_ID_LENGTH].rstrip("-")
    if is_free(wanted):
        return wanted
    numbered = (f"{wanted[: _ID_LENGTH - len(end)].rstrip('-')}{end}" for end in (f"-{n}" for n in count(2)))
    return next(candidate for candidate in numbered if is_free(candidate))


def _slug(text: str) -> str:
    """Lower-case letters and digits with dashes between: "Café Ünal & Co" is cafe-unal-co. "" for other scripts."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
