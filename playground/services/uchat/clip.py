"""A film of two seconds: a bright bar that wanders through blue, as MP4 with H.264.

No encoder is at hand, and none is needed: H.264 may hold blocks of plain samples (I_PCM), which every player shows.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

_WIDE, _HIGH = 4, 3  #: blocks of 16 pixels
_FRAMES, _PER_SECOND = 12, 6
_BLUE, _BRIGHT = (60, 190, 100), (220, 110, 140)  #: luma, blue and red difference


class _Bits:
    def __init__(self) -> None:
        self._bits = ""

    def fixed(self, value: int, width: int = 1) -> _Bits:
        self._bits += f"{value:0{width}b}"
        return self

    def golomb(self, *values: int) -> _Bits:
        for value in values:
            digits = f"{value + 1:b}"
            self._bits += "0" * (len(digits) - 1) + digits
        return self

    def align(self) -> _Bits:
        self._bits += "0" * (-len(self._bits) % 8)
        return self

    def raw(self, data: bytes) -> _Bits:
        self._bits += "".join(f"{byte:08b}" for byte in data)
        return self

    def unit(self, header: int) -> bytes:
        """As a NAL unit: ended by a one, and without anything that looks like the start of the next."""
        self.fixed(1).align()
        payload = int(self._bits, 2).to_bytes(len(self._bits) // 8, "big")
        escaped, zeros = bytearray([header]), 0
        for byte in payload:
            if zeros == 2 and byte <= 3:
                escaped.append(3)
                zeros = 0
            escaped.append(byte)
            zeros = zeros + 1 if byte == 0 else 0
        return bytes(escaped)


def make_clip() -> bytes:
    frames = [_make_frame(number) for number in range(_FRAMES)]
    samples = [struct.pack(">I", len(frame)) + frame for frame in frames]
    start = _box("ftyp", b"isom\0\0\2\0isomiso2avc1mp41")
    sizes = [len(sample) for sample in samples]
    offset = len(start) + len(_make_index(sizes, 0)) + 8
    return start + _make_index(sizes, offset) + _box("mdat", *samples)


# --- pictures --------------------------------------------------------------------------------------------------------


def _make_settings() -> bytes:
    """The sequence's: Baseline, level 1, frames in the order in which they are shown."""
    bits = _Bits().raw(bytes([66, 0xC0, 10])).golomb(0, 0, 2, 0).fixed(0).golomb(_WIDE - 1, _HIGH - 1)
    return bits.fixed(1).fixed(1).fixed(0).fixed(0).unit(0x67)


def _make_picture_settings() -> bytes:
    bits = _Bits().golomb(0, 0).fixed(0, 2).golomb(0, 0, 0).fixed(0, 3).golomb(0, 0, 0)
    return bits.fixed(0, 3).unit(0x68)


def _make_frame(number: int) -> bytes:
    bits = _Bits().golomb(0, 7, 0).fixed(0, 4).golomb(number % 2).fixed(0, 2).golomb(0)
    for block in range(_WIDE * _HIGH):
        luma, blue, red = _BRIGHT if block % _WIDE == number % _WIDE else _BLUE
        bits.golomb(25).align().raw(bytes([luma]) * 256 + bytes([blue]) * 64 + bytes([red]) * 64)
    return bits.unit(0x65)


# --- the container ---------------------------------------------------------------------------------------------------


def _box(name: str, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I", len(content) + 8) + name.encode() + content


def _words(*numbers: int) -> bytes:
    return struct.pack(f">{len(numbers)}I", *numbers)


_MATRIX = _words(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def _make_index(sizes: Sequence[int], offset: int) -> bytes:
    """`offset`: where the first frame is in the file."""
    width, height = _WIDE * 16, _HIGH * 16
    rate = _words(0x10000) + struct.pack(">H", 0x100) + bytes(10)
    movie = _box("mvhd", _words(0, 0, 0, _PER_SECOND, _FRAMES), rate, _MATRIX, bytes(24), _words(2))
    track = _box("tkhd", _words(3, 0, 0, 1, 0, _FRAMES), bytes(16), _MATRIX, _words(width << 16, height << 16))
    media = _box("mdhd", _words(0, 0, 0, _PER_SECOND, _FRAMES), struct.pack(">HH", 0x55C4, 0))
    handler = _box("hdlr", bytes(8), b"vide", bytes(12), b"film\0")
    source = _box("dinf", _box("dref", _words(0, 1), _box("url ", _words(1))))
    details = _box("minf", _box("vmhd", _words(1, 0, 0)), source, _make_table(sizes, offset))
    return _box("moov", movie, _box("trak", track, _box("mdia", media, handler, details)))


def _make_table(sizes: Sequence[int], offset: int) -> bytes:
    settings, picture = _make_settings(), _make_picture_settings()
    units = [b"\xe1", struct.pack(">H", len(settings)), settings, b"\1", struct.pack(">H", len(picture)), picture]
    codec = _box("avcC", bytes([1, 66, 0xC0, 10, 0xFF]), *units)
    size = struct.pack(">HH", _WIDE * 16, _HIGH * 16)
    look = [_words(0x480000, 0x480000, 0), struct.pack(">H", 1), bytes(32), struct.pack(">HH", 24, 0xFFFF)]
    entry = _box("avc1", bytes(6), struct.pack(">H", 1), bytes(16), size, *look, codec)
    return _box(
        "stbl",
        _box("stsd", _words(0, 1), entry),
        _box("stts", _words(0, 1, len(sizes), 1)),
        _box("stsc", _words(0, 1, 1, len(sizes), 1)),
        _box("stsz", _words(0, 0, len(sizes), *sizes)),
        _box("stco", _words(0, 1, offset)),
    )
