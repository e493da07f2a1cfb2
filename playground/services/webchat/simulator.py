"""The web chat with its visitors, for tests: the playground has the deployed one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

from patchbay.domain.accounts import Secrets
from playground.page_arguments import read_file
from playground.services.webchat.records import Json
from playground.services.webchat.view import show_people
from playground.services.webchat.visitors import Visitors
from playground.simulator import DemoAccount, Post, Timeline

DEMO_KEY = "webchat-demo-key-3f1c5a7e9b2d4860"


class WebChatSimulator(Visitors):
    def __init__(self, timeline: Timeline, post: Post, random: Random) -> None:
        super().__init__(timeline, post, random)
        self.keys = Secrets({"service_key": DEMO_KEY})

    # --- being connected ---------------------------------------------------------------------------------------------

    def demo(self) -> DemoAccount:
        return DemoAccount(settings=self.settings, secrets=dict(self.keys.values))

    @classmethod
    def demo_site(cls, origins: Sequence[str]) -> DemoAccount | None:
        return DemoAccount(
            settings={
                "title": "Corner shop",
                "welcome_message": "Hello! What are you looking for? An agent will reply here.",
                "allowed_origins": ",".join(origins),
            }
        )

    def paste_webhooks(self, urls: Mapping[str, str]) -> None:
        (self.webhook,) = urls.values()

    # --- the page ----------------------------------------------------------------------------------------------------

    def view(self) -> dict[str, object]:
        return show_people(self)

    def act(self, action: str, arguments: Mapping[str, str]) -> dict[str, object]:
        return self._actions_of_page()[action](arguments) or {}

    def _actions_of_page(self) -> dict[str, Callable[[Mapping[str, str]], Json | None]]:
        return {
            "new_person": lambda a: {"person": self.start_chat(a["name"], a.get("visitor", "")).id},
            "write": lambda a: {"message": self.write(a["person"], a["text"])},
            "send_file": self._act_send_file,
            "tap": self._act_tap,
        }

    def _act_send_file(self, arguments: Mapping[str, str]) -> Json:
        file = read_file(arguments)
        person = arguments["person"]
        return {"message": self.send_file(person, file.name, file.content_type, file.data, file.caption)}

    def _act_tap(self, arguments: Mapping[str, str]) -> Json:
        card = str(arguments.get("card", ""))
        chosen = int(card) if card else None
        return {"message": self.tap(arguments["person"], arguments["message"], int(arguments["button"]), chosen)}
