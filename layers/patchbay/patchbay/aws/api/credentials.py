"""Where Lambda keeps the credentials of a function's role: in the environment."""

from __future__ import annotations

import os

from patchbay.aws.api.signing import Credentials
from patchbay.domain.errors import Misconfigured


def read_credentials() -> Credentials:
    """Read for each request: Lambda may replace them while the process lives. Raises Misconfigured."""
    try:
        return Credentials(
            access_key=os.environ["AWS_ACCESS_KEY_ID"],
            secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
            session_token=os.environ.get("AWS_SESSION_TOKEN", ""),
        )
    except KeyError as error:
        raise Misconfigured(f"the environment has no {error.args[0]}") from None
