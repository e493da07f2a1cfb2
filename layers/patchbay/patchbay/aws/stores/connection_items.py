"""A connection as an item of the table, without its secrets: one place for its writers and its readers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from patchbay.aws.stores import keys
from patchbay.aws.stores.table import Item
from patchbay.domain.accounts import Connection, ConnectionStatus
from patchbay.domain.feedback import FeedbackKind
from patchbay.domain.model import Side


def read_connection(item: Item) -> Connection:
    """Without its secrets."""
    return Connection(
        id=str(item["id"]),
        service=str(item["service"]),
        side=Side(item["side"]),
        endpoint_id=str(item["endpoint_id"]),
        account=str(item["account"]),
        tenant=str(item["tenant"]),
        settings={str(name): str(value) for name, value in item["settings"].items()},
        status=ConnectionStatus(item["status"]),
        status_reason=str(item["status_reason"]),
        changed_at=datetime.fromisoformat(item["changed_at"]) if item.get("changed_at") else None,
        checks=int(item.get("checks", 0)),
        checked_at=datetime.fromisoformat(item["checked_at"]) if item.get("checked_at") else None,
        link=item.get("link"),
        feedback=_read_feedback(item.get("feedback")),
        secret_versions={str(purpose): str(version) for purpose, version in item.get("secret_versions", {}).items()},
        previous_until=datetime.fromisoformat(item["previous_until"]) if item.get("previous_until") else None,
    )


def write_connection(connection: Connection) -> dict[str, Any]:
    return {
        "pk": keys.CONNECTIONS,
        "sk": connection.id,
        "id": connection.id,
        "service": connection.service,
        "side": connection.side.value,
        "endpoint_id": connection.endpoint_id,
        "account": connection.account,
        "tenant": connection.tenant,
        "settings": dict(connection.settings),
        "status": connection.status.value,
        "status_reason": connection.status_reason,
        "link": connection.link,
        "feedback": write_feedback(connection.feedback),
    }


def write_feedback(feedback: frozenset[FeedbackKind] | None) -> list[str] | None:
    return None if feedback is None else sorted(kind.value for kind in feedback)


def _read_feedback(stored: Any) -> frozenset[FeedbackKind] | None:
    """Kinds that a newer version has written, and this one does not know, are nobody's."""
    if stored is None:
        return None
    return frozenset(FeedbackKind(str(one)) for one in stored if str(one) in set(FeedbackKind))
