"""Restores webhooks that a service has turned off, every few minutes."""

from patchbay.aws.handlers.webhook_monitor import make_handler

handler = make_handler()
