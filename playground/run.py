"""`make run`: the whole bridge on this machine, and a page to try it.

python -m playground.run            until Ctrl-C
python -m playground.run --check    sends messages across everything that is connected and back, and ends
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from flask import Flask
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel

from playground import world
from playground.accounts import CommandFailed, Links, Owner, connect_all, connect_sites
from playground.check import check_everything
from playground.emulator import LocalAwsFailed
from playground.live import Server
from playground.local_aws import STACK, LocalAws, running_local_aws
from playground.logs import LogTail
from playground.page_server import make_app
from playground.round_trip import NothingArrived
from playground.services.freshchat import Freshchat
from playground.simulator import Simulator
from playground.sites import Site
from playground.trace import Trace

PORT = 8600  #: preferred for the page; when it is taken, any free one

Say = Callable[[str], None]

TRY = """\
[bold]The playground is at [link={url}]{url}[/link][/bold]

  • Write on the phone: it opens a conversation on the desk.
  • Answer from the desk with [italic]Quick replies[/italic], then tap one on the phone.
  • Send a photo, a location, something in another script.
  • [italic]Make trouble[/italic] (429, lost answers, duplicates ...) and watch nothing get lost.
  • Install the app at vcita's desk, then choose on top of the phone where its messages go.
  • Choose [italic]Telegram[/italic] above the phone: react, answer, edit, delete, send a voice note or a sticker.
  • Choose [italic]Web chat[/italic] above the phone: a shop's site with the chat in it, for any number of visitors.
  • Write [italic]menu[/italic] or [italic]cards[/italic] to UChat's bot, and take the conversation over at its desk.
  • Click a line of the trace to follow one message.

For the patchbay command in another terminal:

{exports}

Ctrl-C ends all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Playground:
    """A running playground: the deployed stack, the simulators connected to it, and the page.

    `sites` are by service: those that the stack is itself, which have a shop's site in place of a simulator.
    """

    aws: LocalAws
    simulators: Mapping[str, Simulator]
    sites: Mapping[str, Site]
    trace: Trace
    url: str


@contextmanager
def running_playground(
    say: Say, *, stack_name: str = STACK, port: int = PORT, freshchat_events: str = "webhook"
) -> Iterator[Playground]:
    """Starts everything and ends it after the block. `say` gets each step that is done.

    `freshchat_events` is how Freshchat reports what agents do: "webhook", "app" or "both".
    Raises LocalAwsFailed or CommandFailed, with what to do.
    """
    with ExitStack() as cleanup:
        simulators = cleanup.enter_context(world.running())
        if isinstance(freshchat := simulators["freshchat"], Freshchat):
            freshchat.events = freshchat_events
        say(f"simulators of {', '.join(simulators)}")
        aws = cleanup.enter_context(running_local_aws(say, stack_name=stack_name))
        leads = [one.join_aws(aws.session, aws.endpoint_url) for one in simulators.values()]
        aws = aws.lead({name: url for variables in leads for name, url in variables.items()})
        platforms = connect_all(simulators, aws.environment, say)
        trace, owner, sites = Trace(), Owner(aws.environment), dict[str, Site]()
        logs = aws.session.client("logs", endpoint_url=aws.endpoint_url)
        cleanup.enter_context(LogTail(logs, trace))
        page = cleanup.enter_context(_serve(make_app(simulators, trace, Links(owner), sites), port))
        for site in connect_sites(world.deployed(), page.url, platforms, owner, say):
            sites[site.service] = site
            trace.changed(site.service)
        yield Playground(aws=aws, simulators=simulators, sites=sites, trace=trace, url=page.url)


def _serve(app: Flask, port: int) -> Server:
    try:
        return Server(app, port)
    except OSError:
        return Server(app)


# --- the command -----------------------------------------------------------------------------------------------------


class Progress:
    """Prints each step as it is done, with a spinner in between where the terminal can show one."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._started = time.monotonic()
        self._status = console.status("Starting…")

    def __enter__(self) -> Say:
        self._status.start()
        return self._say

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def _say(self, done: str) -> None:
        seconds = time.monotonic() - self._started
        self.console.print(f"[green]✓[/green] [dim]{seconds:5.1f} s[/dim]  {done}", highlight=False)


def main(arguments: list[str] | None = None) -> int:
    options = _read(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    for ending in (signal.SIGINT, signal.SIGTERM):  # a shell starts background jobs with SIGINT ignored
        signal.signal(ending, signal.default_int_handler)
    console = Console()
    try:
        _run(console, port=options.port, check=options.check, freshchat_events=options.freshchat_events)
    except (LocalAwsFailed, CommandFailed, NothingArrived) as failure:
        console.print("\n[red]✗[/red]", escape(str(failure)), highlight=False)
        return 1
    except KeyboardInterrupt:
        console.print("\nAll ended.")
    return 0


def _read(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make run", description="Run all of Patchbay on this machine.")
    parser.add_argument("--port", type=int, default=PORT, help=f"preferred port of the page (default: {PORT})")
    parser.add_argument(
        "--check", action="store_true", help="send a message and a reply between all linked connections, then stop"
    )
    parser.add_argument(
        "--freshchat-events",
        choices=("webhook", "app", "both"),
        default="webhook",
        help="how Freshchat reports what agents do (default: webhook)",
    )
    return parser.parse_args(arguments)


def _run(console: Console, *, port: int, check: bool, freshchat_events: str) -> None:
    with ExitStack() as cleanup:
        with Progress(console) as say:
            playground = cleanup.enter_context(running_playground(say, port=port, freshchat_events=freshchat_events))
            say(f"page on {playground.url}")
        if check:
            _check(console, playground)
            return
        _explain(console, playground)
        while True:
            signal.pause()


def _check(console: Console, playground: Playground) -> None:
    for trip in check_everything(playground.simulators, playground.sites, Owner(playground.aws.environment)):
        between = f"{trip.messenger} and {trip.platform}"
        console.print(f"{between}: a message took {trip.there:.2f} s, its reply {trip.back:.2f} s.")


def _explain(console: Console, playground: Playground) -> None:
    exports = "\n".join(f"  export {name}={value}" for name, value in playground.aws.variables.items())
    console.print(Panel(TRY.format(url=playground.url, exports=exports), expand=False, padding=(1, 3)))


if __name__ == "__main__":
    sys.exit(main())
