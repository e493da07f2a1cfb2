"""The writing side of the configuration: connections, endpoints, accounts and secrets, as the command changes them.

The functions read the same items (`connections.py`). What a webhook meets is written last: an endpoint that can be
found always has its connection and its secret.
"""

from __future__ import annotations

import secrets as randomness
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from patchbay.accounts import Connection
from patchbay.errors import Misconfigured
from patchbay.infra import keys
from patchbay.infra.caching import TimedCache
from patchbay.infra.connections import read_connection
from patchbay.infra.secret_names import SecretNames, Wait
from patchbay.infra.table import Item
from patchbay.infra.vault import Document, read_document, read_secrets, write_document
from patchbay.ports import Clock
from patchbay.registry import Registry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_secretsmanager import SecretsManagerClient

_HOOK_BYTES = 32
_NOTED = ("registered", "app")  #: on a connection's record, by others than who saves it
_AWAITED = timedelta(minutes=15)  #: longer than any cache hides a new account
_ADDRESS_KEPT = timedelta(seconds=60)  #: of an address that many accounts share


class Administration(Registry):
    """What the owner may change, and what accounts that join add.

    One writer at a time for each connection; those of one endpoint may be written side by side.
    """

    def __init__(
        self,
        table: Table,
        secrets: SecretsManagerClient,
        stage: str,
        clock: Clock,
        wait: Wait | None = None,
        *,
        kms_key: str = "",
    ) -> None:
        """`wait` lets seconds pass, for the reason that it is given; without it nothing is waited for.

        New secrets are encrypted with `kms_key`, "" for AWS's own.
        """
        self._table = table
        self._secrets = secrets
        self._stage = stage
        self._clock = clock
        self._names = SecretNames(secrets, wait, kms_key)
        self._hooks: TimedCache[str] = TimedCache(clock, _ADDRESS_KEPT)

    # --- reading -----------------------------------------------------------------------------------------------------

    def connections(self) -> tuple[Connection, ...]:
        """Every connection, by id, without its secrets."""
        return tuple(read_connection(item) for item in self._connection_items())

    def connection(self, connection_id: str) -> Connection | None:
        """With its secrets; these are empty when the secret is gone from the store."""
        known = self.listed(connection_id)
        return self.add_secrets(known) if known else None

    def add_secrets(self, known: Connection) -> Connection:
        """They are empty when the secret is gone from the store. The hook beside them is remembered for `hook`."""
        document = self._read_secret(known.id)
        self._remember_hook(known.id, document)
        return replace(known, secrets=read_secrets(document, self._clock.now()))

    def listed(self, connection_id: str) -> Connection | None:
        item = self._item(keys.CONNECTIONS, connection_id)
        return read_connection(item) if item else None

    def of_tenant(self, endpoint_id: str, tenant: str) -> Sequence[str]:
        items = self._pages("pk = :pk", {":pk": keys.tenant_key(endpoint_id, tenant)})
        return [str(item["sk"]) for item in items]

    def registered(self) -> frozenset[str]:
        """The ids of the connections whose webhook was registered by the command."""
        return frozenset(str(item["id"]) for item in self._connection_items() if item.get("registered"))

    def apps(self) -> frozenset[str]:
        """The ids of the connections that were connected as apps."""
        return frozenset(str(item["id"]) for item in self._connection_items() if item.get("app"))

    def hook(self, connection: Connection) -> str:
        """The token in the connection's webhook address. Raises Misconfigured when it is lost.

        One that was read within the last minute, with the secrets beside it, is not read again.
        """
        endpoint_id = connection.endpoint_id
        hook = self._hooks.get(endpoint_id, lambda: str(self._read_secret(endpoint_id).get("hook", "")) or None)
        if not hook:
            raise Misconfigured(
                f"the secret {keys.secret_name(self._stage, connection.endpoint_id)} is gone, and the webhook address "
                f"with it: connect {connection.endpoint_id} again with all its secrets"
            )
        return hook

    def last_webhook(self, connection: Connection) -> datetime | None:
        """When the last verified webhook came to the connection's endpoint, give or take an hour."""
        item = self._item(keys.seen_key(connection.endpoint_id), keys.SORT)
        return datetime.fromisoformat(str(item["at"])) if item else None

    # --- writing -----------------------------------------------------------------------------------------------------

    def save(self, connection: Connection) -> str:
        """Stores a new or changed connection and makes its endpoint live; the answer is the hook token.

        The connection owns its endpoint when `endpoint_id` is its own id.
        """
        stored = self._item(keys.CONNECTIONS, connection.id)
        hook, version = self._save_secret(connection, known=stored is not None)
        address = keys.endpoint_key(connection.service, hook)
        noted = {"secret_version": version, "address": address if connection.endpoint_id == connection.id else ""}
        self._table.put_item(Item={**self._describe(connection, stored), **noted})
        self._write_accounts(connection)
        if connection.endpoint_id == connection.id:
            self._write_endpoint(connection, address)
        if stored is not None:
            self._forget_accounts(read_connection(stored), connection)
        return hook

    def await_account(self, endpoint_id: str) -> None:
        until = self._clock.now() + _AWAITED
        key = {"pk": keys.awaited_key(endpoint_id), "sk": keys.SORT}
        self._table.put_item(Item={**key, "expires_at": int(until.timestamp())})

    def note_registered(self, connection_id: str, registered: bool) -> None:
        """Remembers whether the service calls our address, for listings."""
        self._update(connection_id, "registered", registered)

    def note_app(self, connection_id: str) -> None:
        """Remembers that accounts join the connection, for listings, which read no secret."""
        self._update(connection_id, "app", True)

    def link(self, messenger_id: str, platform_id: str | None) -> None:
        """Sends new conversations of a messenger to a platform, or nowhere."""
        self._update(messenger_id, "link", platform_id)

    def delete(self, connection: Connection) -> None:
        """Takes the connection away: the address first, its record last, so that an interrupted run can be repeated."""
        if connection.endpoint_id == connection.id:
            hook = str(self._read_secret(connection.id).get("hook", ""))
            self._delete_item(keys.endpoint_key(connection.service, hook))
            self._delete_item(keys.seen_key(connection.id))
            self._delete_item(keys.account_key(connection.id, ""))
        self._forget_accounts(connection, replace(connection, account="", tenant=""))
        self._hooks.forget(connection.id)
        self._names.give_back(keys.secret_name(self._stage, connection.id))
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

    def _update(self, connection_id: str, name: str, value: str | bool | None) -> None:
        self._table.update_item(
            Key={"pk": keys.CONNECTIONS, "sk": connection_id},
            UpdateExpression="SET #name = :value",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues={":value": value},
        )

    def _describe(self, connection: Connection, stored: Item | None) -> dict[str, Any]:
        """The connection's item: what others note on it stays, and the time of its status moves with the status."""
        item: dict[str, Any] = _write_connection(connection)
        same = stored is not None and stored["status"] == item["status"]
        changed_at = stored.get("changed_at") if stored and same else self._clock.now().isoformat()
        noted: dict[str, Any] = {name: stored[name] for name in _NOTED if stored and name in stored}
        item["changed_at"] = changed_at
        item.update(noted)
        return item

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

    # --- secrets -----------------------------------------------------------------------------------------------------

    def _read_secret(self, connection_id: str) -> Document:
        try:
            name = keys.secret_name(self._stage, connection_id)
            answer = self._secrets.get_secret_value(SecretId=name, VersionStage="AWSCURRENT")
        except ClientError as error:
            # InvalidRequestException: it is marked for deletion, so its value cannot be read any more.
            if error.response["Error"]["Code"] in {"ResourceNotFoundException", "InvalidRequestException"}:
                return {}
            raise
        return read_document(answer)

    def _remember_hook(self, connection_id: str, document: Document) -> None:
        if document.get("hook"):
            self._hooks.put(connection_id, str(document["hook"]))

    def _save_secret(self, connection: Connection, *, known: bool) -> tuple[str, str]:
        """The hook, and the version of the secret as it now is. A connection is `known` when its record is there."""
        found = self._read_secret(connection.id) or (self._restore_secret(connection.id) if known else {})
        # A new connection has no past: an address that was given up stays so, whatever is left of its secret.
        stored = found if known else {}
        owns = connection.endpoint_id == connection.id
        hook = (stored.get("hook") or randomness.token_urlsafe(_HOOK_BYTES)) if owns else self.hook(connection)
        name = keys.secret_name(self._stage, connection.id)
        text = write_document(hook if owns else "", connection.secrets, stored, self._clock.now())
        if found:
            return hook, self._secrets.put_secret_value(SecretId=name, SecretString=text)["VersionId"]
        return hook, self._names.take(name, text)

    def _restore_secret(self, connection_id: str) -> Document:
        """What somebody deleted in the console waits for its end, and keeps its name: with it comes the old address."""
        try:
            self._secrets.restore_secret(SecretId=keys.secret_name(self._stage, connection_id))
        except (
            self._secrets.exceptions.ResourceNotFoundException,
            self._secrets.exceptions.InvalidRequestException,  # nothing can bring it back
        ):
            return {}
        return self._read_secret(connection_id)


def _write_connection(connection: Connection) -> dict[str, Any]:
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
    }
