"""What the tests of this folder share."""

from __future__ import annotations

from datetime import timedelta

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 200
DAYS = [("Monday", "mon"), ("Tuesday", "tue")]
HOUR = timedelta(hours=1)
