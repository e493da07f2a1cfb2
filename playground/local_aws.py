"""An AWS on this machine with the stack deployed in it, by a real `sam build` and `sam deploy`.

    python -m playground.local_aws      # what `make local` does

    with running_local_aws(print) as aws:
        requests.post(f"{aws.api_url}/viber/{webhook_token}", ...)

Several run side by side, each on a port and with files of its own.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import boto3

from playground.deployment import built_template, deploy
from playground.emulator import REGION, LocalAwsFailed, MiniStack, running_ministack
from playground.routes import create_routes

STACK = "patchbay-local"
_CALLERS = ("DispatcherFunction", "WebhookMonitorFunction")  #: of services, in a connection's name
Say = Callable[[str], None]
_ACCOUNT_KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
_NOBODYS = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalAws:
    """A running local AWS.

    `api_url` is the base address of the webhooks, without a slash at the end. `outputs` are the stack's. `log` is the
    emulator's own; the functions' logs are in its CloudWatch Logs.
    """

    endpoint_url: str
    api_url: str
    stack_name: str
    region: str
    outputs: Mapping[str, str]
    routes: tuple[str, ...]
    log: Path
    leads: Mapping[str, str] = field(default_factory=dict)  #: variables that lead to services which it does not have

    @property
    def port(self) -> int:
        return urlsplit(self.endpoint_url).port or 0

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that point boto3, the AWS CLI and `patchbay` here, and nothing more."""
        return {**addressed(self.endpoint_url), **self.leads, "PATCHBAY_STACK": self.stack_name}

    @property
    def environment(self) -> dict[str, str]:
        """For programs started by us: this process's environment, with `variables` and without the user's own AWS."""
        return {**_without_users_aws(os.environ), **self.variables}

    @property
    def session(self) -> boto3.Session:
        """Its clients still need `endpoint_url=aws.endpoint_url`."""
        return _session()

    def lead(self, variables: Mapping[str, str]) -> LocalAws:
        """With services of AWS that simulators play: the functions that call services call them there."""
        functions = self.session.client("lambda", endpoint_url=self.endpoint_url)
        for name in [one["FunctionName"] for one in functions.list_functions()["Functions"]]:
            if any(role in name for role in _CALLERS):
                known = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
                functions.update_function_configuration(
                    FunctionName=name, Environment={"Variables": {**known, **variables}}
                )
        return replace(self, leads={**self.leads, **variables})


@contextmanager
def running_local_aws(say: Say, *, stack_name: str = STACK, port: int | None = None) -> Iterator[LocalAws]:
    """Starts a local AWS, deploys the stack, and ends all of it afterwards. `say` is told what is going on.

    Raises LocalAwsFailed, with what to do. The preferred port is 4566; when it is taken, any free one.
    """
    started = time.monotonic()
    with running_ministack(port) as stack:
        say(f"local AWS on {stack.endpoint_url} ({time.monotonic() - started:.1f} s)")
        yield _bring_up(stack, stack_name, say)


def _bring_up(stack: MiniStack, stack_name: str, say: Say) -> LocalAws:
    environment = {**_without_users_aws(os.environ), **addressed(stack.endpoint_url), **_isolated(stack.home)}
    with _timed(say, "built with sam build"), built_template() as template:
        pass
    with _timed(say, "deployed with sam deploy"), built_template() as template:
        deploy(template, stack_name, environment)
    outputs = _outputs(stack.endpoint_url, stack_name)
    api_id = outputs["ApiId"]
    routes = create_routes(_session(), stack.endpoint_url, stack_name, api_id)
    aws = LocalAws(
        endpoint_url=stack.endpoint_url,
        api_url=f"{stack.endpoint_url}/_aws/execute-api/{api_id}/$default",
        stack_name=stack_name,
        region=REGION,
        outputs=outputs,
        routes=tuple(routes),
        log=stack.log,
    )
    with _timed(say, f"{len(routes)} routes answer"):
        _check(aws)
    return aws


def _check(aws: LocalAws) -> None:
    """Our function must answer a webhook with an unknown webhook token: 404, in JSON."""
    route = next(route for route in aws.routes if route.startswith("POST "))
    path = route.removeprefix("POST ").replace("{webhook_token}", "nobody")
    request = urllib.request.Request(f"{aws.api_url}{path}", data=b"{}", method="POST")  # noqa: S310 - our own
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read()
    if status != 404 or b'"error"' not in body:
        text = body[:500].decode(errors="replace")
        raise LocalAwsFailed(
            f"the deployed API answers {route} with {status}: {text}\n  The function's log may show "
            f"more:\n{_last_log_lines(aws)}\n  The emulator's log is {aws.log}."
        )


def _last_log_lines(aws: LocalAws) -> str:
    logs = aws.session.client("logs", endpoint_url=aws.endpoint_url)
    lines: list[str] = []
    for group in logs.describe_log_groups()["logGroups"]:
        found = logs.filter_log_events(logGroupName=group["logGroupName"], limit=20)
        lines += [f"  {group['logGroupName']}: {event['message'].strip()}" for event in found["events"]]
    return "\n".join(lines[-20:])


def _outputs(endpoint_url: str, stack_name: str) -> dict[str, str]:
    stacks = _session().client("cloudformation", endpoint_url=endpoint_url)
    found = stacks.describe_stacks(StackName=stack_name)["Stacks"][0]["Outputs"]
    return {output["OutputKey"]: output["OutputValue"] for output in found}


def _session() -> boto3.Session:
    return boto3.Session(
        aws_access_key_id=_ACCOUNT_KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=_ACCOUNT_KEYS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )


def addressed(endpoint_url: str) -> dict[str, str]:
    """The environment variables that point boto3 and the AWS CLI at a local AWS."""
    return {"AWS_ENDPOINT_URL": endpoint_url, **_ACCOUNT_KEYS, "AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}


def _isolated(home: Path) -> dict[str, str]:
    """Keeps the user's own AWS configuration out: a deploy must never reach a real account."""
    nowhere = str(home / "no-configuration")
    return {"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere}


def _without_users_aws(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in _NOBODYS}


@contextmanager
def _timed(say: Say, done: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    say(f"{done} ({time.monotonic() - started:.1f} s)")


# --- `make local` ----------------------------------------------------------------------------------------------------


def main() -> int:
    """Runs until Ctrl-C or SIGTERM."""
    for ending in (signal.SIGINT, signal.SIGTERM):  # a shell starts background jobs with SIGINT ignored
        signal.signal(ending, signal.default_int_handler)
    try:
        with running_local_aws(_print) as aws:
            _explain(aws)
            while True:
                signal.pause()
    except LocalAwsFailed as failure:
        _print(f"\nlocal AWS: {failure}")
        return 1
    except KeyboardInterrupt:
        _print("\nended")
        return 0


def _explain(aws: LocalAws) -> None:
    exports = "\n".join(f"  export {name}={value}" for name, value in aws.variables.items())
    _print(f"\nThe API's base URL is\n\n  {aws.api_url}\n")
    _print(f"For patchbay, sam, the AWS CLI and boto3 in another terminal:\n\n{exports}\n")
    _print("Press Ctrl-C to stop. All data is deleted.")


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
