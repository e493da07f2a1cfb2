"""`make sam-local`: every function once with `sam local invoke`, in AWS's own container image, against the local AWS.

A function that takes a service's webhooks gets one of the signed samples in `events/`. Its address holds a sample token
that no stack knows, so the sample's connection is stored first, and the event is sent to the token that it was given.
"""

from __future__ import annotations

import ipaddress
import json
import selectors
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from patchbay.aws.clock import SystemClock
from patchbay.aws.stores.configuration import ConfigurationStore
from patchbay.domain.accounts import Connection, Secrets
from patchbay.kit.registry import load
from playground.deployment import architecture, built_template, sam_command, sam_environment
from playground.emulator import HOST, ROOT, LocalAwsFailed
from playground.local_aws import LocalAws, running_local_aws

EVENTS = ROOT / "events"
CONTAINERS_NAME_OF_THIS_MACHINE = "host.docker.internal"
MONITOR = "WebhookMonitorFunction"
SIGNED = "message_text.json"  #: a sample that every service has, in the folder with its connection
#: What the other functions get.
OTHERS = {
    "webhook_monitor": "scheduled.json",
    "dispatcher": "viber_seen.json",  # a message would be deferred or retried, which needs one that is really queued
    "whatsapp_events": "message_text.json",
    "media": "get_unknown.json",
    "oauth": "get_unknown.json",
}
_NO_ENGINE = """no Docker engine answers, and `sam local invoke` runs functions in containers.
  Install one (Docker Desktop, or on Debian: apt install docker.io), see that `docker info` works, then try again.
  Without one, `make local` runs the same functions with Python itself."""


def main() -> int:
    try:
        address = find_bridge()
        with running_local_aws(_say) as aws, reachable_from_containers(address, aws.port), built_template() as template:
            _say("")
            failed = [name for name in invoke_all(aws, template) if name]
    except LocalAwsFailed as failure:
        _say(f"\nsam-local: {failure}")
        return 1
    except KeyboardInterrupt:
        return 130
    _say(f"\nsam-local: {', '.join(failed)} failed, see above" if failed else "\nsam-local: every function answered")
    return 1 if failed else 0


def invoke_all(aws: LocalAws, template: Path) -> Iterator[str]:
    """Runs each function of the template; yields the names of those that failed."""
    document = yaml.safe_load(template.read_text(encoding="utf-8"))
    ours = _for_containers(document, aws, template)
    for name, folder in functions_of(document):
        if not invoke(aws, ours, name, sample_event(aws, folder)):
            yield name


