"""The security headers of every response, in one place: they do not depend on which function answers."""

from __future__ import annotations

from collections.abc import Mapping

_POWERS = (
    *("accelerometer", "camera", "display-capture", "geolocation", "gyroscope"),
    *("magnetometer", "microphone", "midi", "payment", "usb"),
)
_ALWAYS: Mapping[str, str] = {
    # Of our own host and not of its subdomains, which may be the owner's other business.
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",  # our addresses hold tokens
    "permissions-policy": ", ".join(f"{power}=()" for power in _POWERS),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
#: Of what other sites show within their own pages.
FOR_ALL_SITES: Mapping[str, str] = {"cross-origin-resource-policy": "cross-origin"}


def complete(headers: Mapping[str, str]) -> dict[str, str]:
    """An answer's own headers, and those that each has unless it says something else."""
    return {**_ALWAYS, **headers}
