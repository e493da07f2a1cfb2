"""Channels and webhook registrations: the receivers of what Unblu sends."""

from __future__ import annotations

from flask import request

from playground.services.unblu.auth import Answer, Auth, wants
from playground.services.unblu.bodies import (
    ChannelBody,
    ChannelPingBody,
    ChannelV4Body,
    RegistrationBody,
    Versioned,
    read_body,
)
from playground.services.unblu.deliveries import Deliveries
from playground.services.unblu.errors import ApiProblem, need_found
from playground.services.unblu.records import Channel, Json, Receiver, Registration, find
from playground.services.unblu.serializers import Serializers
from playground.services.unblu.state import State
from playground.services.unblu.webhooks import Webhooks


class ReceiverRoutes:
    def __init__(
        self, state: State, auth: Auth, serializers: Serializers, webhooks: Webhooks, deliveries: Deliveries
    ) -> None:
        self._state = state
        self._serializers = serializers
        self._webhooks = webhooks
        self._deliveries = deliveries
        root = "/externalmessengers"
        auth.add("POST", f"{root}/create", self.create_channel)
        auth.add("POST", f"{root}/update", self.update_channel)
        auth.add("GET", f"{root}/getByName", self.show_channel)
        auth.add("POST", f"{root}/<uid>/sendPing", self.ping_channel, to="v4", locked=False)
        auth.add("POST", f"{root}/pingCustomChannel", self.ping_channel_v3, to="v3", locked=False)
        root = "/webhookregistrations"
        auth.add("POST", f"{root}/create", self.create_registration)
        auth.add("POST", f"{root}/update", self.update_registration)
        auth.add("GET", f"{root}/getByName", self.show_registration)
        auth.add_by_id("DELETE", f"{root}/{{id}}delete", self.delete_registration)

    # --- channels ----------------------------------------------------------------------------------------------------

    def create_channel(self) -> Json:
        body = self._read_channel()
        self._check_name(self._state.channels, body.name)
        now = self._state.timeline.now()
        channel = Channel(
            id=self._state.make_id(),
            created_at=now,
            modified_at=now,
            fields=body.fields(),
            metadata=body.metadata or {},
        )
        self._state.channels.append(channel)
        self._state.annotate("creates a channel")
        return self._show(channel)

    def update_channel(self) -> Json:
        body = self._read_channel()
        channel = self._check_update(self._state.channels, body, body.name)
        channel.metadata = body.metadata or {}
        self._apply(channel, body)
        return self._show(channel)

    def _read_channel(self) -> ChannelBody:
        return read_body(ChannelV4Body if self._state.generation == "v4" else ChannelBody)

    def show_channel(self) -> Json:
        return self._show(_find_named(self._state.channels))

    def ping_channel(self, uid: str) -> Json:
        with self._state.lock:
            channel = self._find_channel(uid)
        return {"$_type": "PingResponse", "pingId": self._webhooks.ping(channel)}

    def ping_channel_v3(self) -> Answer:
        with self._state.lock:
            channel = self._find_channel(read_body(ChannelPingBody).external_messenger_channel_id)
        self._webhooks.ping(channel)
        return None

    def _find_channel(self, uid: str) -> Channel:
        return need_found(find(self._state.channels, uid), f"there is no external messenger channel {uid}")

    def _show(self, channel: Channel) -> Json:
        return self._serializers.show_channel(channel, metadata=wants("metadata"))

    # --- registrations -----------------------------------------------------------------------------------------------

    def create_registration(self) -> Json:
        body = read_body(RegistrationBody)
        self._check_name(self._state.registrations, body.name)
        now = self._state.timeline.now()
        made = Registration(id=self._state.make_id(), created_at=now, modified_at=now, fields=body.fields())
        self._state.registrations.append(made)
        self._state.annotate("registers a webhook")
        return self._serializers.show_registration(made)

    def update_registration(self) -> Json:
        body = read_body(RegistrationBody)
        registration = self._check_update(self._state.registrations, body, body.name)
        self._apply(registration, body)
        return self._serializers.show_registration(registration)

    def show_registration(self) -> Json:
        return self._serializers.show_registration(_find_named(self._state.registrations))

    def delete_registration(self, uid: str) -> Answer:
        found = need_found(find(self._state.registrations, uid), f"there is no webhook registration {uid}")
        self._state.registrations.remove(found)
        return None

    # --- both --------------------------------------------------------------------------------------------------------

    def _check_name(self, known: list[Channel] | list[Registration], name: str, but: Receiver | None = None) -> None:
        if any(one.name == name and one is not but for one in known):
            raise ApiProblem(self._state.quirks.conflict_status, f"the name {name} is taken")

    def _check_update[R: (Channel, Registration)](self, known: list[R], body: Versioned, name: str) -> R:
        """The receiver that `body` changes. Unblu: an update must be based on the newest version."""
        found = need_found(find(known, body.id), "there is nothing with this id to update")
        if body.account_id != self._state.account:
            raise ApiProblem(400, "accountId: must be included, as it was read")
        if body.version != found.version:
            raise ApiProblem(self._state.quirks.conflict_status, "version: it was changed in the meantime")
        self._check_name(known, name, but=found)
        return found

    def _apply(self, receiver: Receiver, body: ChannelBody | RegistrationBody) -> None:
        """The whole entity is replaced: what the body leaves out is null afterwards."""
        receiver.fields = body.fields()
        receiver.version += 1
        receiver.modified_at = self._state.timeline.now()
        if receiver.status == "ACTIVE":
            self._deliveries.resume(receiver)


def _find_named[R: (Channel, Registration)](known: list[R]) -> R:
    name = request.args.get("name", "")
    return need_found(next((one for one in known if one.name == name), None), f"there is nothing named {name}")
