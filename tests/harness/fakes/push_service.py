"""A push service and the browsers behind it, as strict as RFC 8030, 8188, 8291 and 8292.

It shares no code with what it judges: keys are derived with HMAC, as the RFCs write it down.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chat.ports import PushFailed, PushServices
from patchbay.bridge.ports import Clock

_CURVE = ec.SECP256R1()
_MOST_BODY = 4096
_LONGEST_PROOF = timedelta(hours=24)


def encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def decode(text: str) -> bytes:
    assert "=" not in text, "base64url without padding"
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Refusal(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass
class Browser:
    """One that has subscribed with the key of a chat, and what it got."""

    endpoint: str
    application_key: str
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(_CURVE))
    auth: bytes = b"sixteen bytes 16"
    notices: list[dict[str, str]] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)

    @property
    def public(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def subscription(self) -> dict[str, Any]:
        """What the page hands to the chat: PushSubscription.toJSON(), and the key that it subscribed with."""
        keys = {"p256dh": encode(self.public), "auth": encode(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys, "key": self.application_key}

    def decrypt(self, body: bytes) -> bytes:
        if len(body) < 21 or len(body) > _MOST_BODY:
            raise Refusal(413, "the body is too short or too long")
        salt, record, length = body[:16], int.from_bytes(body[16:20]), body[20]
        sender, cipher = body[21 : 21 + length], body[21 + length :]
        if length != 65 or record < 18 or len(cipher) > record:
            raise Refusal(400, "not one record of aes128gcm with a P-256 key")
        shared = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, sender))
        material = _expand(_extract(self.auth, shared), b"WebPush: info\0" + self.public + sender, 32)
        base = _extract(salt, material)
        key = _expand(base, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _expand(base, b"Content-Encoding: nonce\0", 12)
        try:
            padded = AESGCM(key).decrypt(nonce, cipher, None).rstrip(b"\0")
        except InvalidTag:
            raise Refusal(400, "the browser cannot decrypt it") from None
        if not padded.endswith(b"\x02"):
            raise Refusal(400, "the last record must end with the delimiter 2")
        return padded[:-1]


@dataclass
class PushService(PushServices):
    """`answers` and `fails` come first: the next statuses, and how many calls break off."""

    clock: Clock
    local: bool = False
    origin: str = "https://fcm.googleapis.com"
    browsers: dict[str, Browser] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)
    fails: int = 0
    calls: list[float] = field(default_factory=list)  #: the seconds that each call was given
    refusals: list[str] = field(default_factory=list)

    def subscribe(self, application_key: str, name: str = "a") -> Browser:
        browser = Browser(f"{self.origin}/fcm/send/{name}", application_key)
        self.browsers[browser.endpoint] = browser
        return browser

    def post(self, address: str, headers: Mapping[str, str], body: bytes, seconds: float) -> int:
        self.calls.append(seconds)
        if self.fails:
            self.fails -= 1
            raise PushFailed("ConnectTimeout")
        if self.answers:
            return self.answers.pop(0)
        try:
            self._take(address, headers, body)
        except Refusal as refusal:
            self.refusals.append(str(refusal))
            return refusal.status
        return 201

    def _take(self, address: str, headers: Mapping[str, str], body: bytes) -> None:
        browser = self.browsers.get(address)
        if browser is None:
            raise Refusal(410, "the subscription has ended")
        check_headers(headers)
        parts = urlsplit(address)
        key = check_proof(headers["authorization"], f"{parts.scheme}://{parts.netloc}", self.clock.now().timestamp())
        if key != browser.application_key:
            raise Refusal(403, "the browser subscribed with another key")
        browser.notices.append(json.loads(browser.decrypt(body)))
        browser.topics.append(headers.get("topic", ""))


def check_headers(headers: Mapping[str, str]) -> None:
    if not re.fullmatch(r"[0-9]{1,10}", headers.get("ttl", "")):
        raise Refusal(400, "TTL is missing")
    if headers.get("content-encoding") != "aes128gcm":
        raise Refusal(415, "another coding than aes128gcm")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,32}", headers.get("topic", "")):
        raise Refusal(400, "the topic is no base64url of at most 32 characters")
    if headers.get("urgency", "normal") not in {"very-low", "low", "normal", "high"}:
        raise Refusal(400, "no such urgency")


def check_proof(authorization: str, origin: str, now: float) -> str:
    """The public key that proves itself. Raises Refusal with 401 or 403."""
    match = re.fullmatch(r"vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)", authorization)
    if match is None:
        raise Refusal(401, "no VAPID")
    head, claims, signature, key = match.groups()
    if json.loads(decode(head)) != {"typ": "JWT", "alg": "ES256"}:
        raise Refusal(401, "not an ES256 JWT")
    raw = decode(signature)
    point = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, decode(key))
    try:
        der = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
        point.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    except InvalidSignature:
        raise Refusal(403, "the signature is not the key's") from None
    said = json.loads(decode(claims))
    if len(raw) != 64 or said["aud"] != origin:
        raise Refusal(403, "made for another service")
    if not now < said["exp"] <= now + _LONGEST_PROOF.total_seconds():
        raise Refusal(403, "out of date, or good for more than 24 hours")
    if not re.fullmatch(r"mailto:.+@.+|https://[^/]+.*", said["sub"]):
        raise Refusal(403, "nobody to write to")
    return key


def _extract(salt: bytes, material: bytes) -> bytes:
    return hmac.new(salt, material, hashlib.sha256).digest()


def _expand(key: bytes, info: bytes, length: int) -> bytes:
    return hmac.new(key, info + b"\x01", hashlib.sha256).digest()[:length]
