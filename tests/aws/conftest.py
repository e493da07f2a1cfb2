"""Fixtures of this folder."""

from __future__ import annotations

from tests.harness.logs import log

__all__ = ["log"]
