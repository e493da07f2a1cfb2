"""What happens to channels, sessions, messages, apps and clients, and the webhooks about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from playground.services.vcita.records import (
    App,
    Business,
    Channel,
    ChannelStatus,
    Client,
    Code,
    Json,
    Line,
    MessageStatus,
    Session,
    SessionStatus,
    Staff,
    Subscription,
    Token,
)
from playground.services.vcita.state import State
from playground.services.vcita.webhooks import Webhooks

TYPING_LASTS = timedelta(seconds=10)
_CODE_LIVES = timedelta(seconds=30)
_MESSAGE_DELAY = 0.4  #: seconds until a pushed message is shown to the staff
_FAILURES = {"error", "unavailable"}


class Actions:
    """Call these under the state's lock."""

    def __init__(self, state: State, webhooks: Webhooks) -> None:
        self._state = state
        self._webhooks = webhooks

    # --- channels ----------------------------------------------------------------------------------------------------

    def add_channel(self, channel: Channel) -> None:
        """It is validated a little later."""
        self._state.channels.append(channel)

        def validate(*, at_once: bool = False) -> None:
            if channel.status == "pending":
                self.change_channel(channel, "active", at_once=at_once)

        self._do(validate, self._state.quirks.channel_delay)

    def change_channel(self, channel: Channel, status: ChannelStatus, *, at_once: bool = False) -> None:
        channel.status = status
        self._webhooks.send_channel(channel, at_once=at_once)

    # --- sessions ----------------------------------------------------------------------------------------------------

    def add_session(self, session: Session) -> None:
        """It is validated a little later: active, or inactive until the app activates it."""
        self._state.sessions.append(session)
        status: SessionStatus = "active" if self._state.quirks.activation == "auto_activate" else "inactive"

        def validate(*, at_once: bool = False) -> None:
            if session.status == "pending":
                self.change_session(session, status, at_once=at_once)

        self._do(validate, self._state.quirks.session_delay)

    def request_session(self, session: Session, status: SessionStatus) -> None:
        """vcita: the answer says that the request is accepted, the webhook that it is done."""

        def confirm(*, at_once: bool = False) -> None:
            if not session.is_gone:
                self.change_session(session, status, at_once=at_once)

        self._do(confirm, self._state.quirks.session_delay)

    def _do(self, change: Callable[..., None], seconds: float) -> None:
        """So many seconds later, or with its webhook inside the API call."""
        if self._state.quirks.early_webhooks:
            change(at_once=True)
        else:
            self._state.later(seconds, change)

    def change_session(self, session: Session, status: SessionStatus, *, at_once: bool = False) -> None:
        if session.status != status:
            self.add_notice(session.client, f"{session.channel.title}: the session is {status}")
        session.status = status
        self._webhooks.send_session(session, at_once=at_once)

    # --- messages ----------------------------------------------------------------------------------------------------

    def add_pushed(self, session: Session, line: Line) -> None:
        """A message that the app pushed. The staff sees it a little later, which a webhook reports."""
        state, client = self._state, session.client
        client.lines.append(line)
        client.typing_until = None
        if state.quirks.echoes:
            self._webhooks.send_message(session, line)
        fails, state.next_message_fails = state.next_message_fails, False
        state.later(_MESSAGE_DELAY, lambda: self.confirm(client, line, "error" if fails else "received"))

    def confirm(self, client: Client, line: Line, status: MessageStatus) -> None:
        """Reports the status of a pushed message to the app. A message that is read does not become received again."""
        if line.channel is None or line.status in {status, "read", "error"}:
            return
        line.status = status
        line.reported.append(status)
        self._webhooks.send_status(line.channel, client, line)

    def read(self, client: Client) -> None:
        """A staff member looks at the conversation."""
        for line in client.lines:
            if line.pushed:
                self.confirm(client, line, "read")

    def add_written(self, session: Session, staff: Staff, text: str, *, html: bool, attachments: list[Json]) -> Line:
        """A staff member's message, on its way to the app."""
        state, client = self._state, session.client
        self.read(client)
        client.staff = client.staff or staff
        line = Line(
            uid=state.make_uid(),
            message_uid=state.make_uuid(),
            author="agent",
            at=state.timeline.now(),
            text=text,
            html=html,
            staff=staff,
            channel=session.channel,
            attachments=attachments,
        )
        client.lines.append(line)
        self._webhooks.send_message(session, line)
        return line

    def show_typing(self, session: Session, on: bool) -> None:
        self._webhooks.send_typing(session, on)

    def add_notice(self, client: Client, text: str) -> None:
        """A line of vcita's own in the thread."""
        state = self._state
        client.lines.append(Line(uid=state.make_uid(), author="system", at=state.timeline.now(), text=text))

    # --- apps --------------------------------------------------------------------------------------------------------

    def install(self, app: App, business: Business) -> None:
        if business.uid not in app.installed:
            app.installed.add(business.uid)
            self._webhooks.send_subscription(app, business, "installed")

    def uninstall(self, app: App, business: Business) -> None:
        """The business's tokens for the app end, and its channels with them."""
        app.installed.discard(business.uid)
        self.revoke_tokens(business, app)
        for channel in self._state.channels:
            if channel.app is app and channel.business is business and channel.status != "deleted":
                self.change_channel(channel, "deleted")
        self._webhooks.send_subscription(app, business, "uninstalled")

    def revoke_tokens(self, business: Business, app: App) -> None:
        for token in list(self._state.tokens.values()):
            if token.business is business and token.app is app:
                del self._state.tokens[token.value]

    def issue_token(
        self, app: App, business: Business | None = None, staff: Staff | None = None, lifetime: timedelta | None = None
    ) -> Token:
        token = Token(
            value=self._state.make_secret(),
            app=app,
            business=business,
            staff=staff,
            expires_at=self._state.timeline.now() + lifetime if lifetime else None,
        )
        self._state.tokens[token.value] = token
        return token

    def issue_code(self, app: App, business: Business, redirect_uri: str) -> Code:
        """For the first staff member of the business."""
        code = Code(
            value=self._state.make_secret(),
            app=app,
            business=business,
            staff=business.staff[0],
            redirect_uri=redirect_uri,
            expires_at=self._state.timeline.now() + _CODE_LIVES,
        )
        self._state.codes[code.value] = code
        return code

    def subscribe(self, event: str, target_url: str, business: str = "") -> Subscription:
        """The existing subscription, if there is one."""
        state = self._state
        for known in state.subscriptions:
            if (known.event, known.target_url, known.business) == (event, target_url, business):
                return known
        made = Subscription(id=state.make_uid(), event=event, target_url=target_url, business=business)
        state.subscriptions.append(made)
        return made

    # --- clients -----------------------------------------------------------------------------------------------------

    def create_client(self, business: Business, profile: Json) -> Client:
        state = self._state
        client = Client(
            uid=state.make_uid(),
            matter_uid=state.make_uid(),
            business=business,
            created_at=state.timeline.now(),
            profile=profile,
        )
        business.clients.append(client)
        return client

    def merge(self, loser: Client, winner: Client) -> None:
        """Deletes the loser. The winner gets their profile and messages; their sessions end."""
        for name, value in loser.profile.items():
            winner.profile[name] = winner.profile.get(name) or value
        for session in self._state.sessions_of(loser):
            if not session.is_gone:
                self.change_session(session, "deleted")
        winner.lines = sorted([*loser.lines, *winner.lines], key=lambda line: line.at)
        loser.business.clients.remove(loser)


def describe_failure(status: MessageStatus) -> str:
    """What the staff reads below a message that did not arrive."""
    if status not in _FAILURES:
        return ""
    return "The client cannot be reached" if status == "unavailable" else "The channel could not deliver it"
