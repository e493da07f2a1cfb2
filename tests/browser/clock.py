"""A page's time in the hands of a test."""

from __future__ import annotations

from playwright.sync_api import Page


def stop_clock(page: Page) -> None:
    """From now on the page's time passes by `page.clock.run_for` and `fast_forward` alone, however slow the machine."""
    page.clock.install()
    now: float = page.evaluate("Date.now()")
    page.clock.pause_at(now / 1000 + 1)


def pass_time(page: Page, milliseconds: int) -> None:
    """Lets time pass on a stopped clock in small steps, so that what an answer sets off is waited for as well."""
    for _ in range(milliseconds // 100):
        page.clock.run_for(100)
