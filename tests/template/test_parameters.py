"""Each optional parameter does what it says, and nothing while it is not given."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.template.deployed import Deployed, deploy
from tests.template.stack.scene import ROOT, TEMPLATE

KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234"
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1234"
BOUNDARY = "arn:aws:iam::123456789012:policy/boundary"


def functions(stack: Deployed) -> dict[str, Any]:
    return stack.of_type("AWS::Lambda::Function")


def variables(stack: Deployed, name: str) -> dict[str, Any]:
    found: dict[str, Any] = functions(stack)[name]["Environment"]["Variables"]
    return found


def roles_of_functions(stack: Deployed) -> list[dict[str, str]]:
    return [{"Ref": one["Role"]["Fn::GetAtt"][0]} for one in functions(stack).values()]


# --- names -----------------------------------------------------------------------------------------------------------


def names(stack: Deployed) -> set[str]:
    """Every name that the template gives itself, and so must differ from stack to stack."""
    given = ("Name", "LogGroupName", "LayerName", "DashboardName", "AlarmName", "QueueName", "RoleName", "FunctionName")
    found = set()
    for resource in stack.resources.values():
        properties = resource.get("Properties", {})
        found |= {f"{resource['Type']} {properties[one]}" for one in given if isinstance(properties.get(one), str)}
    return found


def test_two_stages_of_an_account_share_no_name() -> None:
    one, other = deploy(Stage="bank-a"), deploy(Stage="bank-b", Production="yes")
    shared = {name for name in names(one) & names(other) if "patchbay-test" not in name}  # the stack's name differs too
    assert names(one)
    assert not shared


@pytest.mark.parametrize("stage", ["dev", "prod", "staging", "bank-a", "a1234567890123-x"])
def test_a_stage_is_any_short_name(stage: str) -> None:
    assert re.fullmatch(TEMPLATE["Parameters"]["Stage"]["AllowedPattern"], stage)


@pytest.mark.parametrize("stage", ["", "Prod", "1st", "a/b", "a*", "a" * 17, "a b"])
def test_a_stage_never_reaches_into_anothers_names(stage: str) -> None:
    """Its roles name `/patchbay/STAGE/*`: no stage is the beginning of such a name."""
    assert not re.fullmatch(TEMPLATE["Parameters"]["Stage"]["AllowedPattern"], stage)


def test_no_name_of_a_stage_is_special() -> None:
    """Neither `local` nor `prod` change anything but names: that is what two switches are for."""
    assert "!Ref Stage, local" not in json.dumps(TEMPLATE["Conditions"])
    assert set(deploy(Stage="local").resources) == set(deploy(Stage="prod").resources) == set(deploy().resources)
    assert variables(deploy(Stage="local"), "DispatcherFunction")["PATCHBAY_EMULATOR"] == "no"


def test_production_protects_the_table() -> None:
    assert deploy(Production="yes").of_type("AWS::DynamoDB::Table")["Table"]["DeletionProtectionEnabled"] is True
    assert deploy(Stage="prod").of_type("AWS::DynamoDB::Table")["Table"]["DeletionProtectionEnabled"] is False


def test_the_emulator_is_told_that_it_is_one() -> None:
    stack = deploy(Stage="local", Emulator="yes")
    assert variables(stack, "DispatcherFunction")["PATCHBAY_EMULATOR"] == "yes"
    assert not stack.of_type("AWS::S3::BucketPolicy")
    assert "ResourcePolicy" not in stack.of_type("AWS::DynamoDB::Table")["Table"]


# --- a key of the owner's --------------------------------------------------------------------------------------------


def test_without_a_key_everything_is_encrypted_with_keys_that_cost_nothing() -> None:
    stack = deploy()
    assert "arn:aws:kms" not in json.dumps(stack.resources)
    assert "KeyPolicy" not in stack.resources
    assert "KmsKeyArn" not in stack.outputs
    assert "SSESpecification" not in stack.of_type("AWS::DynamoDB::Table")["Table"]
    for queue in stack.of_type("AWS::SQS::Queue").values():
        assert queue["SqsManagedSseEnabled"] is True
        assert "KmsMasterKeyId" not in queue
    assert not [one for one in stack.of_type("AWS::Logs::LogGroup").values() if "KmsKeyId" in one]


def test_a_key_encrypts_every_store_log_and_topic() -> None:
    stack = deploy(KmsKeyArn=KEY)
    table, bucket = stack.of_type("AWS::DynamoDB::Table")["Table"], stack.of_type("AWS::S3::Bucket")["Bucket"]
    assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    assert rule["BucketKeyEnabled"] is True
    for queue in stack.of_type("AWS::SQS::Queue").values():
        assert (queue["KmsMasterKeyId"], queue["SqsManagedSseEnabled"]) == (KEY, False)
    assert {one["KmsKeyId"] for one in stack.of_type("AWS::Logs::LogGroup").values()} == {KEY}
    assert {one["KmsMasterKeyId"] for one in stack.of_type("AWS::SNS::Topic").values()} == {KEY}
    assert stack.outputs["KmsKeyArn"]["Value"] == KEY


def test_a_key_encrypts_the_secrets_of_accounts_that_join() -> None:
    assert variables(deploy(KmsKeyArn=KEY), "OauthFunction")["KMS_KEY_ARN"] == KEY


def test_every_role_may_use_the_key_through_the_stores_only() -> None:
    stack = deploy(KmsKeyArn=KEY)
    policy = stack.of_type("AWS::IAM::ManagedPolicy")["KeyPolicy"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert sorted(map(str, policy["Roles"])) == sorted(map(str, roles_of_functions(stack)))
    assert (statement["Action"], statement["Resource"]) == (["kms:Decrypt", "kms:GenerateDataKey"], KEY)
    services = statement["Condition"]["StringEquals"]["kms:ViaService"]
    assert {one.partition(".")[0] for one in services} == {"dynamodb", "s3", "secretsmanager", "sqs"}


def test_the_malware_scan_reads_what_the_key_encrypts() -> None:
    def statements(**parameters: str) -> list[dict[str, Any]]:
        role = deploy(MalwareScan="guardduty", **parameters).of_type("AWS::IAM::Role")["MalwareScanRole"]
        found: list[dict[str, Any]] = role["Policies"][0]["PolicyDocument"]["Statement"]
        return [one for one in found if "kms:Decrypt" in one["Action"]]

    assert statements() == []
    (decrypt,) = statements(KmsKeyArn=KEY)
    assert (decrypt["Action"], decrypt["Resource"]) == (["kms:Decrypt", "kms:GenerateDataKey"], KEY)
    (service,) = decrypt["Condition"]["StringEquals"].values()
    assert service.startswith("s3.")


# --- a network, a boundary -------------------------------------------------------------------------------------------


def test_without_subnets_no_function_is_in_a_vpc() -> None:
    stack = deploy()
    assert not [one for one in functions(stack).values() if "VpcConfig" in one]
    assert "ec2:" not in json.dumps(stack.resources)


def test_every_function_goes_into_the_subnets_and_its_role_lets_lambda_do_so() -> None:
    stack = deploy(SubnetIds="subnet-1,subnet-2", SecurityGroupIds="sg-1")
    for one in functions(stack).values():
        assert one["VpcConfig"] == {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}
        assert one["Environment"]["Variables"]["NETWORK_POLICY"] == {"Ref": "NetworkPolicy"}, "it waits for the policy"
    policy = stack.of_type("AWS::IAM::ManagedPolicy")["NetworkPolicy"]
    assert sorted(map(str, policy["Roles"])) == sorted(map(str, roles_of_functions(stack)))
    allow, deny = policy["PolicyDocument"]["Statement"]
    assert (allow["Effect"], deny["Effect"], allow["Action"]) == ("Allow", "Deny", deny["Action"])
    assert "lambda:SourceFunctionArn" in str(deny["Condition"])


def test_a_boundary_bounds_every_role() -> None:
    assert {one.get("PermissionsBoundary") for one in deploy().of_type("AWS::IAM::Role").values()} == {None}
    bounded = deploy(PermissionsBoundary=BOUNDARY, MalwareScan="guardduty").of_type("AWS::IAM::Role")
    assert "MalwareScanRole" in bounded
    assert {one.get("PermissionsBoundary") for one in bounded.values()} == {BOUNDARY}


# --- live connections ------------------------------------------------------------------------------------------------


def test_without_live_connections_there_is_no_api_for_them_and_nobody_may_use_one() -> None:
    switched_off, usual = deploy(WebchatLive="no"), deploy()
    live = {name for name in usual.resources if name.startswith("Live")}
    assert set(usual.resources) - set(switched_off.resources) == live
    assert usual.of_type("AWS::ApiGatewayV2::Api")["LiveApi"]["ProtocolType"] == "WEBSOCKET"
    assert variables(switched_off, "WebchatFunction")["LIVE_API_ID"] == ""
    assert "execute-api:ManageConnections" not in str(switched_off.of_type("AWS::IAM::Role"))
    roles = usual.of_type("AWS::IAM::Role")
    assert [name for name in roles if "execute-api:ManageConnections" in str(roles[name])] == ["WebchatRole"]


# --- a domain, a proxy -----------------------------------------------------------------------------------------------


def is_closed(stack: Deployed) -> bool:
    """Whether the API's own address is."""
    api = stack.of_type("AWS::ApiGatewayV2::Api")["Api"]
    (server,) = api["Body"]["servers"]
    return bool(server["x-amazon-apigateway-endpoint-configuration"]["disableExecuteApiEndpoint"])


