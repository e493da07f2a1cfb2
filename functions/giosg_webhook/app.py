"""Giosg's webhooks: verified, turned into events and put on the queue."""

from __future__ import annotations

from patchbay.infra.webhooks import make_handler

handler = make_handler("giosg")
