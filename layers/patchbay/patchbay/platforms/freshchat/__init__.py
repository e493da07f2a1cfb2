"""Freshchat, a platform: customers are its users, and what they write are messages of conversations on one channel."""

from __future__ import annotations

from patchbay.platforms.freshchat.connector import Freshchat

CONNECTOR: Freshchat = Freshchat()
