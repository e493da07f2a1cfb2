"""Unblu, a platform: customers are virtual persons, whose messages go into conversations on a channel of our own."""

from __future__ import annotations

from patchbay.platforms.unblu.connector import Unblu

CONNECTOR: Unblu = Unblu()
