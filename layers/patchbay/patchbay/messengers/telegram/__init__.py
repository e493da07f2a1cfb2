"""Telegram's Bot API: customers write to a bot, agents answer as the bot, each message under its author's name."""

from __future__ import annotations

from patchbay.messengers.telegram.connector import Telegram

CONNECTOR: Telegram = Telegram()
