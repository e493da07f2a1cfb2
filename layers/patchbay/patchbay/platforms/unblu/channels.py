"""The channel at Unblu, and the registration that reports ended conversations: created, checked and restored.

Both are found by their names, changed only where they differ, and sent back whole: what others have set on them stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from patchbay.domain.errors import AuthorizationNeeded, DeliveryError, Misconfigured, Rejected, Transient
from patchbay.kit.account_setup import Webhooks
from patchbay.kit.contract import HttpResponse
from patchbay.kit.rest import read_answer
from patchbay.platforms.unblu.client import Api, read_fields, refusal
from patchbay.platforms.unblu.responses import EntityWire
from patchbay.platforms.unblu.spec import CHANNEL_NAME, NO

ACTIVE, INACTIVE, UNAVAILABLE = "ACTIVE", "INACTIVE", "INACTIVE_UNAVAILABLE"

_EXPAND = {"expand": "metadata"}  # Unblu: metadata that was not read is lost when the rest is sent back
_MARK = "patchbay"  #: the metadata that says who has switched a channel off
_DISCONNECTED = "disconnected"
_CHANNEL_KEPT = 3600.0  #: seconds; a channel is hardly ever created again

Json = dict[str, object]


class ChannelMadeAnew(Transient):
    """The call was about another channel than there is now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """What is kept at Unblu by name, and where its own fields are."""

    folder: str
    status: str
    endpoint: str
    words: str
    query: Mapping[str, str]


_CHANNEL = _Kind(
    folder="externalmessengers",
    status="webhookStatus",
    endpoint="webhookEndpoint",
    words="channel",
    query=_EXPAND,
)
_REGISTRATION = _Kind(
    folder="webhookregistrations", status="status", endpoint="endpoint", words="webhook registration", query={}
)


def channel_name(api: Api) -> str:
    return api.connection.setting("channel_name", CHANNEL_NAME)


def registration_name(api: Api) -> str:
    return f"{channel_name(api)} (ended conversations)"


def find_channel_id(api: Api) -> str:
    """As it was a while ago, which `explain_refusal` looks into. Raises AuthorizationNeeded if there is none."""
    api.channel_id = _find_channel_id(api, keep_for=_CHANNEL_KEPT)
    return api.channel_id


def _find_channel_id(api: Api, keep_for: float = 0.0) -> str:
    """Raises AuthorizationNeeded when the channel is gone: messages wait until the owner has it made again."""
    response = _get(api, _CHANNEL, channel_name(api), keep_for)
    channel_id = read_answer(EntityWire, response).id if response is not None else ""
    if not channel_id:
        raise AuthorizationNeeded(
            "Unblu no longer has the channel of channel_name, or was upgraded: run `patchbay connect "
            f"unblu {api.connection.id}`"
        )
    return channel_id


def explain_refusal(api: Api, response: HttpResponse, what: str) -> DeliveryError:
    """The failure behind an answer that is no success, of a call about one customer or conversation.

    403 is for a user without the role, which concerns the whole account, and for actions that no user may take; 404 for
    a thing that is gone, and for the whole API after an upgrade. A call that nothing else decides tells which. It also
    tells whether the channel is another one by now than the one that the call was about.
    """
    if response.status in {403, 404} or api.channel_id:
        channel_id = _find_channel_id(api)
        if api.channel_id not in {"", channel_id}:
            return ChannelMadeAnew(f"Unblu's channel has been created again: the call ({what}) is repeated there")
    if response.status == 403:
        return Rejected(f"Unblu does not allow this call here: {what}", code="http_403")
    return refusal(response, what)


# --- registering -----------------------------------------------------------------------------------------------------


def register(api: Api, webhooks: Webhooks) -> None:
    """Points Unblu at us, and has it call once. Raises Misconfigured with what the owner must do."""
    address = next(iter(webhooks.values()))
    secret = api.connection.secrets.get("webhook_secret")
    if not secret:
        raise Misconfigured(
            f"webhook_secret is missing: run `patchbay connect unblu {api.connection.id}`, which generates one"
        )
    channel = _reconcile(api, _CHANNEL, channel_name(api), _describe_channel(api, address, secret))
    registration = _describe_registration(api, address, secret)
    registered = _reconcile(api, _REGISTRATION, registration_name(api), registration)
    for kind, fields in ((_CHANNEL, channel), (_REGISTRATION, registered)):
        if fields.get(kind.status) == INACTIVE:
            raise Misconfigured(
                f"Unblu's {kind.words} {fields.get('name')!r} is switched off: set it active in the "
                f"account configuration, then run `patchbay connect unblu {api.connection.id}`; its URL "
                "is already correct"
            )
    _ping(api, str(channel.get("id", "")))


def registered_address(api: Api) -> str:
    fields = _read(api, _CHANNEL, channel_name(api))
    return str(fields.get(_CHANNEL.endpoint) or "") if fields else ""


def unregister(api: Api) -> None:
    """The channel is switched off and not deleted: with a channel Unblu ends all of its conversations.

    The mark lets us switch it on again, which is never done to a channel that a person has switched off.
    """
    channel = _read(api, _CHANNEL, channel_name(api))
    if channel and channel.get(_CHANNEL.status) != INACTIVE:
        _change(api, _CHANNEL, channel, lambda known: {_CHANNEL.status: INACTIVE, "metadata": _mark(known)})
    registration = _read(api, _REGISTRATION, registration_name(api))
    if registration:
        path, query = api.dialect.delete_registration(str(registration.get("id", "")))
        response = api.delete(*path, query=query)
        if not response.ok and response.status != 404:
            raise refusal(response, "removing the webhook registration")


