"""A certificate for this machine, made for one run: a root, an authority below it and the server's, as AWS's are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
CHAIN, KEY, ROOT = "chain.pem", "key.pem", "root.pem"


@dataclass(frozen=True, slots=True)
class _Holder:
    name: x509.Name
    key: RSAPrivateKey


def write_certificates(folder: Path) -> None:
    """CHAIN and KEY for a server on HOST, and the ROOT that its clients must trust."""
    root, authority, server = (_make_holder(name) for name in ("Bench root", "Bench authority", "Bench server"))
    certificates = {
        ROOT: [_certify(root, root, path_length=1)],
        CHAIN: [_certify(server, authority), _certify(authority, root, path_length=0)],
    }
    for name, ones in certificates.items():
        (folder / name).write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in ones))
    key = server.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / KEY).write_bytes(key)


def _make_holder(name: str) -> _Holder:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return _Holder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key)


def _certify(holder: _Holder, issuer: _Holder, path_length: int | None = None) -> x509.Certificate:
    """`path_length`: how many authorities may be below this one, None for a server."""
    now, is_authority = datetime.now(UTC), path_length is not None
    builder = (
        x509.CertificateBuilder()
        .subject_name(holder.name)
        .issuer_name(issuer.name)
        .public_key(holder.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=path_length), critical=True)
        .add_extension(_usage(is_authority=is_authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(holder.key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    )
    if not is_authority:
        names = x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST)), x509.DNSName("localhost")])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer.key, SHA256())


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not is_authority,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
