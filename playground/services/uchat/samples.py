"""The files that the bot sends: an image, a sound, a video and a document."""

from __future__ import annotations

from pathlib import Path

from playground.services.uchat.records import Kind, StoredFile

#: The key of the sample of each kind.
SAMPLES: dict[Kind, str] = {"image": "sunset", "audio": "chime", "video": "lights", "file": "terms"}

_MEDIA = Path(__file__).parent / "media"
_FILES = (
    ("sunset", "sunset.png", "image/png", "sunset.png"),
    ("chime", "chime.wav", "audio/wav", "chime.wav"),
    ("lights", "lights.mp4", "video/mp4", "lights.mp4"),
    ("terms", "terms & prices.pdf", "application/pdf", "terms-and-prices.pdf"),
)


def read_samples() -> dict[str, StoredFile]:
    return {
        key: StoredFile(key=key, name=name, content_type=content_type, data=(_MEDIA / file).read_bytes())
        for key, name, content_type, file in _FILES
    }
