"""A page's clock, moved by a test."""

from __future__ import annotations

from playwright.sync_api import Page


def pass_time(page: Page, milliseconds: int) -> None:
    """On an installed clock, in small steps: an answer on its way may set its own timer before the time is over."""
    for _ in range(milliseconds // 500):
        page.clock.run_for(500)
