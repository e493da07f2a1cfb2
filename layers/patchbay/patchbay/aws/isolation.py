"""A process of its own for a message on which the function has died: what kills it kills no other message.

`python -m patchbay.aws.isolation` is that process: an envelope on standard input, the verdict in a pipe. It starts
like the function itself, so it has its own connections and its own memory; it is limited to half of the function's
memory, and is ended when its time is over. Nothing is shared with the function but the stores.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from patchbay.bridge.ledger import Cause
from patchbay.bridge.outcomes import DeadLetter, Defer, Disposition, Done
from patchbay.bridge.ports import Envelope, Isolation, Telemetry

_COMMAND = (sys.executable, "-m", "patchbay.aws.isolation")
_RESERVE = 2.0  #: seconds that the process has left to say what became of the message
_SHARE_OF_MEMORY = 0.5
_KINDS: Mapping[str, type[Done | DeadLetter | Defer]] = {"done": Done, "defer": Defer, "deadletter": DeadLetter}


class ProcessIsolation(Isolation):
    """`command` starts the process that handles the envelope."""

    def __init__(self, telemetry: Telemetry, command: tuple[str, ...] = _COMMAND) -> None:
        self._telemetry = telemetry
        self._command = command

    def handle(self, envelope: Envelope, seconds: float) -> Disposition | None:
        import subprocess  # hardly any function ever starts one

        reader, writer = os.pipe()
        try:
            with os.fdopen(reader) as answer:
                try:
                    self._run(envelope, seconds, writer)
                finally:
                    os.close(writer)
                return read_disposition(answer.read())
        except subprocess.TimeoutExpired:
            self._telemetry.error("isolated attempt timed out", group=envelope.group, seconds=round(seconds, 1))
            return None

    def _run(self, envelope: Envelope, seconds: float, writer: int) -> None:
        """Its logs go where ours go. However it ends, the verdict that is or is not there says it."""
        import subprocess

        subprocess.run(
            [*self._command, str(writer), f"{seconds - _RESERVE:.1f}"],
            input=write_envelope(envelope),
            timeout=seconds,
            pass_fds=(writer,),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            check=False,
        )


def write_envelope(envelope: Envelope) -> bytes:
    return json.dumps(asdict(envelope) | {"enqueued_at": envelope.enqueued_at.isoformat()}).encode()


def read_envelope_text(text: bytes) -> Envelope:
    fields: dict[str, Any] = json.loads(text)
    return Envelope(**fields | {"enqueued_at": datetime.fromisoformat(fields["enqueued_at"])})


def write_disposition(verdict: Disposition) -> str:
    return json.dumps({"kind": type(verdict).__name__.lower(), **asdict(verdict)})


def read_disposition(text: str) -> Disposition | None:
    """None if there is no reply, or only the beginning of one."""
    try:
        fields: dict[str, Any] = json.loads(text)
        if "cause" in fields:
            fields["cause"] = Cause(fields["cause"])
        return _KINDS[fields.pop("kind")](**fields)
    except (ValueError, KeyError, TypeError):
        return None


def limit_memory() -> None:
    """So that a message that eats memory ends its own process, not the function beside it."""
    megabytes = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024"))
    most = int(megabytes * 1024 * 1024 * _SHARE_OF_MEMORY)
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def main() -> None:
    """The process: its arguments are the pipe for the verdict and its seconds."""
    from patchbay.aws.handlers.dispatcher import make_isolated_dispatcher

    limit_memory()
    pipe, seconds = int(sys.argv[1]), float(sys.argv[2])
    envelope = read_envelope_text(sys.stdin.buffer.read())
    dispatcher, telemetry = make_isolated_dispatcher(seconds)
    verdict = dispatcher.handle_apart(envelope)
    telemetry.flush()
    with os.fdopen(pipe, "w") as answer:
        answer.write(write_disposition(verdict))


if __name__ == "__main__":
    main()
