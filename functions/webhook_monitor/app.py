"""Puts webhooks back that a service has switched off, every few minutes."""

from patchbay.aws.handlers.webhook_monitor import make_handler

handler = make_handler()
