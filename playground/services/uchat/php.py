"""JSON and signatures as PHP makes them."""

from __future__ import annotations

import hashlib
import hmac
import json
import re

_FOREIGN = re.compile(r"[^\x00-\x7f]")


def encode_json(value: object) -> bytes:
    """As `json_encode` without flags: compact, slashes escaped, everything outside ASCII as UTF-16 units."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
    return _FOREIGN.sub(_escape, text).encode("ascii")


def _escape(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be", "surrogatepass").hex()  # half an emoji is written as what it is
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def sign(body: bytes, key: str) -> str:
    """The value of X-Hub-Signature-256."""
    return f"sha256={hmac.new(key.encode(), body, hashlib.sha256).hexdigest()}"
