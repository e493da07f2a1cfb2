"""Takes Viber's callbacks: verify, parse, enqueue, answer."""

from __future__ import annotations

from patchbay.infra.webhooks import make_handler

handler = make_handler("viber")
