"""Whose word a TLS connection to AWS counts on.

AWS's hosts are certified by five roots of Amazon. Reading those takes 3 ms of CPU, certifi's whole bundle 16 to 32 ms,
which a function would pay in each cold start. Amazon advises against trusting its own roots only, so the whole bundle
is what decides: it is read where the five were not enough.
"""

from __future__ import annotations

import os
import ssl
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

from patchbay.domain.errors import Misconfigured

AMAZON_ROOTS = (
    "Amazon Root CA 1",
    "Amazon Root CA 2",
    "Amazon Root CA 3",
    "Amazon Root CA 4",
    "Starfield Services Root Certificate Authority - G2",
)
#: A file with the roots to trust in place of all others, as boto3 and requests know it: for a proxy that reads along.
_BUNDLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
_END = b"-----END CERTIFICATE-----"


class Trust:
    """The settings of every connection to AWS. Certificates and host names are always checked."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._bundle = next(filter(None, map(os.environ.get, _BUNDLES)), "")
        self._is_whole = bool(self._bundle)
        self.context = _make_context()
        if self._bundle:
            _read_bundle(self.context, self._bundle)
        elif roots := read_amazon_roots():
            self.context.load_verify_locations(cadata=roots)
        else:
            self.widen(self.context)

    def widen(self, failed: ssl.SSLContext) -> bool:
        """Trusts the whole bundle from now on; false if that is what has already `failed`."""
        with self._lock:
            if self._is_whole:
                return failed is not self.context
            context = _make_context()
            context.load_verify_locations(bundle_path())
            self.context, self._is_whole = context, True
            return True


@cache
def trust() -> Trust:
    """One for all services."""
    return Trust()


def bundle_path() -> str:
    """Of certifi's bundle, without importing certifi, which takes five times as long as reading it."""
    found = find_spec("certifi")
    if found is None or not found.submodule_search_locations:
        raise Misconfigured("the package certifi is missing: build the layer of dependencies again (`make build`)")
    return str(Path(found.submodule_search_locations[0]) / "cacert.pem")


def read_amazon_roots() -> str:
    """The five, as PEM. Empty if certifi names its certificates in another way by now."""
    bundle = Path(bundle_path()).read_bytes()
    found = []
    for name in AMAZON_ROOTS:
        label = bundle.find(f'# Label: "{name}"\n'.encode())
        begin = bundle.find(b"-----BEGIN CERTIFICATE-----", label)
        if label >= 0 and begin >= 0:
            found.append(bundle[begin : bundle.index(_END, begin) + len(_END)].decode())
    return "\n".join(found)


def _make_context() -> ssl.SSLContext:
    """As botocore's, with the oldest version of TLS written out."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_COMPRESSION
    context.set_alpn_protocols(["http/1.1"])
    return context


def _read_bundle(context: ssl.SSLContext, path: str) -> None:
    """A file, or a folder as `openssl rehash` makes it."""
    try:
        context.load_verify_locations(capath=path) if Path(path).is_dir() else context.load_verify_locations(path)
    except OSError as error:
        named = next(name for name in _BUNDLES if os.environ.get(name))
        raise Misconfigured(f"{named}: {path} has no certificates that can be read ({type(error).__name__})") from None
