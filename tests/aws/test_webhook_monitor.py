"""The webhook monitor's function, from the schedule's event to what it leaves in the log."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import boto3
import pytest
from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

from patchbay.aws import clients
from patchbay.aws.clock import SystemClock
from patchbay.aws.handlers.webhook_monitor import Handler, make_handler
from patchbay.aws.stores import keys
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.aws.stores.held import DynamoHeldMessages
from patchbay.aws.stores.table import Table
from patchbay.bridge.held import Held
from patchbay.domain.accounts import Connection, ConnectionStatus, Secrets
from patchbay.domain.errors import AuthorizationNeeded, Misconfigured
from patchbay.domain.events import HeldOverdue, Origin, decode
from patchbay.domain.held_place import HeldPlace
from patchbay.domain.model import Side
from patchbay.kit.contract import Connector
from tests.aws import aws
from tests.harness.fakes.credentials_platform import CredentialsPlatform
from tests.harness.fakes.failing_webhook_platform import FailingWebhookPlatform
from tests.harness.fakes.services import Office, message_event
from tests.harness.fakes.windowed import WindowedPigeon
from tests.harness.moto_transport import observing

if TYPE_CHECKING:
    from playground.run import Playground

TOKEN = "the-inns-token"


@dataclass
class House:
    cloud: aws.Aws
    inn: FailingWebhookPlatform
    gate: CredentialsPlatform
    configuration: ConfigurationStore
    handler: Handler

    def connect(
        self,
        connection_id: str,
        service: str = "inn",
        status: ConnectionStatus = ConnectionStatus.ACTIVE,
        endpoint: str = "",
        side: Side = Side.PLATFORM,
    ) -> str:
        """The webhook token of its address."""
        return self.configuration.save(
            Connection(
                id=connection_id,
                service=service,
                side=side,
                endpoint_id=endpoint or connection_id,
                status=status,
                secrets=Secrets(values={"token": TOKEN}),
            )
        )

    def count_calls(self) -> Counter[str]:
        """Of one round."""
        calls: Counter[str] = Counter()
        session = boto3.Session()
        session.events.register("before-call", lambda model, **_: calls.update([model.name]))
        with patch("boto3.DEFAULT_SESSION", session), observing(lambda operation, _: calls.update([operation])):
            self.wake()
        return calls

    def wake(self) -> None:
        self.handler({"source": "aws.events", "detail-type": "Scheduled Event"}, None)


@pytest.fixture
def house() -> Iterator[House]:
    inn = FailingWebhookPlatform()
    gate = CredentialsPlatform()
    known: dict[str, Connector] = {"inn": inn, "office": Office(), "gate": gate, "pigeon": WindowedPigeon()}

    def load(service: str) -> Connector:
        if service not in known:
            raise Misconfigured("this deployment has no such service")
        return known[service]

    with (
        aws.running() as cloud,
        patch.dict("os.environ", cloud.environment),
        patch("patchbay.kit.registry.load", load),
    ):
        clients.forget()
        table = aws.table()
        configuration = ConfigurationStore(table, cloud.secrets, "test", SystemClock())
        yield House(cloud, inn, gate, configuration, make_handler())
        clients.forget()


def _lines(log: io.StringIO, what: str) -> list[dict[str, str]]:
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    return [line for line in lines if line["message"] == what]


def test_a_webhook_is_put_back_at_the_address_that_the_owner_was_given(
    house: House, log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    webhook_token = house.connect("front")
    house.inn.switched_off = {"front"}
    house.wake()
    address = f"https://bridge.test/inn/{webhook_token}"
    assert house.inn.visited == {"front": {"messages": address, "guests": f"{address}/guests"}}
    assert house.inn.tokens == {"front": TOKEN}
    (told,) = _lines(log, "webhook restored")
    assert (told["service"], told["connection"], told["mended"]) == ("inn", "front", "the channel")
    counted = _metrics(capsys)
    assert counted["inn"]["WebhookRestored"] == [1.0]
    assert counted["all"]["MonitorRounds"] == [1.0]
    assert counted["all"]["ConnectionsNeedingAuthorization"] == [0.0]


def _metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, dict[str, list[float]]]:
    """What the function has measured, by service."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    return {line["service"]: line for line in lines}


