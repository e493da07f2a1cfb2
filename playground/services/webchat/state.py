"""What the simulated web chat starts from, and its visitors' browsers. Chats and files are in the stores."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from patchbay.domain.accounts import Secrets
from playground.services.webchat.records import Browser, Screen
from playground.simulator import Post, Simulator, Timeline


class State(Simulator):
    """One page, at the address that the bridge was given for its webhook.

    `settings` and `keys` are the owner's. `on_stored` gets each file of a visitor that is served, with its address,
    below which the bridge's own files are.
    """

    service = "webchat"
    title = "Web chat"
    deployed = True

    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.settings: dict[str, str] = {"title": "Chat with us"}
        self.keys = Secrets({})
        self.webhook = ""
        self.on_stored: Callable[[str, bytes], None] = lambda _address, _content: None
        self.browsers: dict[str, Browser] = {}
        self.screens: dict[str, Screen] = {}

    @property
    def page_path(self) -> str:
        """The path of the page, below which the API is."""
        return f"/webchat/{self.webhook.rpartition('/')[2] or 'token'}"

    @property
    def page(self) -> str:
        return self.base_url + self.page_path
