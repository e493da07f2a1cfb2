"""The platform API: clients and staff of a business."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import request

from playground.services.vcita.bodies import ClientBody, read_body
from playground.services.vcita.envelopes import ApiProblem
from playground.services.vcita.gate import Answer
from playground.services.vcita.records import Client, Json, Token

if TYPE_CHECKING:
    from playground.services.vcita.world import World


class ClientRoutes:
    def __init__(self, world: World) -> None:
        self._world = world
        for method, path, answer in (
            ("GET", "/clients", self.list_clients),
            ("POST", "/clients", self.create_client),
            ("GET", "/clients/<uid>", self.show_client),
            ("GET", "/businesses/<business_uid>/staffs", self.list_staff),
            ("GET", "/businesses/<business_uid>/staffs/<uid>", self.show_staff),
        ):
            view = world.gate.guard(answer)
            world.app.add_url_rule(f"/platform/v1{path}", f"platform {method} {path}", view, methods=[method])

    # --- clients -----------------------------------------------------------------------------------------------------

    def list_clients(self, token: Token) -> Answer:
        business = self._world.gate.business_of(token)
        by, term = request.args.get("search_by", ""), request.args.get("search_term", "")
        if bool(by) != bool(term) or by not in {"", "phone", "email", "uid"}:
            raise ApiProblem(422, "invalid", "search_by is phone, email or uid, and search_term what to look for")
        found = [client for client in business.clients if not by or _matches(client, by, term)]
        page, size = _read_number("page", 1, 10**6), _read_number("per_page", 25, 100)
        shown = [self._show(client) for client in found[(page - 1) * size : page * size]]
        return {"status": "OK", "data": {"clients": shown}}

    def create_client(self, token: Token) -> Answer:
        business = self._world.gate.business_of(token)
        profile = read_body(ClientBody, 422).model_dump(exclude_none=True)
        email = profile.get("email", "").lower()
        if email and any(client.email.lower() == email for client in business.clients):
            raise ApiProblem(409, "already_exists", "a client with this email exists")
        client = self._world.make_client(business, profile)
        self._world.annotate("creates a client")
        # vcita: the token lets the client into the business's portal
        return {"status": "OK", "data": {"client": self._show(client), "token": self._world.make_secret()}}, 201

    def show_client(self, token: Token, uid: str) -> Answer:
        business = self._world.gate.business_of(token)
        client = next((found for found in business.clients if found.uid == uid), None)
        if client is None:
            raise ApiProblem(404, "invalid", "Client not found")
        shown = {**self._show(client), "matters": [{"uid": client.matter_uid, "display_name": client.name}]}
        return {"status": "OK", "data": {"client": shown}}

    def _show(self, client: Client) -> Json:
        normal = re.sub(r"[^\d+]", "", client.phone) if self._world.habits.normalizes_phones else ""
        return {
            "id": client.uid,
            "first_name": client.profile.get("first_name"),
            "last_name": client.profile.get("last_name"),
            "email": client.email or None,
            "mobile_phone": client.phone or None,
            "normalized_phone": normal or None,
            "status": client.profile.get("status", "lead"),
            "source_name": client.profile.get("source_name"),
            "created_at": client.created_at.isoformat(timespec="milliseconds"),
        }

    # --- staff -------------------------------------------------------------------------------------------------------

    def list_staff(self, token: Token, business_uid: str) -> Answer:
        business = self._world.gate.check_business(token, business_uid)
        return {"status": "OK", "data": {"staff": [staff.show() for staff in business.staff]}}

    def show_staff(self, token: Token, business_uid: str, uid: str) -> Answer:
        """vcita: one staff member comes as a list too."""
        found = [
            staff.show() for staff in self._world.gate.check_business(token, business_uid).staff if staff.uid == uid
        ]
        if not found:
            raise ApiProblem(404, "invalid", "Staff not found")
        return {"status": "OK", "data": {"staff": found}}


def _matches(client: Client, by: str, term: str) -> bool:
    """vcita's search compares text: part of a number finds the number, another spelling of it does not."""
    if by == "uid":
        return term in {client.uid, client.matter_uid}
    return term in client.phone if by == "phone" else term.lower() in client.email.lower()


def _read_number(name: str, usual: int, most: int) -> int:
    text = request.args.get(name, str(usual))
    if not (text.isdecimal() and 1 <= int(text) <= most):
        raise ApiProblem(422, "invalid", f"{name} is a number from 1 to {most}")
    return int(text)
