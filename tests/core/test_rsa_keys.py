"""RSA keys are read as cryptography reads them."""

from __future__ import annotations

from base64 import b64encode
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from patchbay.domain.errors import Misconfigured
from patchbay.kit.rsa_keys import read_rsa_numbers
from patchbay.kit.signatures import load_rsa_public_key


def _make_key(bits: int, exponent: int) -> RSAPublicKey:
    """Of any odd number: a public key does not show whether it is a product of two primes."""
    modulus = Random(bits).getrandbits(bits) | 1 | 1 << (bits - 1)
    return RSAPublicNumbers(exponent, modulus).public_key()


KEYS = [_make_key(1024, 3), _make_key(2048, 65537), _make_key(4095, 65537)]
FORMATS = (PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1)
DERS = [key.public_bytes(Encoding.DER, form) for key in KEYS for form in FORMATS]


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("key", KEYS, ids=["1024", "2048", "4095"])
def test_a_key_is_two_numbers(key: RSAPublicKey, form: PublicFormat) -> None:
    modulus, exponent = read_rsa_numbers(key.public_bytes(Encoding.DER, form))
    assert RSAPublicNumbers(exponent, modulus) == key.public_numbers()


def _read_by_cryptography(der: bytes) -> RSAPublicNumbers | None:
    for read in (load_der_public_key, load_pem_public_key):
        try:
            key = read(der)
        except Exception:  # noqa: BLE001 - whatever it is, it is no key
            continue
        return key.public_numbers() if isinstance(key, RSAPublicKey) else None
    return None


def _damage(der: bytes, random: Random) -> bytes:
    damaged, place = bytearray(der), random.randrange(len(der))
    match random.randrange(5):
        case 0:
            damaged[place] ^= 1 << random.randrange(8)
        case 1:
            del damaged[place:]
        case 2:
            damaged.insert(place, random.randrange(256))
        case 3:
            del damaged[place]
        case _:
            damaged += random.randbytes(random.randrange(1, 4))
    return bytes(damaged)


def test_a_damaged_key_is_never_read_as_another_than_cryptography_reads() -> None:
    random = Random(1)
    both = 0
    for _ in range(3000):
        damaged = _damage(random.choice(DERS), random)
        theirs = _read_by_cryptography(damaged)
        try:
            modulus, exponent = read_rsa_numbers(damaged)
        except ValueError:
            assert theirs is None, damaged.hex()
            continue
        if theirs is not None:
            assert theirs == RSAPublicNumbers(exponent, modulus)
            both += 1
    assert both > 100


@pytest.mark.parametrize("der", DERS)
def test_a_key_that_was_cut_is_explained(der: bytes) -> None:
    with pytest.raises(Misconfigured, match="RSA"):
        load_rsa_public_key(b64encode(der[:-1]).decode())
