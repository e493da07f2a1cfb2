"""The Graph API over HTTP, and the addresses of files."""

from __future__ import annotations

from flask import Response, jsonify, request

from playground.served_files import serve
from playground.services.whatsapp.account_api import AccountApi
from playground.services.whatsapp.auth import MANAGEMENT, MESSAGING, Auth, check_number
from playground.services.whatsapp.calls import Call, read_call
from playground.services.whatsapp.core import Core
from playground.services.whatsapp.errors import RefusedCall, describe, no_object
from playground.services.whatsapp.media_api import PATH
from playground.services.whatsapp.records import Json, Media, Number, Token
from playground.simulator import Simulator


class Routes:
    def __init__(self, simulator: Simulator, core: Core, auth: Auth, account: AccountApi) -> None:
        self._simulator = simulator
        self._core = core
        self._auth = auth
        self._account = account
        app = simulator.app
        app.add_url_rule("/files/<media_id>/<name>", "file", self._serve_file)
        app.add_url_rule(PATH, "download", self._serve_download)
        app.add_url_rule("/<path:path>", "call", self._serve, methods=["GET", "POST", "DELETE"])

    def _serve(self, path: str) -> Response:
        try:
            call = read_call(path, request)
            with self._core.state.lock:
                result = self._perform(call)
        except RefusedCall as refusal:
            self._simulator.annotate(f"{refusal.code} {refusal.details or refusal}")
            return describe(refusal)
        response: Response = jsonify(result)
        return response

    def _perform(self, call: Call) -> Json:
        if self._auth.is_app_token():
            return self._account.perform_for_app(call, self._auth.authenticate_app())
        token = self._auth.authenticate()
        state = self._core.state
        if call.edge != "messages" and state.quirks.other_refusals:
            raise RefusedCall(state.quirks.other_refusals.pop(0))
        if number := state.numbers.get(call.node):
            return self._perform_for_number(call, token, number)
        if media := state.media.get(call.node):
            return self._perform_for_media(call, token, media)
        return self._account.perform(call, token)

    def _perform_for_number(self, call: Call, token: Token, number: Number) -> Json:
        match call.method, call.edge:
            case "POST", "messages":
                check_number(token, number, MESSAGING)
                return self._core.send(number.id, call.values)
            case "POST", "media":
                check_number(token, number, MESSAGING)
                return self._core.media.upload(number, call)
            case _:
                check_number(token, number, MANAGEMENT)
                return self._account.numbers.perform(call, number)

    def _perform_for_media(self, call: Call, token: Token, media: Media) -> Json:
        number = self._core.state.numbers[media.number]
        check_number(token, number, MESSAGING)
        if call.edge or call.method == "POST":
            raise no_object(call.node, call.method)
        found = self._core.media.find(media.id, str(call.values.get("phone_number_id") or ""), call.method)
        return self._core.media.delete(found) if call.method == "DELETE" else self._core.media.show(found)

    # --- files -------------------------------------------------------------------------------------------------------

    def _serve_download(self) -> Response:
        """For who has the access token."""
        try:
            token = self._auth.authenticate()
            media = self._core.media.open(request.args.get("mid", ""), request.args.get("hash", ""))
            if media is None:
                return Response("Not Found", 404)
            check_number(token, self._core.state.numbers[media.number], MESSAGING)
        except RefusedCall as refusal:
            return describe(refusal)
        return serve(media.content, media.content_type)

    def _serve_file(self, media_id: str, name: str) -> Response:
        """For phones."""
        del name
        media = self._core.state.media.get(media_id)
        return serve(media.content, media.content_type) if media else Response("not found", 404)
