"""What went wrong with AWS, in words that say what to do."""

from __future__ import annotations

import functools

from botocore import exceptions as aws

from patchbay.errors import PatchbayError, Transient, Uncertain

Expected = (PatchbayError, aws.BotoCoreError, aws.ClientError)

_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_REFUSED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
_UNKNOWN_KEYS = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId"}


@functools.singledispatch
def explain(error: Exception) -> str:
    """One sentence for the owner. Never a secret: what AWS was sent is not repeated."""
    return f"{type(error).__name__}: {error}"


@explain.register
def _(error: PatchbayError) -> str:
    return str(error)


@explain.register(Transient)
@explain.register(Uncertain)
def _(error: Exception) -> str:
    return f"the service could not be reached: {error}. Try again in a moment"


@explain.register(aws.NoCredentialsError)
@explain.register(aws.PartialCredentialsError)
def _(_error: Exception) -> str:
    return "no AWS credentials: run `aws configure`, or set AWS_PROFILE (or --profile)"


@explain.register
def _(_error: aws.NoRegionError) -> str:
    return "no AWS region: set AWS_REGION, or say --region"


@explain.register(aws.ConnectionError)
@explain.register(aws.HTTPClientError)
def _(error: Exception) -> str:
    return (
        f"AWS cannot be reached ({type(error).__name__}): is the network up, and the local AWS running if you use it?"
    )


@explain.register
def _(_error: aws.ParamValidationError) -> str:
    return "AWS takes no such value: a name is too long, or holds a character that it may not"


@explain.register
def _(error: aws.ClientError) -> str:
    code = error.response["Error"]["Code"]
    operation = error.operation_name
    if code in _EXPIRED:
        return "the AWS credentials have expired: sign in again (`aws sso login`), then repeat the command"
    if code in _REFUSED:
        return f"these AWS credentials may not do {operation}: ask whoever manages the account for the permission"
    if code in _UNKNOWN_KEYS:
        return "AWS does not know these credentials: check AWS_PROFILE and the access keys"
    return f"AWS refused {operation}: {error.response['Error'].get('Message', code)}"
