"""Viber's REST bot API: customers write to a bot, agents answer under their own names."""

from __future__ import annotations

from patchbay.kit.contract import Connector
from patchbay.messengers.viber.connector import Viber

CONNECTOR: Connector = Viber()
