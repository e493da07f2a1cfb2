"""WhatsApp: customers write to a business's number, agents answer under their name in front of the words."""

from __future__ import annotations

from patchbay.messengers.whatsapp.connector import WhatsApp

CONNECTOR: WhatsApp = WhatsApp()
