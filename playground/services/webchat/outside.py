"""Where the web chat sends things besides the bridge, in memory: open pages, and push services."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chat.ports import Channel, NotSent, PushFailed, PushServices


class MemoryChannel(Channel):
    """Connections that are open, each with what becomes of an update. As the API: nothing is known of the others."""

    def __init__(self) -> None:
        self.open: dict[str, Callable[[bytes], None]] = {}
        self.fails = False

    def send(self, connection: str, update: bytes) -> bool:
        if self.fails:
            raise NotSent("TimeoutError")
        hear = self.open.get(connection)
        if hear is None:
            return False
        hear(update)
        return True


class NoPushServices(PushServices):
    """There are none behind a simulator."""

    local = True

    def post(self, address: str, headers: Mapping[str, str], body: bytes, seconds: float) -> int:
        del address, headers, body, seconds
        raise PushFailed("a simulator has no push service")
