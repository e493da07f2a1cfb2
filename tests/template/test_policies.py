"""The policy for whoever deploys names what each resource of the template takes, and none of the data in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from samcli.yamlhelper import yaml_parse

from tests.harness.iam import Call, is_allowed
from tests.template.deployed import Deployed, deploy, translate_template
from tests.template.stack.scene import ROOT
from tests.template.test_parameters import CERTIFICATE, KEY
from tools.gradual import make_gradual

FOLDER = ROOT / "docs/policies"
PEOPLE = ("reader", "operator", "owner", "deployer")
MOST_CHARACTERS = 6144  #: IAM: of a managed policy, spaces not counted
NAMED = "STACK_NAME-Thing-1ABCDEF"

#: What CloudFormation asks of each service to make a resource of a type, and on what, as the deployer.
TAKES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "AWS::ApiGatewayV2::Api": (("apigateway:POST", "apigateway:PATCH"), "arn:aws:apigateway:REGION::/apis/a1"),
    "AWS::ApiGatewayV2::ApiMapping": (("apigateway:POST",), "arn:aws:apigateway:REGION::/domainnames/d/apimappings"),
    "AWS::ApiGatewayV2::Integration": (("apigateway:POST",), "arn:aws:apigateway:REGION::/apis/a1/integrations"),
    "AWS::ApiGatewayV2::Route": (("apigateway:POST",), "arn:aws:apigateway:REGION::/apis/a1/routes"),
    "AWS::ApiGatewayV2::DomainName": (("apigateway:POST",), "arn:aws:apigateway:REGION::/domainnames"),
    "AWS::ApiGatewayV2::Stage": (("apigateway:POST",), "arn:aws:apigateway:REGION::/apis/a1/stages"),
    "AWS::CloudWatch::Alarm": (("cloudwatch:PutMetricAlarm",), f"arn:aws:cloudwatch:REGION:ACCOUNT_ID:alarm:{NAMED}"),
    "AWS::CloudWatch::Dashboard": (("cloudwatch:PutDashboard",), "arn:aws:cloudwatch::ACCOUNT_ID:dashboard/STACK_NAME"),
    "AWS::CodeDeploy::Application": (
        ("codedeploy:CreateApplication",),
        f"arn:aws:codedeploy:REGION:ACCOUNT_ID:application:{NAMED}",
    ),
    "AWS::CodeDeploy::DeploymentGroup": (
        ("codedeploy:CreateDeploymentGroup", "codedeploy:CreateDeployment"),
        f"arn:aws:codedeploy:REGION:ACCOUNT_ID:deploymentgroup:{NAMED}/STACK_NAME-Viber",
    ),
    "AWS::DynamoDB::Table": (
        (
            "dynamodb:CreateTable",
            "dynamodb:UpdateContinuousBackups",
            "dynamodb:UpdateTimeToLive",
            "dynamodb:PutResourcePolicy",
            "dynamodb:TagResource",
            "dynamodb:DescribeTable",
        ),
        "arn:aws:dynamodb:REGION:ACCOUNT_ID:table/STACK_NAME-Table-1ABCDEF",
    ),
    "AWS::Events::Rule": (("events:PutRule", "events:PutTargets"), f"arn:aws:events:REGION:ACCOUNT_ID:rule/{NAMED}"),
    "AWS::IAM::ManagedPolicy": (
        ("iam:CreatePolicy", "iam:CreatePolicyVersion"),
        f"arn:aws:iam::ACCOUNT_ID:policy/{NAMED}",
    ),
    "AWS::IAM::Role": (
        (
            "iam:CreateRole",
            "iam:PutRolePolicy",
            "iam:AttachRolePolicy",
            "iam:PutRolePermissionsBoundary",
            "iam:TagRole",
        ),
        f"arn:aws:iam::ACCOUNT_ID:role/{NAMED}",
    ),
    "AWS::Lambda::Alias": (
        ("lambda:CreateAlias", "lambda:UpdateAlias"),
        f"arn:aws:lambda:REGION:ACCOUNT_ID:function:{NAMED}",
    ),
    "AWS::Lambda::EventInvokeConfig": (
        ("lambda:PutFunctionEventInvokeConfig",),
        f"arn:aws:lambda:REGION:ACCOUNT_ID:function:{NAMED}",
    ),
    "AWS::Lambda::EventSourceMapping": (("lambda:CreateEventSourceMapping",), "*"),
    "AWS::Lambda::Function": (
        (
            "lambda:CreateFunction",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
            "lambda:TagResource",
        ),
        f"arn:aws:lambda:REGION:ACCOUNT_ID:function:{NAMED}",
    ),
    "AWS::Lambda::LayerVersion": (
        ("lambda:PublishLayerVersion",),
        "arn:aws:lambda:REGION:ACCOUNT_ID:layer:STACK_NAME-patchbay",
    ),
    "AWS::Lambda::Permission": (("lambda:AddPermission",), f"arn:aws:lambda:REGION:ACCOUNT_ID:function:{NAMED}"),
    "AWS::Lambda::Version": (("lambda:PublishVersion",), f"arn:aws:lambda:REGION:ACCOUNT_ID:function:{NAMED}"),
    "AWS::Logs::LogGroup": (
        ("logs:CreateLogGroup", "logs:PutRetentionPolicy", "logs:AssociateKmsKey"),
        "arn:aws:logs:REGION:ACCOUNT_ID:log-group:/patchbay/STAGE/access",
    ),
    "AWS::Logs::QueryDefinition": (("logs:PutQueryDefinition",), "*"),
    "AWS::Route53::RecordSet": (("route53:ChangeResourceRecordSets",), "arn:aws:route53:::hostedzone/Z1"),
    "AWS::S3::Bucket": (
        (
            "s3:CreateBucket",
            "s3:PutEncryptionConfiguration",
            "s3:PutLifecycleConfiguration",
            "s3:PutBucketCORS",
            "s3:PutBucketPublicAccessBlock",
            "s3:PutBucketOwnershipControls",
            "s3:PutBucketTagging",
        ),
        "arn:aws:s3:::STACK_NAME-bucket-1abcdef",
    ),
    "AWS::S3::BucketPolicy": (("s3:PutBucketPolicy",), "arn:aws:s3:::STACK_NAME-bucket-1abcdef"),
    "AWS::SNS::Subscription": (("sns:Subscribe",), f"arn:aws:sns:REGION:ACCOUNT_ID:{NAMED}"),
    "AWS::SNS::TopicPolicy": (("sns:SetTopicAttributes",), f"arn:aws:sns:REGION:ACCOUNT_ID:{NAMED}"),
    "AWS::SQS::QueuePolicy": (("sqs:SetQueueAttributes",), f"arn:aws:sqs:REGION:ACCOUNT_ID:{NAMED}"),
    "AWS::SNS::Topic": (("sns:CreateTopic", "sns:SetTopicAttributes"), f"arn:aws:sns:REGION:ACCOUNT_ID:{NAMED}"),
    "AWS::SQS::Queue": (
        ("sqs:CreateQueue", "sqs:SetQueueAttributes", "sqs:TagQueue"),
        f"arn:aws:sqs:REGION:ACCOUNT_ID:{NAMED}",
    ),
}
#: Access logs of an HTTP API: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
ACCESS_LOGS = (
    "logs:CreateLogDelivery",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
)


def read(role: str) -> dict[str, Any]:
    policy: dict[str, Any] = json.loads((FOLDER / f"{role}.json").read_text(encoding="utf-8"))
    return policy


def types() -> set[str]:
    """Of every resource that some choice of parameters makes."""
    template = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
    make_gradual(template, "Canary10Percent5Minutes", "1f")
    domain = {"DomainName": "a.test", "CertificateArn": CERTIFICATE, "HostedZoneId": "Z1", "AlarmEmail": "a@b.test"}
    whole = Deployed(
        translate_template(template), {**domain, "KmsKeyArn": KEY, "SubnetIds": "s", "SecurityGroupIds": "g"}
    )
    return {one["Type"] for stack in (whole, deploy()) for one in stack.resources.values()}


def test_the_deployer_may_make_every_kind_of_resource() -> None:
    policy = read("deployer")
    for kind in types():
        assert kind in TAKES, f"say here what {kind} takes, and in docs/policies/deployer.json"
        needed, resource = TAKES[kind]
        refused = [action for action in needed if not is_allowed(Call(action, resource), _without_conditions(policy))]
        assert not refused, f"{kind}: {refused}"
    assert all(is_allowed(Call(action, "*"), policy) for action in ACCESS_LOGS)


@pytest.mark.parametrize(
    "call",
    [
        Call("dynamodb:GetItem", "arn:aws:dynamodb:REGION:ACCOUNT_ID:table/STACK_NAME-Table-1ABCDEF"),
        Call("dynamodb:Scan", "arn:aws:dynamodb:REGION:ACCOUNT_ID:table/STACK_NAME-Table-1ABCDEF"),
        Call("sqs:ReceiveMessage", "arn:aws:sqs:REGION:ACCOUNT_ID:STACK_NAME-EventsQueue-1abcdef.fifo"),
        Call("sqs:PurgeQueue", "arn:aws:sqs:REGION:ACCOUNT_ID:STACK_NAME-EventsQueue-1abcdef.fifo"),
        Call("s3:GetObject", "arn:aws:s3:::STACK_NAME-bucket-1abcdef/media/1/a.png"),
        Call(
            "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:REGION:ACCOUNT_ID:secret:patchbay/STAGE/bot-AbCdEf"
        ),
        Call("logs:GetLogEvents", "arn:aws:logs:REGION:ACCOUNT_ID:log-group:/patchbay/STAGE/dispatcher"),
        Call("iam:CreateRole", "arn:aws:iam::ACCOUNT_ID:role/admin"),
        Call("iam:CreateUser", "arn:aws:iam::ACCOUNT_ID:user/STACK_NAME-me"),
        Call("lambda:InvokeFunction", f"arn:aws:lambda:REGION:ACCOUNT_ID:function:{NAMED}"),
    ],
    ids=lambda call: call.action,
)
def test_the_deployer_reads_no_data_and_makes_nothing_else(call: Call) -> None:
    assert not is_allowed(call, _without_conditions(read("deployer")))


@pytest.mark.parametrize("role", PEOPLE)
def test_a_policy_is_one_that_iam_takes(role: str) -> None:
    policy = read(role)
    assert len(json.dumps(policy, separators=(",", ":"))) <= MOST_CHARACTERS
    names = [statement["Sid"] for statement in policy["Statement"]]
    assert len(set(names)) == len(names)
    assert all(name.isalnum() for name in names)


def _without_conditions(policy: Mapping[str, Any]) -> dict[str, Any]:
    """But for PassRole's, which the test of roles does not ask about."""
    return {"Statement": [one for one in policy["Statement"] if "Condition" not in one]}
