"""RSA public keys, read without cryptography's own reader of keys.

That one loads the formats of SSH and of private keys too, which takes a tenth of a webhook function's cold start. What
is read here is two numbers; cryptography checks them, and verifies with them.
https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.1
"""

from __future__ import annotations

_SEQUENCE, _INTEGER, _BIT_STRING = 0x30, 0x02, 0x03
#: The algorithm rsaEncryption, with its parameter NULL: https://www.rfc-editor.org/rfc/rfc3279#section-2.3.1
_RSA = bytes.fromhex("06092a864886f70d0101010500")


def read_rsa_numbers(der: bytes) -> tuple[int, int]:
    """Modulus and exponent of a key in DER, whether it is an SPKI or a PKCS#1 key. Raises ValueError for all else."""
    content, rest = _take(der, _SEQUENCE)
    _check(not rest)
    if content[:1] == bytes([_SEQUENCE]):
        algorithm, wrapped = _take(content, _SEQUENCE)
        bits, rest = _take(wrapped, _BIT_STRING)
        _check(algorithm == _RSA and not rest and bits[:1] == b"\0")
        content, rest = _take(bits[1:], _SEQUENCE)
        _check(not rest)
    modulus, following = _take_number(content)
    exponent, rest = _take_number(following)
    _check(not rest)
    return modulus, exponent


def _take_number(data: bytes) -> tuple[int, bytes]:
    """A positive one, in as few bytes as it needs."""
    content, rest = _take(data, _INTEGER)
    _check(bool(content) and content[0] < 0x80)
    _check(len(content) == 1 or content[0] > 0 or content[1] >= 0x80)
    return int.from_bytes(content), rest


def _take(data: bytes, kind: int) -> tuple[bytes, bytes]:
    """The content of the element at the beginning, which must be of this kind, and what follows it."""
    _check(len(data) >= 2 and data[0] == kind)
    length, start = data[1], 2
    if length >= 0x80:
        count = length - 0x80
        digits = data[2 : 2 + count]
        _check(1 <= count <= 4 and len(digits) == count and digits[0] > 0)
        length, start = int.from_bytes(digits), 2 + count
        _check(length >= 0x80)
    _check(len(data) >= start + length)
    return data[start : start + length], data[start + length :]


def _check(is_right: bool) -> None:
    if not is_right:
        raise ValueError("no RSA public key")
