"""Giosg, a platform: customers are visitors of a room, each with an identity of their own, who write into a chat."""

from __future__ import annotations

from patchbay.platforms.giosg.connector import Giosg

CONNECTOR: Giosg = Giosg()
