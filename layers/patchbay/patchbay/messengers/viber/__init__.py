"""Viber's REST bot API: customers write to a bot, agents answer under their own names."""

from __future__ import annotations

from patchbay.messengers.viber.connector import Viber

CONNECTOR: Viber = Viber()
