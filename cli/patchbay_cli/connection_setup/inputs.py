"""The KEY=VALUE pairs that the owner typed, checked against the settings of the service."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from patchbay.aws.net.http import check_address
from patchbay.bridge.webhook_sources import read_networks
from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Misconfigured
from patchbay.domain.model import Side
from patchbay.kit import registry
from patchbay.kit.contract import ALLOWED_SOURCES, Connector, Setting
from patchbay_cli.connection_setup.pasted_text import HIDDEN, explain_unreadable, read_file, read_text, tidy

Ask = Callable[[Setting], str]  #: for a secret's value, which is not shown while it is typed

_LAST_IN_HEADER = 0xFF  #: HTTP headers are Latin-1
_BASE_URL = Setting(name="base_url", help="URL of the service's API, for another region or a simulator")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,47}")


def check_id(connection_id: str) -> None:
    """Ids stand in secrets' names, in keys and, with colons between, in the platforms' references."""
    if not _ID.fullmatch(connection_id):
        raise Misconfigured(
            "an ID has 1 to 48 letters, digits, dashes and underscores, and begins with a letter or digit"
        )


def known_settings(connector: Connector) -> Mapping[str, Setting]:
    """All that a connection to this service can be given, by name. Every one takes a `base_url`."""
    return {_BASE_URL.name: _BASE_URL} | {setting.name: setting for setting in connector.settings}


def read_settings(connector: Connector, pairs: Sequence[str]) -> dict[str, str]:
    """The `--set` pairs. An empty value means: no longer set."""
    given = _split(pairs, "--set")
    _check_names(connector, given, secret=False)
    for name, value in given.items():
        given[name] = read_setting(name, value)
    if given.get(ALLOWED_SOURCES.name):
        read_networks(given[ALLOWED_SOURCES.name])
    return given


def read_setting(name: str, value: str) -> str:
    """The value without what surrounds it. Raises Misconfigured when it contains an invisible character."""
    value = tidy(value, quoted=False).replace("\r\n", "\n")
    for position, character in enumerate(value, start=1):
        # A welcome message may have lines; some scripts need joiners and marks of direction.
        if unicodedata.category(character) in HIDDEN - {"Cf"} and character not in "\n\t":
            raise Misconfigured(
                f"{name} contains an invisible character (U+{ord(character):04X}, at position {position}). "
                "Type the value again"
            )
    return value


def read_secrets(connector: Connector, pairs: Sequence[str], ask: Ask) -> dict[str, str]:
    """The `--secret` pairs: those in files, variables and standard input read, those without a value asked for."""
    known = known_settings(connector)
    asked = [pair for pair in pairs if pair in known and known[pair].secret]
    given = _split([pair for pair in pairs if pair not in asked], "--secret")
    _check_names(connector, given, secret=True)
    if sum(value == "-" for value in given.values()) > 1:
        raise Misconfigured("only one secret can be read from standard input: pass the others as KEY=@FILE")
    found = {name: tidy_secret(known[name], _resolve(name, value)) for name, value in given.items()}
    found |= {name: ask(known[name]) for name in asked}
    for name, value in found.items():
        check_secret(known[name], value)
    return found


def tidy_secret(setting: Setting, value: str) -> str:
    """A password may begin and end with quotes; a token or a key that a service made does not."""
    return tidy(value, quoted=not setting.chosen)


def check_secret(setting: Setting, value: str) -> None:
    """Raises Misconfigured for characters that are invisible or not allowed in HTTP headers. PEM keys have lines."""
    lines = value.splitlines() if value.startswith("-----BEGIN ") else [value]
    for line in lines:
        for position, character in enumerate(line, start=1):
            hidden = unicodedata.category(character) in HIDDEN
            if hidden or (ord(character) > _LAST_IN_HEADER and not setting.chosen):
                raise Misconfigured(
                    f"{setting.name} contains a character that is not allowed in HTTP headers "
                    f"(U+{ord(character):04X}, at position {position}). Copy only the secret itself"
                )


def check_base_url(url: str, *, local: bool) -> None:
    """https anywhere; plain http on this machine, and only for a local stack. Raises Misconfigured."""
    try:
        parts = urlsplit(url)
        is_address = bool(parts.hostname) and parts.port != 0 and url.isprintable() and " " not in url
    except ValueError:
        is_address = False
    if not is_address or parts.username or parts.query or parts.fragment:
        raise Misconfigured("base_url is not a valid URL, for example https://api.example.com/v2")
    check_address(url, local=local)


def check_first_writers(
    connector: Connector, settings: Mapping[str, str], known: Callable[[str], Connection | None]
) -> None:
    """Settings that name a messenger for first messages. Raises Misconfigured when it cannot send them."""
    for setting in connector.settings:
        value = settings.get(setting.name, "")
        if not setting.outbound_messenger or not value:
            continue
        service, _, connection_id = value.partition(":")
        messenger = known(connection_id) if connection_id else None
        if messenger is None or messenger.service != service or messenger.side is not Side.MESSENGER:
            raise Misconfigured(
                f"{setting.name} does not name a connected messenger: use service:ID, as listed by "
                "`patchbay connections`"
            )
        service_connector = registry.load(service)
        if not service_connector.behavior.agent_initiated:
            raise Misconfigured(f"{service_connector.title} does not support first messages: leave out {setting.name}")


def _split(pairs: Sequence[str], option: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            # The text is not repeated: it may be a secret whose name was forgotten.
            wanted = "KEY=@FILE, KEY=- or KEY" if option == "--secret" else "KEY=VALUE"
            raise Misconfigured(f"{option} expects {wanted}, but one value has no '=' or an unknown KEY")
        found[name.strip()] = value.strip()
    return found


def _check_names(connector: Connector, given: Mapping[str, str], *, secret: bool) -> None:
    known = known_settings(connector)
    names = sorted(name for name, setting in known.items() if setting.secret is secret)
    kind, option = ("secret", "--secret") if secret else ("setting", "--set")
    for name in given:
        if name not in known:
            raise Misconfigured(f"{connector.title} has no {kind} {name!r}. Available: {', '.join(names) or 'none'}")
        if known[name].secret is not secret:
            other = "--set" if secret else "--secret"
            raise Misconfigured(f"{name} cannot be set with {option}: use {other} {name}=...")


def _resolve(name: str, value: str) -> str:
    if value == "-":
        return _read_standard_input(name)
    if value.startswith("@"):
        return read_file(name, value[1:])
    if value.startswith("env:"):
        variable = value.removeprefix("env:")
        found = os.environ.get(variable, "").strip()
        if not found:
            raise Misconfigured(f"the environment variable {variable} for {name} is not set or empty")
        return found
    return value


def _read_standard_input(name: str) -> str:
    try:
        found = read_text(sys.stdin.buffer) if sys.stdin and not sys.stdin.closed else ""
    except (OSError, ValueError) as error:
        raise Misconfigured(f"standard input for {name} cannot be read: {explain_unreadable(error)}") from None
    if not found.strip():
        raise Misconfigured(f"standard input for {name} is empty")
    return found
