"""Conversations as the functions store them."""

from __future__ import annotations

from datetime import UTC, datetime

from patchbay.aws.api.boto import BotoApi
from patchbay.aws.stores.sessions import DynamoSessions
from patchbay.aws.stores.table import Table
from patchbay.domain.model import Contact, Conversation, Session
from patchbay_cli.deployment import Deployment


def open_conversation(deployment: Deployment) -> None:
    store = DynamoSessions(Table(BotoApi(deployment.session.client("dynamodb")), deployment.stack.table))
    store.save(
        Session(
            messenger_connection="loft",
            contact=Contact(external_id="ann", name="Ann"),
            platform_connection="help",
            thread=Conversation(external_id="ann"),
            conversation=Conversation(external_id="conv-1", aliases=("17",)),
            updated_at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
        )
    )


def hold_many(deployment: Deployment, amount: int, messenger: str = "loft", day: int = 5) -> None:
    for number in range(amount):
        name = f"{messenger}-{day}-{number}"
        deployment.sessions.save(
            Session(
                messenger_connection=messenger,
                contact=Contact(external_id=name),
                platform_connection="help",
                thread=Conversation(external_id=name),
                updated_at=datetime(2026, 1, day, 9, number % 60, tzinfo=UTC),
            )
        )
