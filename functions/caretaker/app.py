"""Puts webhooks back that a service has switched off, every few minutes."""

from patchbay.infra.caretaking import make_handler

handler = make_handler()
