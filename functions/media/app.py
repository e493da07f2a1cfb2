"""Serves attachments that Patchbay keeps for messengers and platforms to fetch."""

from patchbay.aws.handlers.media import make_handler

handler = make_handler()
