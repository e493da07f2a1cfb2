"""Takes events from the queue and delivers them to the other side."""

from patchbay.infra.dispatching import make_handler

handler = make_handler()
