"""Channels and webhook registrations: whom Unblu sends to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from playground.services.unblu.bodies import (
    ChannelBody,
    ChannelPingBody,
    ChannelV4Body,
    RegistrationBody,
    RegistrationPingBody,
    Versioned,
    read_body,
)
from playground.services.unblu.errors import ApiProblem
from playground.services.unblu.gate import Answer, wants
from playground.services.unblu.queries import search
from playground.services.unblu.records import Channel, Json, Receiver, Registration, find

if TYPE_CHECKING:
    from playground.services.unblu.world import World


class ReceiverRoutes:
    def __init__(self, world: World) -> None:
        self._world = world
        self._add_channels()
        self._add_registrations()

    def _add_channels(self) -> None:
        gate, root = self._world.gate, "/externalmessengers"
        gate.add("POST", f"{root}/create", self.create_channel)
        gate.add("POST", f"{root}/update", self.update_channel)
        gate.add("GET", f"{root}/getByName", self.name_channel)
        gate.add("POST", f"{root}/search", self.search_channels)
        gate.add("POST", f"{root}/searchCustom", self.search_custom_channels, to="v4")
        gate.add_by_id("GET", f"{root}/{{id}}read", self.read_channel, admin_v4=False)
        gate.add_by_id("DELETE", f"{root}/{{id}}delete", self.delete_channel)
        gate.add("POST", f"{root}/<uid>/sendPing", self.ping_channel, to="v4", locked=False)
        gate.add("POST", f"{root}/pingCustomChannel", self.ping_channel_v3, to="v3", locked=False)

    def _add_registrations(self) -> None:
        gate, root = self._world.gate, "/webhookregistrations"
        gate.add("POST", f"{root}/create", self.create_registration)
        gate.add("POST", f"{root}/update", self.update_registration)
        gate.add("GET", f"{root}/getByName", self.name_registration)
        gate.add_by_id("GET", f"{root}/{{id}}read", self.read_registration)
        gate.add_by_id("DELETE", f"{root}/{{id}}delete", self.delete_registration)
        gate.add("POST", f"{root}/<uid>/sendPing", self.ping_registration, to="v4", locked=False)
        gate.add("POST", f"{root}/ping", self.ping_registration_v3, to="v3", locked=False)

    # --- channels ----------------------------------------------------------------------------------------------------

    def create_channel(self) -> Json:
        body = self._read_channel()
        self._check_name(self._world.channels, body.name)
        now = self._world.timeline.now()
        channel = Channel(
            id=self._world.make_id(),
            created_at=now,
            modified_at=now,
            fields=body.fields(),
            metadata=body.metadata or {},
        )
        self._world.channels.append(channel)
        self._world.annotate("creates a channel")
        return self._show(channel)

    def update_channel(self) -> Json:
        body = self._read_channel()
        channel = self._check_update(self._world.channels, body, body.name)
        channel.metadata = body.metadata or {}
        self._apply(channel, body)
        return self._show(channel)

    def _read_channel(self) -> ChannelBody:
        return read_body(ChannelV4Body if self._world.generation == "v4" else ChannelBody)

    def name_channel(self) -> Json:
        return self._show(_named(self._world.channels))

    def read_channel(self, uid: str) -> Json:
        return self._show(self.channel(uid))

    def search_channels(self) -> Json:
        return self._search("ExternalMessengerChannel")

    def search_custom_channels(self) -> Json:
        return self._search("CustomExternalMessengerChannel")

    def _search(self, entity: str) -> Json:
        return search(entity, self._world.channels, {"NAME": ("String", lambda one: one.name)}, self._show)

    def delete_channel(self, uid: str) -> Answer:
        """Unblu: its conversations end as soon as they are activated again."""
        self._world.remove_channel(self.channel(uid))
        return None

    def ping_channel(self, uid: str) -> Json:
        with self._world.lock:
            channel = self.channel(uid)
        return {"$_type": "PingResponse", "pingId": self._world.teller.ping(channel)}

    def ping_channel_v3(self) -> Answer:
        with self._world.lock:
            channel = self.channel(read_body(ChannelPingBody).external_messenger_channel_id)
        self._world.teller.ping(channel)
        return None

    def channel(self, uid: str) -> Channel:
        found = find(self._world.channels, uid)
        if found is None:
            raise ApiProblem(404, f"there is no external messenger channel {uid}")
        return found

    def _show(self, channel: Channel) -> Json:
        return self._world.shapes.show_channel(channel, metadata=wants("metadata"))

    # --- registrations -----------------------------------------------------------------------------------------------

    def create_registration(self) -> Json:
        body = read_body(RegistrationBody)
        self._check_name(self._world.registrations, body.name)
        now = self._world.timeline.now()
        made = Registration(id=self._world.make_id(), created_at=now, modified_at=now, fields=body.fields())
        self._world.registrations.append(made)
        self._world.annotate("registers a webhook")
        return self._world.shapes.show_registration(made)

    def update_registration(self) -> Json:
        body = read_body(RegistrationBody)
        registration = self._check_update(self._world.registrations, body, body.name)
        self._apply(registration, body)
        return self._world.shapes.show_registration(registration)

    def name_registration(self) -> Json:
        return self._world.shapes.show_registration(_named(self._world.registrations))

    def read_registration(self, uid: str) -> Json:
        return self._world.shapes.show_registration(self.registration(uid))

    def delete_registration(self, uid: str) -> Answer:
        self._world.registrations.remove(self.registration(uid))
        return None

    def ping_registration(self, uid: str) -> Answer:
        with self._world.lock:
            registration = self.registration(uid)
        self._world.teller.ping(registration)
        return None

    def ping_registration_v3(self) -> Answer:
        return self.ping_registration(read_body(RegistrationPingBody).id)

    def registration(self, uid: str) -> Registration:
        found = find(self._world.registrations, uid)
        if found is None:
            raise ApiProblem(404, f"there is no webhook registration {uid}")
        return found

    # --- both --------------------------------------------------------------------------------------------------------

    def _check_name(self, known: list[Channel] | list[Registration], name: str, but: Receiver | None = None) -> None:
        if any(one.name == name and one is not but for one in known):
            raise ApiProblem(self._world.habits.conflict_status, f"the name {name} is taken")

    def _check_update[R: (Channel, Registration)](self, known: list[R], body: Versioned, name: str) -> R:
        """The receiver that `body` changes. Unblu: an update must be based on the newest version."""
        found = find(known, body.id)
        if found is None:
            raise ApiProblem(404, "there is nothing with this id to update")
        if body.account_id != self._world.account:
            raise ApiProblem(400, "accountId: must be included, as it was read")
        if body.version != found.version:
            raise ApiProblem(self._world.habits.conflict_status, "version: it was changed in the meantime")
        self._check_name(known, name, but=found)
        return found

    def _apply(self, receiver: Receiver, body: ChannelBody | RegistrationBody) -> None:
        """The whole entity is replaced: what the body leaves out is null afterwards."""
        receiver.fields = body.fields()
        receiver.version += 1
        receiver.modified_at = self._world.timeline.now()
        if receiver.status == "ACTIVE":
            self._world.outbox.resume(receiver)


def _named[R: (Channel, Registration)](known: list[R]) -> R:
    name = request.args.get("name", "")
    for one in known:
        if one.name == name:
            return one
    raise ApiProblem(404, f"there is nothing named {name}")
