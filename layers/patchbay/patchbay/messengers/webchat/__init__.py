"""The web chat: the messenger of the stack itself, a page and a widget for the owner's web site.

The bridge speaks to it as to any other service: signed webhooks come in, calls of its API go out.
"""

from __future__ import annotations

from patchbay.messengers.webchat.connector import WebChat

CONNECTOR: WebChat = WebChat()