def test_without_a_domain_the_services_call_the_apis_own_address() -> None:
    stack = deploy()
    assert not is_closed(stack)
    assert "execute-api" in stack.outputs["ApiUrl"]["Value"]
    assert not [one for one in stack.resources if one.startswith("Domain")]
    assert variables(stack, "OauthFunction")["PUBLIC_URL"] == ""


def test_a_domain_is_the_only_way_in() -> None:
    stack = deploy(DomainName="chat.bank.test", CertificateArn=CERTIFICATE)
    assert is_closed(stack)
    assert stack.outputs["ApiUrl"]["Value"] == "https://chat.bank.test"
    assert variables(stack, "OauthFunction")["PUBLIC_URL"] == "https://chat.bank.test"
    (domain,) = stack.of_type("AWS::ApiGatewayV2::DomainName").values()
    assert domain["DomainNameConfigurations"][0]["CertificateArn"] == CERTIFICATE
    (mapping,) = stack.of_type("AWS::ApiGatewayV2::ApiMapping").values()
    assert mapping["Stage"]["Ref"] in stack.of_type("AWS::ApiGatewayV2::Stage")
    assert "DomainTarget" in stack.outputs
    assert not stack.of_type("AWS::Route53::RecordSet")


def test_a_hosted_zone_gets_the_domains_record() -> None:
    stack = deploy(DomainName="chat.bank.test", CertificateArn=CERTIFICATE, HostedZoneId="Z1")
    (record,) = stack.of_type("AWS::Route53::RecordSet").values()
    assert (record["HostedZoneId"], record["Name"], record["Type"]) == ("Z1", "chat.bank.test", "A")


