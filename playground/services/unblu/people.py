"""Virtual persons, and the contacts that API v4 ties to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from playground.services.unblu.bodies import ContactBody, PersonV3Body, PersonV4Body, read_body
from playground.services.unblu.errors import ApiProblem
from playground.services.unblu.gate import Answer, wants
from playground.services.unblu.queries import Columns, search
from playground.services.unblu.records import Channel, Contact, Json, Person, find

if TYPE_CHECKING:
    from playground.services.unblu.world import World

_COLUMNS: Columns = {
    "ID": ("Id", lambda one: one.id),
    "NAME": ("String", lambda one: one.name),
    "EXTERNAL_MESSENGER_CHANNEL_ID": ("Id", lambda one: one.channel.id),
    "SOURCE_ID": ("String", lambda one: one.source_id),
    "PERSON_ID": ("Id", lambda one: one.person.id),
}


class PeopleRoutes:
    def __init__(self, world: World) -> None:
        self._world = world
        gate, contacts = world.gate, "/externalmessengercontacts"
        gate.add("POST", "/persons/createOrUpdateVirtual", self.save_person)
        gate.add("GET", "/persons/getBySource", self.find_person, admin=False)
        gate.add_by_id("GET", "/persons/{id}read", self.read_person, admin_v4=False)
        gate.add("POST", f"{contacts}/create", self.create_contact, to="v4", admin=False)
        gate.add("POST", f"{contacts}/update", self.update_contact, to="v4", admin=False)
        gate.add("POST", f"{contacts}/search", self.search_contacts, to="v4")
        gate.add("GET", f"{contacts}/<uid>/read", self.read_contact, to="v4", admin=False)
        gate.add("DELETE", f"{contacts}/<uid>/delete", self.delete_contact, to="v4", admin=False)

    # --- persons -----------------------------------------------------------------------------------------------------

    def save_person(self) -> Json:
        """A virtual person is known by the source id; what the body leaves out is null afterwards."""
        body = read_body(PersonV4Body if self._world.generation == "v4" else PersonV3Body)
        person = self._world.virtual_person(body.source_id)
        if person is None:
            person = self._world.make_visitor(body.source_id)
            self._world.annotate("creates a person")
        person.profile = body.fields()
        person.metadata = body.metadata or {}
        return self._show(person)

    def find_person(self) -> Json:
        source, source_id = request.args.get("personSource"), request.args.get("sourceId")
        for person in self._world.people:
            if (person.source, person.source_id) == (source, source_id):
                return self._show(person)
        raise ApiProblem(404, "there is no such person")

    def read_person(self, uid: str) -> Json:
        return self._show(self._person(uid))

    def _person(self, uid: str) -> Person:
        found = find(self._world.people, uid)
        if found is None:
            raise ApiProblem(404, f"there is no person {uid}")
        return found

    def _show(self, person: Person) -> Json:
        return self._world.shapes.show_person(person, metadata=wants("metadata"))

    # --- contacts ----------------------------------------------------------------------------------------------------

    def create_contact(self) -> Json:
        body = read_body(ContactBody)
        channel, person = self._check(body)
        contact = self._world.make_contact(
            channel, body.source_id, person, name=body.name or "", description=body.description
        )
        self._world.annotate("creates a contact")
        return self._world.shapes.show_contact(contact)

    def update_contact(self) -> Json:
        body = read_body(ContactBody)
        contact = self.contact(body.id or "")
        if body.account_id != self._world.account:
            raise ApiProblem(400, "accountId: must be included, as it was read")
        contact.channel, contact.person = self._check(body, but=contact)
        contact.source_id, contact.name, contact.description = body.source_id, body.name or "", body.description
        contact.modified_at = self._world.timeline.now()
        return self._world.shapes.show_contact(contact)

    def _check(self, body: ContactBody, but: Contact | None = None) -> tuple[Channel, Person]:
        channel = find(self._world.channels, body.external_messenger_channel_id)
        if channel is None:
            raise ApiProblem(404, "externalMessengerChannelId: there is no such channel")
        person = self._person(body.person_id)
        if self._world.contact_of(channel, body.source_id) not in {None, but}:
            raise ApiProblem(self._world.habits.conflict_status, "sourceId: the channel has this contact already")
        return channel, person

    def search_contacts(self) -> Json:
        return search("ExternalMessengerContact", self._world.contacts, _COLUMNS, self._world.shapes.show_contact)

    def read_contact(self, uid: str) -> Json:
        return self._world.shapes.show_contact(self.contact(uid))

    def delete_contact(self, uid: str) -> Answer:
        contact = self.contact(uid)
        self._world.contacts.remove(contact)
        for conversation in self._world.conversations:
            for participant in conversation.participants:
                participant.gone = participant.gone or participant.contact is contact
        return None

    def contact(self, uid: str) -> Contact:
        found = find(self._world.contacts, uid)
        if found is None:
            raise ApiProblem(404, f"there is no external messenger contact {uid}")
        return found
