"""The files that the bot sends: a picture, a sound, a film and a document, made here."""

from __future__ import annotations

import io
import math
import struct
import wave
import zlib

from playground.services.uchat.clip import make_clip
from playground.services.uchat.records import Kind, StoredFile

#: The key of the sample of each kind.
SAMPLES: dict[Kind, str] = {"image": "sunset", "audio": "chime", "video": "lights", "file": "terms"}

_RATE = 8000


def make_samples() -> dict[str, StoredFile]:
    made = (
        StoredFile(key="sunset", name="sunset.png", content_type="image/png", data=_make_picture(240, 160)),
        StoredFile(key="chime", name="chime.wav", content_type="audio/wav", data=_make_sound()),
        StoredFile(key="lights", name="lights.mp4", content_type="video/mp4", data=make_clip()),
        StoredFile(key="terms", name="terms & prices.pdf", content_type="application/pdf", data=_make_document()),
    )
    return {file.key: file for file in made}


def _make_picture(width: int, height: int) -> bytes:
    """A PNG that goes from violet to orange."""
    rows = b"".join(
        b"\0" + bytes([60 + 190 * row // height, 40 + 110 * row // height, 120 - 40 * row // height]) * width
        for row in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND")


def _chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _make_sound() -> bytes:
    """A second of a tone that fades."""
    tone = (round(9000 * math.exp(-4 * at / _RATE) * math.sin(2 * math.pi * 660 * at / _RATE)) for at in range(_RATE))
    stream = io.BytesIO()
    with wave.open(stream, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(_RATE)
        sound.writeframes(b"".join(struct.pack("<h", level) for level in tone))
    return stream.getvalue()


def _make_document() -> bytes:
    """A PDF of one page."""
    words = b"BT /F1 22 Tf 60 740 Td (Terms and prices) Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(words), words),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    document, places = b"%PDF-1.4\n", list[int]()
    for number, content in enumerate(objects, start=1):
        places.append(len(document))
        document += b"%d 0 obj%bendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 6\n0000000000 65535 f \n%btrailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
    return document + end % (table, len(document))
