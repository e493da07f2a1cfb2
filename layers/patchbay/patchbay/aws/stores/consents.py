"""Consents that are under way, one item each. The table never holds the state itself, only its hash."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from patchbay.aws.stores import keys
from patchbay.bridge.configuration import Consent, Consents

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class DynamoConsents(Consents):
    def __init__(self, table: Table) -> None:
        self._table = table

    def begin(self, consent: Consent) -> None:
        self._table.put_item(
            Item={
                "pk": keys.consent_key(consent.state),
                "sk": keys.SORT,
                "browser": consent.browser,
                "app_id": consent.app_id,
                "until": consent.until.isoformat(),
                "expires_at": int(consent.until.timestamp()),
            }
        )

    def take(self, state: str) -> Consent | None:
        """A delete returns what it deleted to only one caller. The table's own expiry may be days late."""
        key = {"pk": keys.consent_key(state), "sk": keys.SORT}
        item = self._table.delete_item(Key=key, ReturnValues="ALL_OLD").get("Attributes")
        if not item:
            return None
        return Consent(
            state=state,
            browser=str(item["browser"]),
            app_id=str(item["app_id"]),
            until=datetime.fromisoformat(str(item["until"])),
        )
