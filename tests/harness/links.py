"""A switchboard for the page that runs no command."""

from __future__ import annotations

from typing import Any

from playground.accounts import CommandFailed


class FixedLinks:
    """Pigeon's messages go to the counter; tests let further platforms join. `refusal` is what the command says."""

    def __init__(self) -> None:
        self.messengers: list[dict[str, Any]] = [
            {"id": "pigeon-demo", "service": "pigeon", "status": "active", "link": "counter-demo"}
        ]
        self.platforms: list[dict[str, Any]] = [{"id": "counter-demo", "service": "counter", "status": "active"}]
        self.refusal = ""
        self.connected_again: list[str] = []

    def join(self, platform: str, service: str, status: str = "active") -> None:
        self.platforms.append({"id": platform, "service": service, "status": status})

    def show(self) -> dict[str, object]:
        return {"messengers": self.messengers, "platforms": self.platforms}

    def connect_again(self, service: str) -> None:
        self.connected_again.append(service)

    def link(self, messenger: str, platform: str) -> None:
        if self.refusal:
            raise CommandFailed(self.refusal)
        found = next((one for one in self.messengers if one["id"] == messenger), None)
        if found is None or platform not in {one["id"] for one in self.platforms}:
            raise KeyError(f"no connection {messenger!r} or {platform!r}")
        found["link"] = platform
