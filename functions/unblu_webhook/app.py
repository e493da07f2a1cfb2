"""Unblu's calls: verified, turned into events, put on the queue and answered."""

from __future__ import annotations

from patchbay.aws.handlers.webhook import make_handler

handler = make_handler("unblu")