def test_an_address_of_a_proxy_leaves_its_way_to_us_open_unless_it_has_a_domain() -> None:
    """A proxy in front may call the API's own address: closing that would cut everything off."""
    assert not is_closed(deploy(PublicUrl="https://chat.bank.test"))
    assert is_closed(deploy(PublicUrl="https://chat.bank.test", DisableExecuteApi="yes"))
    own = {"DomainName": "origin.bank.test", "CertificateArn": CERTIFICATE}
    stack = deploy(PublicUrl="https://chat.bank.test", **own)
    assert is_closed(stack)
    assert stack.outputs["ApiUrl"]["Value"] == "https://chat.bank.test"
    assert not is_closed(deploy(DisableExecuteApi="no", **own))


def test_every_function_that_hears_who_calls_knows_the_proxy_and_nobody_its_secret() -> None:
    digest = "a" * 64
    stack = deploy(TrustedProxyHeader="CloudFront-Viewer-Address", TrustedProxySecretHash=digest)
    for name in functions(stack):
        given = variables(stack, name)
        assert (given["TRUSTED_PROXY_HEADER"], given["TRUSTED_PROXY_SECRET_HASH"]) == (
            "CloudFront-Viewer-Address",
            digest,
        )


@pytest.mark.parametrize(
    ("given", "needed"),
    [
        ({"DomainName": "chat.bank.test"}, {"CertificateArn": CERTIFICATE}),
        ({"SubnetIds": "subnet-1,subnet-2"}, {"SecurityGroupIds": "sg-1"}),
        ({"TrustedProxyHeader": "CloudFront-Viewer-Address"}, {"TrustedProxySecretHash": "0f" * 32}),
    ],
)
def test_a_parameter_without_the_one_that_it_needs_is_refused(given: dict[str, str], needed: dict[str, str]) -> None:
    assert deploy().refused == []
    assert len(deploy(**given).refused) == 1
    assert deploy(**given, **needed).refused == []


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        ("KmsKeyArn", KEY, "alias/mine"),
        ("CertificateArn", CERTIFICATE, "mine"),
        ("PermissionsBoundary", BOUNDARY, "boundary"),
        ("DomainName", "chat.bank.test", "https://chat.bank.test"),
        ("TrustedProxySecretHash", "0f" * 32, "my-secret"),
        ("TrustedProxyHeader", "CloudFront-Viewer-Address", "X Header"),
        ("HostedZoneId", "Z123", "zone/1"),
    ],
)
def test_a_parameter_takes_what_it_is_for_and_nothing_by_default(parameter: str, good: str, bad: str) -> None:
    definition = TEMPLATE["Parameters"][parameter]
    assert re.fullmatch(definition["AllowedPattern"], good)
    assert re.fullmatch(definition["AllowedPattern"], definition["Default"])
    assert not re.fullmatch(definition["AllowedPattern"], bad)


# --- the policy of a key of the owner's ------------------------------------------------------------------------------


def test_the_keys_policy_lets_logs_and_alarms_use_it() -> None:
    """They come as services, with no role of ours. Roles are let in by the account's own statement."""
    policy = json.loads((ROOT / "docs/policies/key.json").read_text(encoding="utf-8"))
    services = {one["Principal"].get("Service"): one for one in policy["Statement"]}
    logs = services["logs.REGION.amazonaws.com"]["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    prefix = logs.partition("log-group:")[2].replace("STAGE", "dev")
    for group in deploy().of_type("AWS::Logs::LogGroup").values():
        assert group["LogGroupName"].startswith(prefix.removesuffix("*"))
    assert services["cloudwatch.amazonaws.com"]["Condition"] == {"StringEquals": {"aws:SourceAccount": "ACCOUNT_ID"}}
    assert services[None]["Principal"] == {"AWS": "arn:aws:iam::ACCOUNT_ID:root"}