def functions_of(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Each function of a template with the name of its folder.

    The webhook monitor comes first: it would ask the services after the samples' connections, once these are stored.
    """
    found = [
        (name, resource["Properties"]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"])
        for name, resource in document["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    ]
    return sorted(found, key=lambda function: function[0] != MONITOR)


def invoke(aws: LocalAws, template: Path, function: str, event: Path) -> bool:
    """Whether the function answered; prints what."""
    arguments = ["local", "invoke", function, "--template", str(template), "--event", str(event), "--skip-pull-image"]
    host = ["--add-host", f"{CONTAINERS_NAME_OF_THIS_MACHINE}:host-gateway"]
    parameters = ["--parameter-overrides", f"Architecture={architecture()}"]
    environment = sam_environment({**aws.environment, "AWS_ENDPOINT_URL": _address_for_containers(aws)})
    if not _has_image():
        arguments.remove("--skip-pull-image")
    result = subprocess.run(
        sam_command([*arguments, *host, *parameters]),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    answer = result.stdout.strip()
    worked = result.returncode == 0 and _is_answer(function, answer)
    _say(f"{'ok    ' if worked else 'FAILED'} {function} with {event.name}\n       {answer or 'no answer'}")
    if not worked:
        _say(result.stderr[-4000:])
    return worked


def _is_answer(function: str, answer: str) -> bool:
    """Not a crash, not a 5xx; a batch that was deferred in part is an answer. The webhook monitor answers nothing."""
    try:
        found = json.loads(answer)
    except ValueError:
        return False
    if function == MONITOR:
        return found is None
    return isinstance(found, dict) and "errorType" not in found and found.get("statusCode", 200) < 500


# --- what it is invoked with -----------------------------------------------------------------------------------------


def sample_path(folder: str) -> Path:
    """The sample in `events/` for the function in this folder."""
    place = EVENTS / "whatsapp" / "topic" if folder == "whatsapp_events" else EVENTS / folder.removesuffix("_webhook")
    return place / OTHERS.get(folder, SIGNED)


def sample_event(aws: LocalAws, folder: str) -> Path:
    sample = sample_path(folder)
    if folder in OTHERS:
        return sample
    event = json.loads(sample.read_text(encoding="utf-8"))
    event["pathParameters"]["webhook_token"] = store_sample(
        aws, json.loads((sample.parent / "endpoint.json").read_text())
    )
    addressed = aws.log.parent / f"{sample.parent.name}_{sample.name}"
    addressed.write_text(json.dumps(event), encoding="utf-8")
    return addressed


def store_sample(aws: LocalAws, sample: dict[str, Any]) -> str:
    """Makes the sample's endpoint and its accounts known to the stack; the answer is its webhook token."""
    table = aws.session.resource("dynamodb", endpoint_url=aws.endpoint_url).Table(aws.outputs["TableName"])
    secrets = aws.session.client("secretsmanager", endpoint_url=aws.endpoint_url)
    configuration = ConfigurationStore(table, secrets, "local", SystemClock())
    owner = Connection(
        id=sample["id"],
        service=sample["service"],
        side=load(sample["service"]).side,
        endpoint_id=sample["id"],
        settings=sample["settings"],
        secrets=Secrets(values=sample["secrets"]),
    )
    webhook_token = configuration.save(owner)
    tenants = {account: tenant for tenant, accounts in sample.get("tenants", {}).items() for account in accounts}
    for number, account in enumerate(sample["accounts"]):
        one = replace(owner, id=f"{owner.id}-{number}", account=account, tenant=tenants.get(account, ""))
        configuration.save(one)
    return webhook_token


def _for_containers(document: dict[str, Any], aws: LocalAws, template: Path) -> Path:
    """The built template with the deployed stack's names, which `sam local` does not look up, and our address."""
    out = aws.outputs
    known = {
        "PATCHBAY_STAGE": "local",
        "PATCHBAY_EMULATOR": "yes",
        "TABLE_NAME": out["TableName"],
        "QUEUE_URL": out["QueueUrl"],
        "DEAD_LETTER_QUEUE_URL": out["DeadLetterQueueUrl"],
        "BUCKET_NAME": out["BucketName"],
        "POWERTOOLS_METRICS_NAMESPACE": "Patchbay/local",
        "AWS_ENDPOINT_URL": _address_for_containers(aws),
    }
    document["Globals"]["Function"]["Environment"]["Variables"].update(known)
    for resource in document["Resources"].values():
        properties = resource.get("Properties", {})
        _make_absolute(properties, template.parent)
        if resource["Type"] == "AWS::Serverless::Function" and "API_ID" in properties["Environment"]["Variables"]:
            properties["Environment"]["Variables"]["API_ID"] = out["ApiId"]
    ours = aws.log.parent / "template.json"
    ours.write_text(json.dumps(document), encoding="utf-8")
    return ours


def _address_for_containers(aws: LocalAws) -> str:
    return f"http://{CONTAINERS_NAME_OF_THIS_MACHINE}:{aws.port}"


def _make_absolute(properties: dict[str, Any], folder: Path) -> None:
    for name in ("CodeUri", "ContentUri"):
        if name in properties:
            properties[name] = str(folder / properties[name])


# --- Docker ----------------------------------------------------------------------------------------------------------


def find_bridge() -> str:
    """This machine's address on Docker's network. Raises LocalAwsFailed when no engine answers."""
    question = ["docker", "network", "inspect", "bridge", "--format", "{{json (index .IPAM.Config 0)}}"]
    if shutil.which("docker") is None:
        raise LocalAwsFailed(_NO_ENGINE)
    result = subprocess.run(question, capture_output=True, text=True, check=False)
    if result.returncode:
        raise LocalAwsFailed(_NO_ENGINE)
    network = json.loads(result.stdout)
    # An engine that has run no container yet names no gateway; it will take the network's first address.
    return str(network.get("Gateway") or ipaddress.ip_network(network["Subnet"])[1])


def _has_image() -> bool:
    listing = ["docker", "image", "ls", "--quiet", "public.ecr.aws/lambda/python"]
    return bool(subprocess.run(listing, capture_output=True, text=True, check=False).stdout.strip())


@contextmanager
def reachable_from_containers(address: str, port: int) -> Iterator[None]:
    """Hands connections on from Docker's network to the local AWS, which listens only on loopback.

    Where Docker runs in a virtual machine (macOS), `address` is not ours, and its own network reaches our loopback.
    """
    with closing(socket.socket()) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((address, port))
        except OSError:
            yield
            return
        door.listen()
        threading.Thread(target=_accept, args=(door, port), daemon=True).start()
        try:
            yield
        finally:
            door.shutdown(socket.SHUT_RDWR)


def _accept(door: socket.socket, port: int) -> None:
    while True:
        try:
            caller, _ = door.accept()
        except OSError:  # closed: we are done
            return
        threading.Thread(target=_hand_on, args=(caller, port), daemon=True).start()


def _hand_on(caller: socket.socket, port: int) -> None:
    with closing(caller), closing(socket.create_connection((HOST, port))) as server:
        other = {caller: server, server: caller}
        with selectors.DefaultSelector() as ready:
            for end in other:
                ready.register(end, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    end = caller if key.fileobj is caller else server
                    try:
                        data = end.recv(65536)
                    except ConnectionError:
                        return
                    if not data:
                        return
                    other[end].sendall(data)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
