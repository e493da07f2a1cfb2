"""The writing side of the configuration: connections, endpoints, accounts and secrets, as the command changes them.

The functions read the same items (`connections.py`). What a webhook meets is written last: an endpoint that can be
found always has its connection and its secret.
"""

from __future__ import annotations

import secrets as randomness
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from patchbay.accounts import Connection
from patchbay.errors import Misconfigured
from patchbay.infra import keys
from patchbay.infra.connections import read_connection
from patchbay.infra.secret_names import SecretNames, Wait
from patchbay.infra.table import Item
from patchbay.infra.vault import Document, read_document, read_secrets, write_document
from patchbay.ports import Clock, Registry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_secretsmanager import SecretsManagerClient

_HOOK_BYTES = 32
_AWAITED = timedelta(minutes=15)  #: longer than any cache hides a new account


_SET_ENDPOINT = "SET id = :id, service = :service, #owner = :id, accounts = if_not_exists(accounts, :none)"


class Administration(Registry):
    """What the owner may change, and what accounts that join add.

    One writer at a time for each connection; those of one endpoint may be written side by side.
    """

    def __init__(
        self, table: Table, secrets: SecretsManagerClient, stage: str, clock: Clock, wait: Wait | None = None
    ) -> None:
        """`wait` lets seconds pass, for the reason that it is given; without it nothing is waited for."""
        self._table = table
        self._secrets = secrets
        self._stage = stage
        self._clock = clock
        self._names = SecretNames(secrets, wait)

    # --- reading -----------------------------------------------------------------------------------------------------

    def connections(self) -> tuple[Connection, ...]:
        """Every connection, by id, without its secrets."""
        return tuple(read_connection(item) for item in self._connection_items())

    def connection(self, connection_id: str) -> Connection | None:
        """With its secrets; these are empty when the secret is gone from the store."""
        item = self._item(keys.CONNECTIONS, connection_id)
        if item is None:
            return None
        secrets = read_secrets(self._read_secret(connection_id), self._clock.now())
        return replace(read_connection(item), secrets=secrets)

    def registered(self) -> frozenset[str]:
        """The ids of the connections whose webhook was registered by the command."""
        return frozenset(str(item["id"]) for item in self._connection_items() if item.get("registered"))

    def hook(self, connection: Connection) -> str:
        """The token in the connection's webhook address. Raises Misconfigured when it is lost."""
        hook = str(self._read_secret(connection.endpoint_id).get("hook", ""))
        if not hook:
            raise Misconfigured(
                f"the secret {keys.secret_name(self._stage, connection.endpoint_id)} is gone, and the webhook address "
                f"with it: connect {connection.endpoint_id} again with all its secrets"
            )
        return hook

    def last_webhook(self, connection: Connection) -> datetime | None:
        """When the last verified webhook came to the connection's endpoint, give or take a few minutes."""
        item = self._item(keys.seen_key(connection.endpoint_id), keys.SORT)
        return datetime.fromisoformat(str(item["at"])) if item else None

    # --- writing -----------------------------------------------------------------------------------------------------

    def save(self, connection: Connection) -> str:
        """Stores a new or changed connection and makes its endpoint live; the answer is the hook token.

        The connection owns its endpoint when `endpoint_id` is its own id.
        """
        hook = self._save_secret(connection)
        stored = self._item(keys.CONNECTIONS, connection.id)
        self._table.put_item(Item=self._describe(connection, stored))
        self._write_accounts(connection)
        self._save_endpoint(connection, hook)
        if stored and str(stored["account"]) not in {"", connection.account}:
            self._forget_account(connection, str(stored["account"]), hook)
        return hook

    def await_account(self, endpoint_id: str) -> None:
        until = self._clock.now() + _AWAITED
        key = {"pk": keys.awaited_key(endpoint_id), "sk": keys.SORT}
        self._table.put_item(Item={**key, "expires_at": int(until.timestamp())})

    def note_registered(self, connection_id: str, registered: bool) -> None:
        """Remembers whether the service calls our address, for listings."""
        self._update(connection_id, "registered", registered)

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
        if connection.account and connection.endpoint_id == connection.id:
            self._delete_item(keys.account_key(connection.endpoint_id, connection.account))
        elif connection.account:
            hook = str(self._read_secret(connection.endpoint_id).get("hook", ""))
            self._forget_account(connection, connection.account, hook)
        self._names.give_back(keys.secret_name(self._stage, connection.id))
        self._delete_item(keys.CONNECTIONS, connection.id)

    # --- items -------------------------------------------------------------------------------------------------------

    def _connection_items(self) -> Iterator[Item]:
        query: dict[str, Any] = {
            "KeyConditionExpression": "pk = :connections",
            "ExpressionAttributeValues": {":connections": keys.CONNECTIONS},
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
        noted = {"registered": stored["registered"]} if stored and "registered" in stored else {}
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

    def _save_endpoint(self, connection: Connection, hook: str) -> None:
        """Accounts join side by side, so each adds itself and touches no other."""
        key = {"pk": keys.endpoint_key(connection.service, hook), "sk": keys.SORT}
        self._table.update_item(
            Key=key,
            UpdateExpression=_SET_ENDPOINT,
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues={":id": connection.endpoint_id, ":service": connection.service, ":none": {}},
        )
        if connection.account:
            self._table.update_item(
                Key=key,
                UpdateExpression="SET accounts.#account = :tenant",
                ExpressionAttributeNames={"#account": connection.account},
                ExpressionAttributeValues={":tenant": connection.tenant},
            )

    def _forget_account(self, connection: Connection, account: str, hook: str) -> None:
        self._delete_item(keys.account_key(connection.endpoint_id, account))
        try:
            self._table.update_item(
                Key={"pk": keys.endpoint_key(connection.service, hook), "sk": keys.SORT},
                UpdateExpression="REMOVE accounts.#account",
                ConditionExpression="attribute_exists(accounts)",
                ExpressionAttributeNames={"#account": account},
            )
        except self._table.meta.client.exceptions.ConditionalCheckFailedException:
            return  # the endpoint was taken away before its accounts

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

    def _save_secret(self, connection: Connection) -> str:
        known = self._item(keys.CONNECTIONS, connection.id) is not None
        found = self._read_secret(connection.id) or (self._restore_secret(connection.id) if known else {})
        # A new connection has no past: an address that was given up stays so, whatever is left of its secret.
        stored = found if known else {}
        owns = connection.endpoint_id == connection.id
        hook = (stored.get("hook") or randomness.token_urlsafe(_HOOK_BYTES)) if owns else self.hook(connection)
        name = keys.secret_name(self._stage, connection.id)
        text = write_document(hook if owns else "", connection.secrets, stored, self._clock.now())
        if found:
            self._secrets.put_secret_value(SecretId=name, SecretString=text)
        else:
            self._names.take(name, text)
        return hook

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