def test_credentials_that_a_service_takes_again_make_the_connection_active_and_are_measured(
    house: House, log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    for one in ("front", "back"):
        house.connect(one, "gate", ConnectionStatus.NEEDS_AUTHORIZATION)
    house.gate.failures["back"] = AuthorizationNeeded("the token is refused")
    house.wake()
    stored = {one.id: one for one in house.configuration.connections()}
    assert stored["front"].status is ConnectionStatus.ACTIVE
    assert (stored["back"].status, stored["back"].checks) == (ConnectionStatus.NEEDS_AUTHORIZATION, 1)
    assert sorted(house.gate.asked) == [("back", TOKEN), ("front", TOKEN)]
    counted = _metrics(capsys)
    assert counted["all"]["ConnectionsNeedingAuthorization"] == [1.0]
    assert counted["gate"]["AuthorizationRestored"] == [1.0]
    (still,) = _lines(log, "authorization still refused")
    assert (still["connection"], still["reason"], still["level"]) == ("back", "the token is refused", "WARNING")
    house.wake()
    assert len(house.gate.asked) == 2, "a service that refuses is left alone for a while"


def test_without_a_domain_the_address_is_the_apis_own(house: House) -> None:
    webhook_token = house.connect("front")
    with patch.dict("os.environ", {"PUBLIC_URL": ""}):
        house.wake()
    assert house.inn.visited["front"]["messages"] == (
        f"https://abc123.execute-api.{aws.REGION}.amazonaws.com/inn/{webhook_token}"
    )


def test_a_lost_secret_and_a_refusal_keep_nobody_from_the_others(house: House, log: io.StringIO) -> None:
    for connection_id in ("back", "front", "side"):
        house.connect(connection_id)
    house.cloud.secrets.delete_secret(SecretId=keys.secret_name("test", "inn", "back", keys.AUTHORIZE))
    house.inn.failures["front"] = AuthorizationNeeded("the token is refused")
    house.inn.switched_off = {"back", "side"}
    house.wake()
    assert house.inn.switched_off == {"back"}
    reasons = {line["connection"]: line["reason"] for line in _lines(log, "webhook check failed")}
    assert reasons["front"] == "AuthorizationNeeded: the token is refused"
    assert "connect back again with all its secrets" in reasons["back"]
    assert {one.status for one in house.configuration.connections()} == {ConnectionStatus.ACTIVE}


def test_a_message_that_was_held_for_too_long_is_reported_to_the_dispatcher(house: House) -> None:
    house.connect("phone", "pigeon", side=Side.MESSENGER)
    house.wake()
    held = DynamoHeldMessages(Table(house.cloud.tables, aws.TABLE))
    now = SystemClock().now()
    held.add(make_held("asa", now - timedelta(minutes=1)))
    held.add(make_held("bo", now + timedelta(days=1)))
    house.wake()
    (message,) = house.cloud.sqs.receive_message(QueueUrl=house.cloud.queue_url, MaxNumberOfMessages=10)["Messages"]
    event = decode(message["Body"])
    assert isinstance(event, HeldOverdue)
    assert (event.thread, event.origin) == ("asa", Origin(service="pigeon", endpoint="phone"))


def make_held(contact: str, until: datetime) -> Held:
    event = message_event(Office(), "c", contact, "hello", "desk", until)
    place = HeldPlace(messenger_connection="phone", contact=contact, position=1)
    return Held(place=place, event=event, held_at=until, until=until)


def test_where_no_service_needs_care_a_round_is_one_query(house: House) -> None:
    house.connect("desk", "office")
    house.connect("closed", status=ConnectionStatus.DISABLED)
    assert house.count_calls() == {"Query": 1}
    assert house.inn.visited == {}


def test_accounts_of_an_app_cost_a_round_no_secret_of_their_own(house: House) -> None:
    house.connect("app")
    for number in range(5):
        house.connect(f"account-{number}", endpoint="app")
    assert house.count_calls()["GetSecretValue"] <= 3  # the app's: as its own, for the accounts' key, for the address
    assert len(house.inn.visited) == 6
    addresses = {addresses["messages"] for addresses in house.inn.visited.values()}
    assert len(addresses) == 1


def test_a_secret_that_was_replaced_a_day_ago_is_erased_and_a_refusal_keeps_nobody_from_it(
    house: House, log: io.StringIO
) -> None:
    verifying = replace(house.inn.settings[0], name="key", verifies=True)
    house.inn.settings = (*house.inn.settings, verifying)
    for one in ("back", "front"):
        house.connect(one)
        known = house.configuration.connection(one)
        assert known is not None
        old = known.secrets.renew({"key": "the-first-key"})
        house.configuration.save(replace(known, secrets=old.renew({"key": "the-second-key"})))
        key = {"pk": keys.CONNECTIONS, "sk": one}
        until = {":until": (SystemClock().now() - timedelta(seconds=1)).isoformat()}
        table = aws.table()
        table.update_item(Key=key, UpdateExpression="SET previous_until = :until", ExpressionAttributeValues=until)
    house.cloud.secrets.delete_secret(SecretId=keys.secret_name("test", "inn", "back", keys.VERIFY))
    later = SystemClock().now() + timedelta(days=1)
    with patch("patchbay.aws.clock.SystemClock.now", lambda _: later):
        house.wake()
    name = keys.secret_name("test", "inn", "front", keys.VERIFY)
    kept = house.cloud.secrets.get_secret_value(SecretId=name, VersionStage="AWSCURRENT")["SecretString"]
    assert ("the-first-key" in kept, "the-second-key" in kept) == (False, True)
    assert [one.previous_until for one in house.configuration.connections()] == [None, None]
    assert [line["connection"] for line in _lines(log, "replaced secret erased")] == ["front"]


def test_a_listed_connection_gets_its_secrets_by_one_call(house: House) -> None:
    webhook_token = house.connect("front")
    (known,) = house.configuration.connections()
    calls: list[str] = []
    house.cloud.secrets.meta.events.register("before-call", lambda model, **_: calls.append(model.name))
    house.configuration._table.meta.client.meta.events.register(
        "before-call", lambda model, **_: calls.append(model.name)
    )
    assert house.configuration.add_secrets(known).secrets.get("token") == TOKEN
    assert house.configuration.webhook_token(known) == webhook_token
    assert calls == ["GetSecretValue"]


def test_a_round_that_cannot_read_the_connections_fails_so_that_the_alarm_hears_of_it(house: House) -> None:
    house.cloud.dynamodb.delete_table(TableName=aws.TABLE)
    with pytest.raises(ClientError):
        house.wake()


def test_no_secret_and_no_address_is_in_the_log(
    house: House, log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    webhook_tokens = [house.connect("front"), house.connect("back")]
    house.inn.switched_off = {"front"}
    house.inn.failures["back"] = RuntimeError(f"{TOKEN} {webhook_tokens[1]}")
    house.wake()
    written = log.getvalue() + capsys.readouterr().out
    assert "webhook check failed" in written
    assert "RuntimeError" in written
    assert [secret for secret in (TOKEN, *webhook_tokens) if secret in written] == []


@pytest.mark.deployed
def test_the_deployed_monitor_may_do_what_it_does(deployed_world: Playground) -> None:
    """Its role is enforced there: it finds a connection, reads its secret, and makes it active again."""
    local = deployed_world.aws
    session, here = local.session, local.endpoint_url
    stack = session.client("cloudformation", endpoint_url=here)
    resource = stack.describe_stack_resource(StackName=local.stack_name, LogicalResourceId="WebhookMonitorFunction")
    name = resource["StackResourceDetail"]["PhysicalResourceId"]
    rules = session.client("events", endpoint_url=here)
    (rule,) = (one for one in rules.list_rules()["Rules"] if "WebhookMonitor" in one["Name"])
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(5 minutes)", "ENABLED")
    (target,) = rules.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    assert target["Arn"].endswith(f":{name}")
    table = session.resource("dynamodb", endpoint_url=here).Table(local.outputs["TableName"])
    connections = table.query(KeyConditionExpression=Key("pk").eq(keys.CONNECTIONS))["Items"]
    key = {"pk": keys.CONNECTIONS, "sk": next(one["id"] for one in connections if one["service"] == "viber")}
    refused = {":status": str(ConnectionStatus.NEEDS_AUTHORIZATION), ":reason": "HTTP 401"}
    table.update_item(
        Key=key,
        UpdateExpression="SET #status = :status, status_reason = :reason",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues=refused,
    )

    answer = session.client("lambda", endpoint_url=here).invoke(FunctionName=name, Payload=b"{}")

    said = answer["Payload"].read()
    assert ("FunctionError" not in answer, said) == (True, b"null"), said
    restored = table.get_item(Key=key, ConsistentRead=True)["Item"]
    assert (restored["status"], restored["status_reason"], restored["checks"]) == ("active", "", 1)
