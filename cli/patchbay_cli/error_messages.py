"""What went wrong with AWS, in words that say what to do."""

from __future__ import annotations

import errno
import functools

from botocore import exceptions as aws

from patchbay.errors import PatchbayError, Transient, Uncertain

_SIGN_IN = "the AWS credentials have expired: sign in again (`aws sso login`), then repeat the command"


NO_CREDENTIALS = (
    "the AWS credentials cannot be got: check the profile in ~/.aws/config, then run `aws sts get-caller-identity`"
)
_OF_OUTPUT = {errno.ENOSPC, errno.EDQUOT, errno.EBADF, errno.EIO, errno.EFBIG}
_NO_ADDRESS = "Invalid endpoint"  #: how AWS's SDK says it, which has no type for that failure


def is_expected(error: Exception) -> bool:
    """Whether the owner can do something about it. Others are bugs."""
    if isinstance(error, ValueError) and not isinstance(error, aws.BotoCoreError):
        return str(error).startswith(_NO_ADDRESS)
    return isinstance(error, (PatchbayError, aws.BotoCoreError, aws.ClientError, OSError))


_EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
_REFUSED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"}
_UNKNOWN_KEYS = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId"}


def is_refusal(error: aws.ClientError) -> bool:
    """Whether the credentials may not do what was asked."""
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
    return f"the service could not be reached: {error}. Try again in a moment"


@explain.register(aws.NoCredentialsError)
@explain.register(aws.PartialCredentialsError)
def _(_error: Exception) -> str:
    return "no AWS credentials: run `aws configure`, or set AWS_PROFILE (or --profile)"


@explain.register
def _(_error: aws.NoRegionError) -> str:
    return "no AWS region: set AWS_REGION, or give --region"


@explain.register(aws.InvalidRegionError)
@explain.register(aws.UnknownRegionError)
def _(_error: Exception) -> str:
    return "the AWS region is not valid: set AWS_REGION to one like eu-west-1, or use --region"


@explain.register
def _(error: aws.ProfileNotFound) -> str:
    name = error.kwargs.get("profile", "")
    return f"there is no AWS profile {name!r}: `aws configure list-profiles` lists yours; set AWS_PROFILE or --profile"


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
    return f"{what} cannot be used: {error.strerror or 'it is gone'}"


@explain.register
def _(_error: ValueError) -> str:
    return "AWS_ENDPOINT_URL is not a valid address: unset it, or set it to one like http://127.0.0.1:4566"


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
        return _SIGN_IN
    if is_refusal(error):
        return f"these AWS credentials may not do {operation}: ask whoever manages the account for the permission"
    if code in _UNKNOWN_KEYS:
        return "AWS does not know these credentials: check AWS_PROFILE and the access keys"
    return f"AWS refused {operation}: {error.response['Error'].get('Message', code)}"
