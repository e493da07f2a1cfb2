"""Lets accounts join an app by consent: the way to the service's consent page, and the way back."""

from patchbay.aws.handlers.oauth import make_handler

handler = make_handler()
