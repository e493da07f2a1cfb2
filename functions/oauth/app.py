"""Lets accounts join an app by consent: the way to the service's consent page, and the way back."""

from patchbay.infra.authorizing import make_handler

handler = make_handler()
