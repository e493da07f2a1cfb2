"""vcita, a platform: customers are a business's clients, and what they write goes into their session on a channel."""

from __future__ import annotations

from patchbay.platforms.vcita.connector import Vcita

CONNECTOR: Vcita = Vcita()
