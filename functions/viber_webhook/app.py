"""Takes Viber's callbacks: verify, parse, enqueue, answer."""

from __future__ import annotations

from patchbay.aws.handlers.webhook import make_handler

handler = make_handler("viber")
