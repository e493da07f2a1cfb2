"""The Freshworks app of the account: how Freshworks' platform installs it, calls it, and limits what it sends.

The platform calls the app once for each event. The app's request is repeated once, by the platform; after that the
event is lost, and nobody notices but who reads the app's log.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock

from playground.services.freshchat.product_events import Changes, ProductEvents
from playground.services.freshchat.records import Conversation, Installation, Message, User
from playground.services.freshchat.relay import VERSION, Request, make_request, relay
from playground.services.freshchat.serializers import Json
from playground.services.freshchat.state import State
from playground.simulator import Webhook, WebhookAnswer

REQUESTS = 50  #: that an app may send for an account in a minute
RETRY_DELAYS = (0.5,)  #: seconds before each repetition
_MINUTE = timedelta(minutes=1)


class InstallationFailed(Exception):
    """What the admin reads, in 60 characters at most."""


class RelayedEvent(Webhook):
    """A request of the app, which is repeated and limited otherwise than the account's webhook."""


class MarketplaceApp:
    def __init__(self, state: State, events: ProductEvents) -> None:
        self._state = state
        self.events = events
        self._sent: deque[datetime] = deque()
        self._lock = Lock()
        self.lost: list[str] = []  #: the ids of requests that nobody sends again

    # --- being installed ---------------------------------------------------------------------------------------------

    def install(self, url: str, secret: str, version: str = VERSION) -> None:
        """Raises InstallationFailed, and nothing is installed, unless Patchbay accepts the app's first words."""
        installation = Installation(url=url, secret=secret, version=version)
        self._announce("onAppInstall", installation)
        self._state.installation = installation

    def update(self, version: str) -> None:
        """Raises InstallationFailed, and the old version stays, unless Patchbay accepts the new one."""
        old = self._installation
        updated = Installation(url=old.url, secret=old.secret, version=version)
        self._announce("afterAppUpdate", updated)
        self._state.installation = updated

    def uninstall(self) -> None:
        """Whether Patchbay hears of it or not: nobody can be kept from removing an app."""
        installation = self._installation
        self._state.installation = None
        self._call_at_once(self.events.set_up("onAppUninstall", installation), installation)

    @property
    def _installation(self) -> Installation:
        if self._state.installation is None:
            raise KeyError("the app is not installed")
        return self._state.installation

    def _announce(self, event: str, installation: Installation) -> None:
        request, answer = self._call_at_once(self.events.set_up(event, installation), installation)
        if _is_accepted(answer, request):
            return
        if answer.status == 0:
            raise InstallationFailed("Nobody answers at this address.")
        if answer.status == 200:
            raise InstallationFailed("This address answers, but it is not Patchbay's.")
        raise InstallationFailed(f"Patchbay refused the app: HTTP {answer.status}.")

    def _call_at_once(self, payload: Json, installation: Installation) -> tuple[Request, WebhookAnswer]:
        """Now and again at once: such an event must be over in ten seconds."""
        request = make_request(payload, installation.secret, self._now(), installation.version)
        webhook = self._wrap(request, payload, installation, "")
        answer = self._state.call_webhook(webhook)
        if is_repeated(answer):
            answer = self._state.call_webhook(self._state.repeat(webhook, 1))
        return request, answer

    # --- being called ------------------------------------------------------------------------------------------------

    def hear_message(self, conversation: Conversation, message: Message, *, at_once: bool = False) -> None:
        """`at_once`: now, inside the API call that made the message."""
        self._hear(lambda app: self.events.message(conversation, message, app), conversation.id, at_once=at_once)

    def hear_creation(self, conversation: Conversation) -> None:
        self._hear(lambda app: self.events.creation(conversation, app), conversation.id)

    def hear_update(self, conversation: Conversation, actor: tuple[str, str], changes: Changes) -> None:
        self._hear(lambda app: self.events.update(conversation, actor, changes, app), conversation.id)

    def hear_user_update(self, user: User, changes: Changes) -> None:
        self._hear(lambda app: self.events.user_update(user, changes, app), user.id)

    def _hear(self, write: Callable[[Installation], Json], about: str, *, at_once: bool = False) -> None:
        state = self._state
        if state.installation is None:
            return
        payload = write(state.installation)
        for _ in range(2 if state.quirks.app_called_twice or state.switches.webhook_duplicates else 1):
            delay = state.quirks.app_delay + state.switches.webhook_delay
            if state.switches.webhook_reorder:
                delay += state.random.uniform(0, 2)
            if delay:
                state.timeline.later(delay, lambda: self._relay(payload, about))
            else:
                self._relay(payload, about, at_once=at_once)

    def _relay(self, payload: Json, about: str, *, at_once: bool = False) -> None:
        installation = self._state.installation
        if installation is None:
            return
        request = relay(payload, installation.secret, self._now(), installation.version)
        if request is None:
            return
        webhook = self._wrap(request, payload, installation, f"app {about}")
        if not (at_once and self._state.is_accepted(self._state.call_webhook(webhook))):
            self._state.line_up(webhook)

    def _wrap(self, request: Request, payload: Json, installation: Installation, group: str) -> RelayedEvent:
        return RelayedEvent(
            url=installation.url,
            headers=request.headers,
            body=request.body,
            note=f"app: {payload['event']}",
            group=group,
            retries=RETRY_DELAYS,
            on_answer=lambda answer: None if _is_accepted(answer, request) else self.lost.append(request.id),
            on_loss=lambda: self.lost.append(request.id),
        )

    # --- the platform's limit ----------------------------------------------------------------------------------------

    def admit(self) -> bool:
        """Whether the app may send one more request in this minute. If so, it counts."""
        now = self._state.timeline.now()
        with self._lock:
            while self._sent and self._sent[0] <= now - _MINUTE:
                self._sent.popleft()
            if len(self._sent) >= REQUESTS:
                return False
            self._sent.append(now)
            return True

    def _now(self) -> int:
        return int(self._state.timeline.now().timestamp())


def is_repeated(answer: WebhookAnswer) -> bool:
    """After what the platform sends a request again: nobody answered, too many requests, or a fault of the server."""
    return answer.status in {0, 429} or answer.status >= 500


def _is_accepted(answer: WebhookAnswer, request: Request) -> bool:
    """Any web server answers 200. Patchbay names what it has accepted."""
    try:
        body = json.loads(answer.body) if answer.status == 200 else None
    except ValueError:
        return False
    return isinstance(body, dict) and body.get("accepted") == request.id
