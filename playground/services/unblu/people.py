"""Virtual persons, and the contacts that API v4 ties to them."""

from __future__ import annotations

from playground.services.unblu.auth import Auth
from playground.services.unblu.bodies import ContactBody, PersonBody, read_body
from playground.services.unblu.errors import ApiProblem, need_found
from playground.services.unblu.queries import Columns, search
from playground.services.unblu.records import Json, Person, find
from playground.services.unblu.serializers import Serializers
from playground.services.unblu.state import State

_COLUMNS: Columns = {
    "EXTERNAL_MESSENGER_CHANNEL_ID": ("Id", lambda one: one.channel.id),
    "SOURCE_ID": ("String", lambda one: one.source_id),
}


class PeopleRoutes:
    def __init__(self, state: State, auth: Auth, serializers: Serializers) -> None:
        self._state = state
        self._serializers = serializers
        contacts = "/externalmessengercontacts"
        auth.add("POST", "/persons/createOrUpdateVirtual", self.save_person)
        auth.add_by_query("GET", "/persons/read", self.read_person)
        auth.add("POST", f"{contacts}/create", self.create_contact, to="v4", admin=False)
        auth.add("POST", f"{contacts}/search", self.search_contacts, to="v4")
        auth.add("GET", f"{contacts}/<uid>/read", self.read_contact, to="v4", admin=False)

    # --- persons -----------------------------------------------------------------------------------------------------

    def save_person(self) -> Json:
        """A virtual person is known by the source id; what the body leaves out is null afterwards."""
        body = read_body(PersonBody)
        person = self._state.virtual_person(body.source_id)
        if person is None:
            person = self._state.make_visitor(body.source_id)
            self._state.annotate("creates a person")
        person.profile = body.fields()
        return self._show(person)

    def read_person(self, uid: str) -> Json:
        return self._show(self._person(uid))

    def _person(self, uid: str) -> Person:
        return need_found(find(self._state.people, uid), f"there is no person {uid}")

    def _show(self, person: Person) -> Json:
        return self._serializers.show_person(person)

    # --- contacts ----------------------------------------------------------------------------------------------------

    def create_contact(self) -> Json:
        body = read_body(ContactBody)
        channel = need_found(
            find(self._state.channels, body.external_messenger_channel_id),
            "externalMessengerChannelId: there is no such channel",
        )
        person = self._person(body.person_id)
        if self._state.contact_of(channel, body.source_id):
            raise ApiProblem(self._state.quirks.conflict_status, "sourceId: the channel has this contact already")
        contact = self._state.make_contact(
            channel, body.source_id, person, name=body.name or "", description=body.description
        )
        self._state.annotate("creates a contact")
        return self._serializers.show_contact(contact)

    def search_contacts(self) -> Json:
        return search("ExternalMessengerContact", self._state.contacts, _COLUMNS, self._serializers.show_contact)

    def read_contact(self, uid: str) -> Json:
        found = need_found(find(self._state.contacts, uid), f"there is no external messenger contact {uid}")
        return self._serializers.show_contact(found)
