"""Hears from the topic of AWS's own door to WhatsApp: parse, enqueue."""

from __future__ import annotations

from patchbay.aws.handlers.topic import make_handler

handler = make_handler("whatsapp")
