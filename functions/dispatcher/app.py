"""Takes events from the queue and delivers them to the other side."""

from patchbay.aws.handlers.dispatcher import make_handler

handler = make_handler()
