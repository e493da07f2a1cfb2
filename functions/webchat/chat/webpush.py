"""Web Push: messages encrypted for one browser (RFC 8291), and who we are to push services (VAPID, RFC 8292).

Loaded when a notification is sent, and when a page asks for the key, for it needs `cryptography`.
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MOST_BYTES = 3993  #: of a message, as every push service takes them
VALID = timedelta(hours=12)  #: of the proof of who we are; 24 hours at most
_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_RECORD = 4096


@dataclass(frozen=True, slots=True)
class PushKey:
    """The pair of keys by which push services and browsers know a chat. `public` is what the page gets."""

    private: ec.EllipticCurvePrivateKey
    public: str


@lru_cache(maxsize=32)
def derive_key(secret: str) -> PushKey:
    """The pair that a connection's push_key stands for: the same at each call."""
    # 16 bytes more than the order has: whatever remains is as good as even.
    material = _derive(secret.encode(), b"", b"patchbay web push", 48)
    private = ec.derive_private_key(int.from_bytes(material) % (_ORDER - 1) + 1, _CURVE)
    return PushKey(private, encode(_point(private.public_key())))


def encrypt(text: bytes, browser_key: str, auth: str, *, salt: bytes = b"", own: int = 0) -> bytes:
    """The body of the request, which only the browser with these keys can read: one record of aes128gcm.

    `salt` and the private key `own` are random unless a test gives them. Raises ValueError for keys that are none.
    """
    if len(text) > MOST_BYTES:
        raise ValueError("the message is too long for a push service")
    salt = salt or secrets.token_bytes(16)
    once = ec.derive_private_key(own, _CURVE) if own else ec.generate_private_key(_CURVE)
    sender, receiver = _point(once.public_key()), decode(browser_key)
    shared = once.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, receiver))
    material = _derive(shared, decode(auth), b"WebPush: info\0" + receiver + sender, 32)
    key = _derive(material, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(material, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + _RECORD.to_bytes(4) + len(sender).to_bytes() + sender
    return head + AESGCM(key).encrypt(nonce, text + b"\x02", None)


def authorize(key: PushKey, address: str, contact: str, now: datetime) -> str:
    """The Authorization header for a push service's `address`. `contact` is a URL at which its operator finds us."""
    parts = urlsplit(address)
    claims: Mapping[str, str | int] = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + VALID).timestamp()),
        "sub": contact,
    }
    signed = f"{_encode_json({'typ': 'JWT', 'alg': 'ES256'})}.{_encode_json(claims)}"
    r, s = decode_dss_signature(key.private.sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"vapid t={signed}.{encode(r.to_bytes(32) + s.to_bytes(32))}, k={key.public}"


def encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def decode(text: str) -> bytes:
    """Raises ValueError."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _encode_json(document: Mapping[str, str | int]) -> str:
    return encode(json.dumps(document, separators=(",", ":")).encode())


def _derive(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(material)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
