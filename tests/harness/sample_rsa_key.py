"""The RSA key that signs Freshchat's sample events: worked out from a seed, so that no private key lies in the project.

Anybody can make it. It protects nothing and must never verify a real account.
"""

from __future__ import annotations

from functools import cache
from itertools import count
from random import Random

from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicNumbers,
    rsa_crt_dmp1,
    rsa_crt_dmq1,
    rsa_crt_iqmp,
)

SEED = "Patchbay sample key"
_EXPONENT = 65537
_SMALL_PRIMES = [number for number in range(3, 2000) if all(number % other for other in range(2, number))]


@cache
def make_sample_key() -> RSAPrivateKey:
    """2048 bits, always the same."""
    random = Random(SEED)
    p, q = _make_prime(random), _make_prime(random)
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    public = RSAPublicNumbers(_EXPONENT, p * q)
    return RSAPrivateNumbers(p, q, d, rsa_crt_dmp1(d, p), rsa_crt_dmq1(d, q), rsa_crt_iqmp(p, q), public).private_key()


def _make_prime(random: Random) -> int:
    start = random.getrandbits(1024) | (3 << 1022) | 1
    for candidate in count(start, 2):
        if all(candidate % prime for prime in _SMALL_PRIMES) and _is_prime(candidate, random):
            return candidate
    raise AssertionError("there is always another prime")


def _is_prime(candidate: int, random: Random) -> bool:
    """Miller and Rabin's test, 20 rounds."""
    odd, twos = candidate - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    return all(_contact_tokens(candidate, random.randrange(2, candidate - 1), odd, twos) for _ in range(20))


def _contact_tokens(candidate: int, base: int, odd: int, twos: int) -> bool:
    power = pow(base, odd, candidate)
    if power in {1, candidate - 1}:
        return True
    for _ in range(twos - 1):
        power = power * power % candidate
        if power == candidate - 1:
            return True
    return False