def heal(api: Api) -> str:
    """Wakes what Unblu has switched off after failures; what that was, in words."""
    mended = []
    for kind, name in ((_CHANNEL, channel_name(api)), (_REGISTRATION, registration_name(api))):
        fields = _read(api, kind, name)
        if fields and fields.get(kind.status) == UNAVAILABLE:
            _change(api, kind, fields, partial(_wake_unavailable, status=kind.status))
            mended.append(f"the {kind.words} {name!r}")
    return " and ".join(mended)


def _describe_channel(api: Api, address: str, secret: str) -> Json:
    outbound = bool(api.connection.setting("outbound_to"))
    return {
        "$_type": "CustomExternalMessengerChannel",
        "type": "CUSTOM",
        "name": channel_name(api),
        "webhookEndpoint": address,
        "webhookSecret": secret,
        "messageStateHandledExternally": api.connection.setting("states_external") != NO,
        **api.dialect.describe_channel(outbound),
    }


def _describe_registration(api: Api, address: str, secret: str) -> Json:
    return {
        "$_type": "WebhookRegistration",
        "name": registration_name(api),
        "endpoint": address,
        "secret": secret,
        "apiVersion": api.dialect.registration_version,
        "events": ["conversation.ended"],
    }


def _ping(api: Api, channel_id: str) -> None:
    path, body = api.dialect.ping_channel(channel_id)
    try:
        response = api.post(*path, json=body or None, repeatable=True, timeout=30.0)
        problem = "" if response.ok else f"HTTP {response.status}"
    except Transient as failure:
        problem = str(failure)
    if problem:
        raise Misconfigured(
            f"Unblu's test call to the webhook URL failed ({problem}): if the log of unblu_webhook "
            f"shows a refused webhook, run `patchbay connect unblu {api.connection.id} --secret "
            "webhook_secret=` to get a new secret; if it shows no call from Unblu, allow Unblu's "
            "servers to reach the URL"
        )


# --- keeping something as it should be -------------------------------------------------------------------------------


def _reconcile(api: Api, kind: _Kind, name: str, wanted: Json) -> Json:
    """The fields as they are now. A person's INACTIVE stays, ours does not."""
    known = _read(api, kind, name)
    if known is None:
        response = api.post(kind.folder, "create", json=_new(kind, wanted), query=kind.query, repeatable=True)
        if response.ok:
            return read_fields(response)
        known = None if response.status == 403 else _read(api, kind, name)  # another call was faster
        if known is None:
            raise refusal(response, f"creating the {kind.words}")
    return _change(api, kind, known, lambda fields: wanted | _wake(fields, kind))


def _new(kind: _Kind, wanted: Json) -> Json:
    metadata: Json = {"metadata": {_MARK: "connected"}} if kind is _CHANNEL else {}
    return wanted | metadata | {kind.status: ACTIVE}


def _wake(known: Mapping[str, object], kind: _Kind) -> Json:
    metadata = _read_metadata(known)
    if known.get(kind.status) == UNAVAILABLE:
        return {kind.status: ACTIVE}
    if known.get(kind.status) == INACTIVE and metadata.get(_MARK) == _DISCONNECTED:
        return {kind.status: ACTIVE, "metadata": metadata | {_MARK: "connected"}}
    return {}


def _wake_unavailable(known: Mapping[str, object], status: str) -> Json:
    """Nothing if another process has changed it in the meantime."""
    return {status: ACTIVE} if known.get(status) == UNAVAILABLE else {}


def _mark(known: Mapping[str, object]) -> Json:
    return _read_metadata(known) | {_MARK: _DISCONNECTED}


def _read_metadata(known: Mapping[str, object]) -> Json:
    metadata = known.get("metadata")
    return dict(metadata) if isinstance(metadata, Mapping) else {}


def _change(api: Api, kind: _Kind, known: Json, change: Callable[[Mapping[str, object]], Json]) -> Json:
    """Updates what differs. Unblu refuses an older version than its own: then once more, to what it has now."""
    for is_last in (False, True):
        changed = known | change(known)
        if changed == known:
            return known
        response = api.post(kind.folder, "update", json=changed, query=kind.query, repeatable=True)
        if response.ok:
            return read_fields(response)
        fresh = None if is_last or response.status == 403 else _read(api, kind, str(known.get("name", "")))
        if fresh is None or fresh.get("version") == known.get("version"):
            raise refusal(response, f"changing the {kind.words}")
        known = fresh
    raise Transient(f"another user is changing Unblu's {kind.words} at the moment")


def _read(api: Api, kind: _Kind, name: str) -> Json | None:
    response = _get(api, kind, name)
    return None if response is None else read_fields(response)


def _get(api: Api, kind: _Kind, name: str, keep_for: float = 0.0) -> HttpResponse | None:
    response = api.get(kind.folder, "getByName", query={"name": name, **kind.query}, keep_for=keep_for)
    if response.status == 404:
        return None
    if not response.ok:
        raise refusal(response, f"looking up the {kind.words}")
    return response
