"""WhatsApp's webhooks from Meta: verified, turned into events and put on the queue."""

from __future__ import annotations

from patchbay.aws.handlers.webhook import make_handler

handler = make_handler("whatsapp")
