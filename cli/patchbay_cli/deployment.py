"""One deployed Patchbay, as the commands reach it. AWS clients are created when they are first needed."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError

from patchbay.aws.api.boto import BotoApi
from patchbay.aws.api.signing import Credentials
from patchbay.aws.clock import SystemClock
from patchbay.aws.net.http import RequestsHttp
from patchbay.aws.net.signed_requests import RequestSigner
from patchbay.aws.settings import oauth_addresses, public_address
from patchbay.aws.stores import table as infra_table
from patchbay.aws.stores.audit_trail import DynamoAuditTrail
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.costs import DynamoCosts
from patchbay.aws.stores.ledger import DynamoLedger
from patchbay.aws.stores.people import DynamoPeople
from patchbay.aws.stores.queue import LargeBodies
from patchbay.aws.stores.sessions import DynamoSessions
from patchbay.aws.stores.templates import DynamoTemplates
from patchbay.bridge.audit import Act, Auditor, AuditTrail
from patchbay.bridge.costs import CostCounters
from patchbay.bridge.ledger import Ledger
from patchbay.bridge.people import People
from patchbay.bridge.ports import Clock
from patchbay.bridge.template_store import KnownTemplates
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.kit.account_setup import Webhooks, get_topic_source, list_webhooks
from patchbay.kit.addresses import is_loopback
from patchbay.kit.contract import Connector, Http
from patchbay_cli.dead_letters.ledger_entries import LedgerEntries
from patchbay_cli.dead_letters.queue import DeadLetterQueue
from patchbay_cli.error_messages import NO_CREDENTIALS
from patchbay_cli.stack import Stack, read_stack
from patchbay_cli.terminal import Terminal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


_sleep = time.sleep


@dataclass
class Deployment:
    """What every command gets: the stack, its stores, and the terminal."""

    stack_name: str
    region: str | None = None
    profile: str | None = None
    terminal: Terminal = field(default_factory=Terminal)
    act: Act | None = None  #: what the command does, as the audit trail records it
    act_begun: bool = False
    _waited_for: set[str] = field(default_factory=set)

    @cached_property
    def session(self) -> boto3.Session:
        session = boto3.Session(region_name=self.region, profile_name=self.profile)
        try:
            session.get_credentials()  # which may start a program of the owner's, or read files
        except BotoCoreError:
            raise
        except (OSError, ValueError, KeyError):
            raise Misconfigured(NO_CREDENTIALS) from None
        return session

    @cached_property
    def stack(self) -> Stack:
        return read_stack(self.session.client("cloudformation"), self.stack_name)

    @cached_property
    def table(self) -> Table:
        return self.session.resource("dynamodb").Table(self.stack.table)

    @cached_property
    def dead_letter_queue(self) -> DeadLetterQueue:
        large = LargeBodies(lambda: self.session.client("s3"), self.stack.bucket)
        return DeadLetterQueue(
            self.session.client("sqs"), self.stack.queue_url, self.stack.dead_letter_queue_url, large
        )

    @cached_property
    def clock(self) -> Clock:
        return SystemClock()

    @cached_property
    def records(self) -> infra_table.Table:
        """The same table, as the functions read it."""
        return infra_table.Table(BotoApi(self.session.client("dynamodb")), self.stack.table)

    @cached_property
    def known_connections(self) -> Mapping[str, Connection]:
        """Present and former connections by id, without secrets."""
        both = (*self.configuration.formers(), *self.configuration.connections())
        return {one.id: one for one in both}

    @cached_property
    def ledger(self) -> Ledger:
        return DynamoLedger(self.records, self.clock)

    @cached_property
    def ledger_entries(self) -> LedgerEntries:
        """The ledger's entries of dead letters, as the owner changes them."""
        return LedgerEntries(self.table)

    @cached_property
    def sessions(self) -> DynamoSessions:
        return DynamoSessions(self.records, self.clock)

    @cached_property
    def people(self) -> People:
        return DynamoPeople(self.records, self.clock)

    @cached_property
    def templates(self) -> KnownTemplates:
        return DynamoTemplates(self.records)

    @cached_property
    def costs(self) -> CostCounters:
        return DynamoCosts(self.records, self.clock)

    @cached_property
    def configuration(self) -> ConfigurationStore:
        vault = self.session.client("secretsmanager")
        return ConfigurationStore(
            self.table, vault, self.stack.stage, self.clock, self.wait, kms_key=self.stack.kms_key
        )

    @cached_property
    def http(self) -> Http:
        return RequestsHttp(
            local=self.stack.emulator, signer=RequestSigner(self._read_credentials, self.session.region_name or "")
        )

    def _read_credentials(self) -> Credentials:
        """The owner's own: what a service of AWS is asked while an account is connected is asked in their name."""
        found = self.session.get_credentials()
        if found is None:
            raise Misconfigured(NO_CREDENTIALS)
        keys = found.get_frozen_credentials()
        return Credentials(
            access_key=keys.access_key or "", secret_key=keys.secret_key or "", session_token=keys.token or ""
        )

    @cached_property
    def audit_trail(self) -> AuditTrail:
        return DynamoAuditTrail(infra_table.Table(BotoApi(self.session.client("dynamodb")), self.stack.table))

    @cached_property
    def auditor(self) -> Auditor:
        return Auditor(self.audit_trail, SystemClock(), self._find_caller)

    def add_audit_targets(self, targets: Sequence[str]) -> None:
        """Adds ids to the audit record of the command that were not among its arguments."""
        if self.act is not None:
            self.act.concern(targets)

    def _find_caller(self) -> str:
        return self.session.client("sts").get_caller_identity()["Arn"]

    def connection(self, connection_id: str) -> Connection:
        """With its secrets. Raises Misconfigured, with the known ids, when there is no such connection."""
        found = self.configuration.connection(connection_id)
        if found is None:
            known = ", ".join(connection.id for connection in self.configuration.connections())
            raise Misconfigured(f"there is no connection {connection_id!r}. Connections: {known or 'none yet'}")
        return found

    def owner_of_url(self, connection: Connection) -> Connection:
        """The connection whose webhook URL it uses, which may be another one."""
        return connection if connection.endpoint_id == connection.id else self.connection(connection.endpoint_id)

    def webhooks(self, connector: Connector, connection: Connection) -> Webhooks:
        """Our URLs for the service's webhooks, by name, as they are reachable from here.

        For a service that publishes to a topic it is that, which no URL leads to.
        """
        if get_topic_source(connector, connection):
            return {"topic": self.stack.topic_of(connection.service)}
        address = f"{self._base_address()}/{connection.service}/{self.configuration.webhook_token(connection)}"
        return list_webhooks(connector, address, connection)

    def oauth_urls(self, app: Connection) -> Webhooks:
        """Where accounts install the app (`oauth_start`), and where its service sends them back (`oauth_redirect`)."""
        return oauth_addresses(self._base_address(), app.service, app.id)

    def wait(self, seconds: float, reason: str) -> None:
        """Waits for AWS or a service, and shows the reason once."""
        if reason not in self._waited_for:
            self.terminal.notify(f"{reason} ...")
            self._waited_for.add(reason)
        _sleep(seconds)

    def _base_address(self) -> str:
        endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
        address = urlsplit(endpoint)
        if address.scheme != "http" or not is_loopback(address.hostname or ""):
            return self.stack.api_url
        return public_address(self.stack.api_id, self.session.region_name or "", endpoint_url=endpoint)
