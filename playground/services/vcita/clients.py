"""The platform API: clients of a business."""

from __future__ import annotations

from flask import request

from playground.services.vcita.actions import Actions
from playground.services.vcita.auth import Answer, Auth
from playground.services.vcita.bodies import ClientBody, read_body
from playground.services.vcita.errors import ApiError
from playground.services.vcita.records import Client, Json, Token
from playground.services.vcita.serializers import show_client
from playground.services.vcita.state import State


class ClientRoutes:
    def __init__(self, state: State, auth: Auth, actions: Actions) -> None:
        self._state = state
        self._auth = auth
        self._actions = actions
        path = "/platform/v1/clients"
        state.app.add_url_rule(path, "list clients", auth.guard(self.list_clients), methods=["GET"])
        state.app.add_url_rule(path, "create client", auth.guard(self.create_client), methods=["POST"])

    def list_clients(self, token: Token) -> Answer:
        business = self._auth.business_of(token)
        by, term = request.args.get("search_by", ""), request.args.get("search_term", "")
        if bool(by) != bool(term) or by not in {"", "phone", "email"}:
            raise ApiError(422, "invalid", "search_by is phone or email, and search_term what to look for")
        found = [client for client in business.clients if not by or _matches(client, by, term)]
        page, size = _read_number("page", 1, 10**6), _read_number("per_page", 25, 100)
        shown = [self._show(client) for client in found[(page - 1) * size : page * size]]
        return {"status": "OK", "data": {"clients": shown}}

    def create_client(self, token: Token) -> Answer:
        business = self._auth.business_of(token)
        profile = read_body(ClientBody, 422).model_dump(exclude_none=True)
        email = profile.get("email", "").lower()
        if email and any(client.email.lower() == email for client in business.clients):
            raise ApiError(409, "already_exists", "a client with this email exists")
        client = self._actions.create_client(business, profile)
        self._state.annotate("creates a client")
        # vcita: the token lets the client into the business's portal
        return {"status": "OK", "data": {"client": self._show(client), "token": self._state.make_secret()}}, 201

    def _show(self, client: Client) -> Json:
        return show_client(client, normalizes_phones=self._state.quirks.normalizes_phones)


def _matches(client: Client, by: str, term: str) -> bool:
    """vcita's search compares text: part of a number finds the number, another spelling of it does not."""
    return term in client.phone if by == "phone" else term.lower() in client.email.lower()


def _read_number(name: str, usual: int, most: int) -> int:
    text = request.args.get(name, str(usual))
    if not (text.isdecimal() and 1 <= int(text) <= most):
        raise ApiError(422, "invalid", f"{name} is a number from 1 to {most}")
    return int(text)
