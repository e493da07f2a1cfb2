"""The HTTP API's routes, which MiniStack does not take over from a template.

SAM writes an API's routes into its OpenAPI document. API Gateway imports it; the emulator makes an API without routes.
So the same routes are made from the same document, as the deployed stack has it. Nothing is listed here by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_cloudformation import CloudFormationClient

_METHODS = {"x-amazon-apigateway-any-method": "ANY"}  #: OpenAPI has no word for all of them
_FUNCTION = re.compile(r"\$\{(\w+)\.Arn\}")


def create_routes(session: boto3.Session, endpoint_url: str, stack_name: str, api_id: str) -> list[str]:
    """Creates what the stack's template says and the API lacks.

    The answer is every route's key, such as "POST /viber/{webhook_token}".
    """
    stacks: CloudFormationClient = session.client("cloudformation", endpoint_url=endpoint_url)
    gateway: ApiGatewayV2Client = session.client("apigatewayv2", endpoint_url=endpoint_url)
    wanted = dict(_routes(_processed_template(stacks, stack_name)))
    there = {route["RouteKey"] for route in gateway.get_routes(ApiId=api_id)["Items"]}
    integrations: dict[str, str] = {}
    for key, function in wanted.items():
        if key in there:
            continue
        if function not in integrations:
            arn = _function_arn(session, endpoint_url, stacks, stack_name, function)
            integrations[function] = _integrate(gateway, api_id, arn)
        gateway.create_route(ApiId=api_id, RouteKey=key, Target=f"integrations/{integrations[function]}")
    return sorted(wanted)


def _processed_template(stacks: CloudFormationClient, stack_name: str) -> Mapping[str, object]:
    """The resources as CloudFormation has them after SAM's transform. botocore reads a JSON template into a mapping."""
    resources: Mapping[str, object] = stacks.get_template(StackName=stack_name, TemplateStage="Processed")[
        "TemplateBody"
    ]["Resources"]
    return resources


def _routes(resources: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Pairs of a route's key and its function's name in the template."""
    for resource in resources.values():
        match resource:
            case {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": {"paths": paths}}}:
                for path, methods in paths.items():
                    for method, operation in methods.items():
                        uri = json.dumps(operation["x-amazon-apigateway-integration"]["uri"])
                        yield f"{_METHODS.get(method, method.upper())} {path}", _FUNCTION.findall(uri)[0]


def _function_arn(
    session: boto3.Session, endpoint_url: str, stacks: CloudFormationClient, stack_name: str, logical_id: str
) -> str:
    detail = stacks.describe_stack_resource(StackName=stack_name, LogicalResourceId=logical_id)["StackResourceDetail"]
    name = detail["PhysicalResourceId"]
    function = session.client("lambda", endpoint_url=endpoint_url).get_function(FunctionName=name)
    return function["Configuration"]["FunctionArn"]


def _integrate(gateway: ApiGatewayV2Client, api_id: str, function_arn: str) -> str:
    made = gateway.create_integration(
        ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=function_arn, PayloadFormatVersion="2.0"
    )
    return made["IntegrationId"]
