"""The writing side of the configuration: connections, endpoints, accounts and secrets, as the command changes them.

The functions read the same items (`connections.py`). What a webhook meets is written last: an endpoint that can be
found always has its connection and its secret.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from patchbay.aws.stores import keys
from patchbay.aws.stores.addresses import address_of
from patchbay.aws.stores.cache import TimedCache
from patchbay.aws.stores.connection_items import read_connection, write_connection, write_feedback
from patchbay.aws.stores.keys import PURPOSES, Purpose
from patchbay.aws.stores.resource_items import ResourceItems
from patchbay.aws.stores.secret_names import Defer
from patchbay.aws.stores.secret_writer import Kept, SecretKeeper
from patchbay.aws.stores.table import Item
from patchbay.bridge.configuration import Configuration
from patchbay.bridge.ports import Clock
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Conflict, Misconfigured
from patchbay.domain.feedback import FeedbackKind

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_secretsmanager import SecretsManagerClient

_NOTED = ("registered", "app")  #: on a connection's record, by others than who saves it
_AWAITED = timedelta(minutes=15)  #: longer than any cache hides a new account
_ADDRESS_KEPT = timedelta(seconds=60)  #: of an address that many accounts share


class ConfigurationStore(Configuration):
    """What the owner may change, and what accounts that join add.

    One writer at a time for each connection; those of one endpoint may be written side by side.
    """

    def __init__(
        self,
        table: Table,
        secrets: SecretsManagerClient,
        stage: str,
        clock: Clock,
        wait: Defer | None = None,
        *,
        purposes: Sequence[Purpose] = PURPOSES,
        kms_key: str = "",
    ) -> None:
        """`wait` lets seconds pass, for the reason that it is given; without it nothing is waited for.

        `purposes` are those whose secrets are read; a connection with an address of its own is saved with all only. New
        secrets are encrypted with `kms_key`, "" for AWS's own.
        """
        self._table = table
        self._clock = clock
        self._keeper = SecretKeeper(
            secrets, ResourceItems(table), stage, clock, wait, purposes=purposes, kms_key=kms_key
        )
        self._webhook_tokens: TimedCache[str] = TimedCache(clock, _ADDRESS_KEPT)

    # --- reading -----------------------------------------------------------------------------------------------------

    def connections(self) -> tuple[Connection, ...]:
        """Every connection, by id, without its secrets."""
        return tuple(read_connection(item) for item in self._connection_items())

    def connection(self, connection_id: str) -> Connection | None:
        """With its secrets; these are empty when the secret is gone from the store."""
        known = self.listed(connection_id)
        return self.add_secrets(known) if known else None

    def add_secrets(self, known: Connection) -> Connection:
        """Secrets are empty when they are gone from the store. The webhook token is remembered for `webhook_token`."""
        secrets, webhook_token = self._keeper.read(known)
        if webhook_token:
            self._webhook_tokens.put(known.id, webhook_token)
        return replace(known, secrets=secrets)

    def listed(self, connection_id: str) -> Connection | None:
        item = self._item(keys.CONNECTIONS, connection_id)
        return read_connection(item) if item else None

    def former(self, connection_id: str) -> Connection | None:
        """What is known of a connection that was disconnected: by this, what is kept of its contacts is found."""
        item = self._item(keys.FORMER, connection_id)
        return read_connection(item) if item else None

    def formers(self) -> tuple[Connection, ...]:
        return tuple(read_connection(item) for item in self._pages("pk = :pk", {":pk": keys.FORMER}))

    def of_tenant(self, endpoint_id: str, tenant: str) -> Sequence[str]:
        items = self._pages("pk = :pk", {":pk": keys.tenant_key(endpoint_id, tenant)})
        return [str(item["sk"]) for item in items]

    def registered(self) -> frozenset[str]:
        """The ids of the connections whose webhook was registered by the command."""
        return frozenset(str(item["id"]) for item in self._connection_items() if item.get("registered"))

    def apps(self) -> frozenset[str]:
        """The ids of the connections that were connected as apps."""
        return frozenset(str(item["id"]) for item in self._connection_items() if item.get("app"))

    def webhook_token(self, connection: Connection) -> str:
        """The token in the connection's webhook address. Raises Misconfigured when it is lost.

        One that was read within the last minute, with the secrets beside it, is not read again.
        """
        endpoint_id = connection.endpoint_id
        webhook_token = self._webhook_tokens.get(endpoint_id, lambda: self._load_webhook_token(endpoint_id))
        if not webhook_token:
            raise Misconfigured(
                f"the secret of {endpoint_id} was not found, and the webhook URL is lost with it: connect "
                f"{endpoint_id} again with all its secrets"
            )
        return webhook_token

    def _load_webhook_token(self, endpoint_id: str) -> str | None:
        owner = self.listed(endpoint_id)
        return (self._keeper.read(owner)[1] or None) if owner else None

    def last_webhook(self, connection: Connection, form: str = "") -> datetime | None:
        """When the last verified webhook, of this or any form, came to the connection's endpoint, within an hour."""
        seen = self._pages("pk = :pk", {":pk": keys.seen_key(connection.endpoint_id)})
        wanted = (item for item in seen if not form or item["sk"] == keys.seen_sort(form))
        return max((datetime.fromisoformat(str(item["at"])) for item in wanted), default=None)

    # --- writing -----------------------------------------------------------------------------------------------------

    def save(self, connection: Connection) -> str:
        """Stores a new or changed connection and makes its endpoint live; the answer is the webhook token.

        The connection owns its endpoint when `endpoint_id` is its own id. One that shares another's has no token of
        its own: the answer is "".
        """
        stored = self._item(keys.CONNECTIONS, connection.id)
        before = read_connection(stored) if stored is not None else None
        kept = self._keeper.save(connection, before)
        address = address_of(connection, kept.webhook_token)
        self._table.put_item(Item={**self._describe(connection, stored), **kept.noted, "address": address})
        self._write_accounts(connection)
        if address:
            self._webhook_tokens.put(connection.id, kept.webhook_token)
            self._write_endpoint(connection, address)
            former = str(stored.get("address", "")) if stored else ""
            if former and former != address:
                self._delete_item(former)
        if before is not None:
            self._forget_accounts(before, connection)
        place = (connection.endpoint_id, connection.account)
        if connection.account and (before is None or (before.endpoint_id, before.account) != place):
            self._mark_accounts(connection.endpoint_id)
        return kept.webhook_token

    def forget_replaced(self, known: Connection) -> bool:
        """Takes secrets that were replaced a day ago out of the store; whether there were any."""
        try:
            kept = self._keeper.forget_replaced(known)
            self._note(known, kept)
        except Conflict:  # another process is writing them at this moment: the next round checks again
            return False
        return kept.versions != known.secret_versions

    def _note(self, known: Connection, kept: Kept) -> None:
        """Where the record still names the previous version: otherwise another writer has recorded theirs."""
        noted = kept.noted
        try:
            self._table.update_item(
                Key={"pk": keys.CONNECTIONS, "sk": known.id},
                UpdateExpression="SET secret_versions = :versions, previous_until = :until",
                ConditionExpression="secret_versions = :known",
                ExpressionAttributeValues={
                    ":versions": noted["secret_versions"],
                    ":until": noted["previous_until"],
                    ":known": dict(known.secret_versions),
                },
            )
        except self._table.meta.client.exceptions.ConditionalCheckFailedException:
            raise Conflict("the connection was changed in the meantime") from None

    def await_account(self, endpoint_id: str) -> None:
        until = self._clock.now() + _AWAITED
        key = {"pk": keys.awaited_key(endpoint_id), "sk": keys.SORT}
        self._table.put_item(Item={**key, "expires_at": int(until.timestamp())})

    def _mark_accounts(self, endpoint_id: str) -> None:
        """After the account itself: functions that cached it as unknown look it up again."""
        until = self._clock.now() + _AWAITED
        item: dict[str, Any] = {"mark": token_hex(8), "expires_at": int(until.timestamp())}
        self._table.put_item(Item={"pk": keys.awaited_key(endpoint_id), "sk": keys.ADDED_SORT, **item})

    def note_registered(self, connection_id: str, registered: bool) -> None:
        """Remembers whether the service calls our address, for listings."""
        self._update(connection_id, "registered", registered)

    def note_app(self, connection_id: str) -> None:
        """Remembers that accounts join the connection, for listings, which read no secret."""
        self._update(connection_id, "app", True)

    def link(self, messenger_id: str, platform_id: str | None) -> None:
        """Sends new conversations of a messenger to a platform, or nowhere."""
        self._update(messenger_id, "link", platform_id)

    def note_feedback(self, connection_id: str, feedback: frozenset[FeedbackKind]) -> None:
        """Remembers what can be shown of the connection's receipts and typing: functions drop the rest at once."""
        self._update(connection_id, "feedback", write_feedback(feedback))

    def delete(self, connection: Connection) -> None:
        """Takes the connection away: the address first, its record last, so that an interrupted run can be repeated.

        It stays known as a former one: its service, its account and no secret.
        """
        bare = replace(connection, settings={}, status_reason="", link=None, feedback=None)
        self._table.put_item(Item={**write_connection(bare), "pk": keys.FORMER})
        stored = self._item(keys.CONNECTIONS, connection.id)
        if connection.endpoint_id == connection.id:
            if stored and stored.get("address"):
                self._delete_item(str(stored["address"]))
            for seen in self._pages("pk = :pk", {":pk": keys.seen_key(connection.id)}):
                self._delete_item(str(seen["pk"]), str(seen["sk"]))
            self._delete_item(keys.account_key(connection.id, ""))
        self._forget_accounts(connection, replace(connection, account="", tenant=""))
        self._webhook_tokens.forget(connection.id)
        if stored:
            self._keeper.delete(read_connection(stored))
        self._delete_item(keys.CONNECTIONS, connection.id)

    # --- items -------------------------------------------------------------------------------------------------------

    def _connection_items(self) -> Iterator[Item]:
        return self._pages("pk = :pk", {":pk": keys.CONNECTIONS})

    def _pages(self, condition: str, values: dict[str, Any]) -> Iterator[Item]:
        query: dict[str, Any] = {
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ConsistentRead": True,
        }
        while True:
            page = self._table.query(**query)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _item(self, pk: str, sk: str) -> Item | None:
        return self._table.get_item(Key={"pk": pk, "sk": sk}, ConsistentRead=True).get("Item")

    def _delete_item(self, pk: str, sk: str = keys.SORT) -> None:
        self._table.delete_item(Key={"pk": pk, "sk": sk})

    def _update(self, connection_id: str, name: str, value: str | bool | list[str] | None) -> None:
        self._table.update_item(
            Key={"pk": keys.CONNECTIONS, "sk": connection_id},
            UpdateExpression="SET #name = :value",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": value},
        )

    def _describe(self, connection: Connection, stored: Item | None) -> dict[str, Any]:
        """The connection's item: what others note on it stays, and the time of its status moves with the status."""
        item: dict[str, Any] = write_connection(connection)
        same = stored is not None and stored["status"] == item["status"]
        changed_at = stored.get("changed_at") if stored and same else self._clock.now().isoformat()
        noted: dict[str, Any] = {name: stored[name] for name in _NOTED if stored and name in stored}
        return {**item, "changed_at": changed_at, **noted}

    def _write_accounts(self, connection: Connection) -> None:
        accounts = {connection.account} if connection.account else set()
        if connection.endpoint_id == connection.id:
            accounts.add("")  # what webhooks that name no account belong to
        for account in accounts:
            key = {"pk": keys.account_key(connection.endpoint_id, account), "sk": keys.SORT}
            self._table.put_item(Item={**key, "connection_id": connection.id})
        if connection.tenant:
            tenant = keys.tenant_key(connection.endpoint_id, connection.tenant)
            self._table.put_item(Item={"pk": tenant, "sk": connection.id, "account": connection.account})

    def _write_endpoint(self, connection: Connection, address: str) -> None:
        item = {"id": connection.id, "service": connection.service, "owner": connection.id}
        self._table.put_item(Item={"pk": address, "sk": keys.SORT, **item})

    def _forget_accounts(self, before: Connection, now: Connection) -> None:
        """What `before` was found by and `now` is not."""
        account = keys.account_key(before.endpoint_id, before.account)
        if before.account and account != keys.account_key(now.endpoint_id, now.account):
            self._delete_item(account)
        listed = keys.tenant_key(before.endpoint_id, before.tenant)
        if before.tenant and listed != keys.tenant_key(now.endpoint_id, now.tenant):
            self._delete_item(listed, before.id)
