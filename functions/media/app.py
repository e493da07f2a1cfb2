"""Serves attachments that Patchbay keeps for messengers and platforms to fetch."""

from patchbay.infra.media_server import make_handler

handler = make_handler()
