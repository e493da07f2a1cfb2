"""UChat, a platform: its bot, and the agents behind the bot, answer customers through the channel Api Chat."""

from __future__ import annotations

from patchbay.platforms.uchat.connector import UChat

CONNECTOR: UChat = UChat()
