"""What every command owes its user, whatever it was given."""

from __future__ import annotations

import re

from click.testing import Result


def check_result(result: Result, words: object) -> None:
    """One clear sentence: no traceback, and no name of one of Python's or AWS's classes in place of words."""
    told = result.stdout + result.stderr
    assert result.exit_code in {0, 1, 2}, words
    assert result.exception is None or isinstance(result.exception, SystemExit), (words, result.exception)
    assert "Traceback" not in told, (words, told)
    if result.exit_code:
        assert result.stderr.strip() or result.stdout.strip(), words
        assert not re.search(r"\w(Error|Exception): ", told), (words, told)
