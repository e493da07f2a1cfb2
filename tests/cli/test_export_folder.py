"""What an export leaves out."""

from __future__ import annotations

import json

from patchbay_cli.contact_data.export_folder import _plain


def test_what_writes_to_the_customers_browser_is_hidden() -> None:
    """Where it takes notifications, and the secret that it shares with us."""
    row = {"id": "1", "endpoint": "https://push.test/capability", "auth": "shared", "browser_key": "b", "at": "now"}
    assert _plain({"value": json.dumps(row)}) == {
        "value": {"id": "1", "endpoint": "(hidden)", "auth": "(hidden)", "browser_key": "b", "at": "now"}
    }
