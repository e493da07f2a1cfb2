"""Error messages: what went wrong, mostly with AWS, and what to do."""

from __future__ import annotations

import errno
import functools

from botocore import exceptions as aws

from patchbay.aws.api.contract import AwsError
from patchbay.domain.errors import PatchbayError, Transient, Uncertain

_SIGN_IN = "the AWS credentials have expired: sign in again (`aws sso login`), then repeat the command"


NO_CREDENTIALS = (
    "the AWS credentials cannot be loaded: check the profile in ~/.aws/config, then run `aws sts get-caller-identity`"
)
_OF_OUTPUT = {errno.ENOSPC, errno.EDQUOT, errno.EBADF, errno.EIO, errno.EFBIG}
_NO_ADDRESS = "Invalid endpoint"  #: AWS's SDK has no exception type for it


def is_expected(error: Exception) -> bool:
    """Whether the owner can do something about it. All others are bugs."""
    if isinstance(error, ValueError) and not isinstance(error, aws.BotoCoreError):
        return str(error).startswith(_NO_ADDRESS)
    return isinstance(error, (PatchbayError, AwsError, aws.BotoCoreError, aws.ClientError, OSError))


_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_REFUSED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
_UNKNOWN_KEYS = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId"}


def is_refusal(error: aws.ClientError) -> bool:
    """Whether the credentials lack a permission."""
    return error.response["Error"]["Code"] in _REFUSED


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
    return f"the service could not be reached: {error}. Try again in a minute"


@explain.register
def _(error: AwsError) -> str:
    """The stores' own error for what boto3 raised: its cause says more."""
    cause = error.__cause__
    return explain(cause) if isinstance(cause, Exception) else f"AWS rejected {error.operation}: {error.code}"


@explain.register(aws.NoCredentialsError)
@explain.register(aws.PartialCredentialsError)
def _(_error: Exception) -> str:
    return "there are no AWS credentials: run `aws configure`, or select a profile with --profile or AWS_PROFILE"


@explain.register
def _(_error: aws.NoRegionError) -> str:
    return "there is no AWS region: use --region, or set AWS_REGION"


@explain.register(aws.InvalidRegionError)
@explain.register(aws.UnknownRegionError)
def _(_error: Exception) -> str:
    return "the AWS region is not valid: use --region, or set AWS_REGION, for example to eu-west-1"


@explain.register
def _(error: aws.ProfileNotFound) -> str:
    name = error.kwargs.get("profile", "")
    return f"there is no AWS profile {name!r}: run `aws configure list-profiles`, then use --profile or set AWS_PROFILE"


@explain.register(aws.ConfigParseError)
@explain.register(aws.InvalidConfigError)
@explain.register(aws.ConfigNotFound)
@explain.register(aws.InfiniteLoopConfigError)
def _(_error: Exception) -> str:
    return "the AWS configuration cannot be read: correct ~/.aws/config and ~/.aws/credentials with `aws configure`"


@explain.register(aws.CredentialRetrievalError)
@explain.register(aws.MetadataRetrievalError)
@explain.register(aws.RefreshWithMFAUnsupportedError)
@explain.register(aws.UnknownCredentialError)
def _(_error: Exception) -> str:
    return NO_CREDENTIALS


@explain.register(aws.SSOError)
@explain.register(aws.TokenRetrievalError)
@explain.register(aws.LoginError)
@explain.register(aws.NoAuthTokenError)
def _(_error: Exception) -> str:
    return _SIGN_IN


@explain.register
def _(error: OSError) -> str:
    what = error.filename or ("the output" if error.errno in _OF_OUTPUT else "a connection")
    return f"{what} cannot be used: {error.strerror or 'it is closed'}"


@explain.register
def _(_error: ValueError) -> str:
    return "AWS_ENDPOINT_URL is not a valid URL: unset it, or set it, for example to http://127.0.0.1:4566"


@explain.register(aws.ConnectionError)
@explain.register(aws.HTTPClientError)
def _(error: Exception) -> str:
    return f"AWS could not be reached ({type(error).__name__}): check the network, or start the local AWS if you use it"


@explain.register
def _(_error: aws.ParamValidationError) -> str:
    return "AWS rejected a value: a name is too long, or contains a character that is not allowed"


@explain.register
def _(error: aws.ClientError) -> str:
    code = error.response["Error"]["Code"]
    operation = error.operation_name
    if code in _EXPIRED:
        return _SIGN_IN
    if is_refusal(error):
        return f"these AWS credentials are not allowed to call {operation}: ask the account's administrator for it"
    if code in _UNKNOWN_KEYS:
        return "AWS does not know these credentials: check --profile, AWS_PROFILE and the access keys"
    return f"AWS rejected {operation}: {error.response['Error'].get('Message', code)}"
