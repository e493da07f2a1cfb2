"""What happens to channels, sessions, messages, apps and clients, whoever causes it, and who hears of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from playground.services.vcita.records import (
    App,
    Business,
    Channel,
    ChannelStatus,
    Client,
    Json,
    Line,
    MessageStatus,
    Session,
    SessionStatus,
    Staff,
)

if TYPE_CHECKING:
    from playground.services.vcita.world import World

TYPING_LASTS = timedelta(seconds=10)
_FAILURES = {"error", "unavailable"}


class Happenings:
    """Call these under the world's lock."""

    def __init__(self, world: World) -> None:
        self._world = world

    # --- channels ----------------------------------------------------------------------------------------------------

    def add_channel(self, channel: Channel) -> None:
        """It is validated a little later, unless no app answers it: then it stays pending."""
        world = self._world
        world.channels.append(channel)
        if channel.app is None:
            return
        status, world.next_channel_status = world.next_channel_status, "active"

        def validate(*, at_once: bool = False) -> None:
            if channel.status == "pending":
                self.change_channel(channel, status, at_once=at_once)

        if world.habits.early_webhooks:
            validate(at_once=True)
        else:
            world.later(world.habits.channel_delay, validate)

    def change_channel(self, channel: Channel, status: ChannelStatus, *, at_once: bool = False) -> None:
        channel.status = status
        self._world.teller.tell_channel(channel, at_once=at_once)

    # --- sessions ----------------------------------------------------------------------------------------------------

    def add_session(self, session: Session) -> None:
        """It is validated a little later: active, or inactive until the app activates it."""
        self._world.sessions.append(session)
        status: SessionStatus = "active" if self._world.habits.activation == "auto_activate" else "inactive"

        def validate(*, at_once: bool = False) -> None:
            if session.status == "pending":
                self.change_session(session, status, at_once=at_once)

        if self._world.habits.early_webhooks:
            validate(at_once=True)
        else:
            self._world.later(self._world.habits.session_delay, validate)

    def request_session(self, session: Session, status: SessionStatus) -> None:
        """vcita: the answer says that the request is accepted, the webhook that it is done."""

        def confirm(*, at_once: bool = False) -> None:
            if not session.is_gone:
                self.change_session(session, status, at_once=at_once)

        if self._world.habits.early_webhooks:
            confirm(at_once=True)
        else:
            self._world.later(self._world.habits.session_delay, confirm)

    def change_session(self, session: Session, status: SessionStatus, *, at_once: bool = False) -> None:
        if session.status != status:
            self.note(session.client, f"{session.channel.title}: the session is {status}")
        session.status = status
        self._world.teller.tell_session(session, at_once=at_once)

    # --- messages ----------------------------------------------------------------------------------------------------

    def add_pushed(self, client: Client, line: Line, session: Session | None) -> None:
        """A message that the app pushed. The staff sees it a little later, and the app is told."""
        world = self._world
        client.lines.append(line)
        if line.author == "customer":
            client.typing_until = None
        if world.habits.echoes and session is not None:
            world.teller.tell_message(session, line)
        world.teller.tell_item(client, line)
        fails, world.next_message_fails = world.next_message_fails, False
        world.later(world.habits.message_delay, lambda: self.confirm(client, line, "error" if fails else "received"))

    def confirm(self, client: Client, line: Line, status: MessageStatus) -> None:
        """Tells the app what became of a message that it pushed; what is read does not become received again."""
        if line.channel is None or line.status in {status, "read", "error"}:
            return
        line.status = status
        line.reported.append(status)
        self._world.teller.tell_status(line.channel, client, line)

    def read(self, client: Client) -> None:
        """A staff member looks at the conversation."""
        for line in client.lines:
            if line.pushed and line.author == "customer":
                self.confirm(client, line, "read")

    def add_written(self, session: Session, staff: Staff, text: str, *, html: bool, attachments: list[Json]) -> Line:
        """A staff member's message, on its way to the app."""
        world, client = self._world, session.client
        self.read(client)
        client.staff = client.staff or staff
        line = Line(
            uid=world.make_uid(),
            message_uid=world.make_uuid(),
            author="agent",
            at=world.timeline.now(),
            text=text,
            html=html,
            staff=staff,
            channel=session.channel,
            attachments=attachments,
        )
        client.lines.append(line)
        world.teller.tell_message(session, line)
        world.teller.tell_item(client, line)
        return line

    def note(self, client: Client, text: str) -> None:
        """A line of vcita's own in the thread."""
        world = self._world
        client.lines.append(Line(uid=world.make_uid(), author="system", at=world.timeline.now(), text=text))

    # --- apps --------------------------------------------------------------------------------------------------------

    def install(self, app: App, business: Business) -> None:
        if business.uid not in app.installed:
            app.installed.add(business.uid)
            self._world.teller.tell_subscription(app, business, "installed")

    def uninstall(self, app: App, business: Business) -> None:
        """The business's tokens for the app end, and its channels with them."""
        app.installed.discard(business.uid)
        self.revoke_tokens(business, app)
        for channel in self._world.channels:
            if channel.app is app and channel.business is business and channel.status != "deleted":
                self.change_channel(channel, "deleted")
        self._world.teller.tell_subscription(app, business, "uninstalled")

    def revoke_tokens(self, business: Business, app: App) -> None:
        for token in list(self._world.tokens.values()):
            if token.business is business and token.app is app:
                del self._world.tokens[token.value]

    # --- clients -----------------------------------------------------------------------------------------------------

    def merge(self, loser: Client, winner: Client) -> None:
        """The loser's id is unknown from now on; what is known of them goes to the winner, their sessions end."""
        for name, value in loser.profile.items():
            winner.profile[name] = winner.profile.get(name) or value
        for session in self._world.sessions_of(loser):
            if not session.is_gone:
                self.change_session(session, "deleted")
        winner.lines = sorted([*loser.lines, *winner.lines], key=lambda line: line.at)
        loser.business.clients.remove(loser)


def describe_failure(status: MessageStatus) -> str:
    """What the staff reads below a message that did not arrive."""
    if status not in _FAILURES:
        return ""
    return "The client cannot be reached" if status == "unavailable" else "The channel could not deliver it"
