"""The Bot API over HTTP: `/bot<token>/<method>`, and files at `/file/bot<token>/<path>`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Response, jsonify, request

from playground.served_files import serve
from playground.services.telegram.account_api import AccountApi
from playground.services.telegram.auth import Auth
from playground.services.telegram.bodies import Arguments, read_answer, read_call
from playground.services.telegram.business_api import BusinessApi
from playground.services.telegram.editing import Editing
from playground.services.telegram.errors import RefusedCall, describe
from playground.services.telegram.records import Bot, Json
from playground.services.telegram.sending import Sending
from playground.services.telegram.state import State

Answer = Json | list[Json] | bool
Method = Callable[[Bot, Arguments], Answer]


class BotRoutes:
    def __init__(
        self, state: State, auth: Auth, account: AccountApi, sending: Sending, editing: Editing, business: BusinessApi
    ) -> None:
        self._state = state
        self._auth = auth
        self._methods: Mapping[str, Method] = {
            **account.methods(),
            **sending.methods(),
            **editing.methods(),
            **business.methods(),
        }
        state.app.add_url_rule("/bot<token>/<method>", "call", self._serve, methods=["GET", "POST"])
        state.app.add_url_rule("/file/bot<token>/<path:path>", "download", self._serve_download)
        state.app.add_url_rule("/files/<file_id>/<name>", "file", self._serve_file)

    def _serve(self, token: str, method: str) -> Response:
        try:
            bot = self._auth.authenticate(token)
            arguments = read_call(method, request)
            with self._state.lock:
                result = self._methods[arguments.method](bot, arguments)
        except RefusedCall as refusal:
            self._state.annotate(str(refusal))
            return describe(refusal)
        response: Response = jsonify({"ok": True, **_wrap(result)})
        return response

    def perform(self, bot: Bot, call: Json) -> None:
        """The call in an answer to a webhook. Its result is nobody's to see, but the trace has it."""
        try:
            arguments = read_answer(call)
            if arguments is None:
                return
            with self._state.lock:
                self._methods[arguments.method](bot, arguments)
            status, note = 200, ""
        except RefusedCall as refusal:
            status, note = refusal.status, str(refusal)
        self._state.record("api", "POST", f"/bot…/{call['method']}", status, 0, note or "in the answer to a webhook")

    # --- files -------------------------------------------------------------------------------------------------------

    def _serve_download(self, token: str, path: str) -> Response:
        """For bots; the type of the file is not said."""
        try:
            self._auth.authenticate(token)
        except RefusedCall as refusal:
            return describe(refusal)
        file, ends_at = self._state.downloads.get(path, (None, None))
        if file is None or ends_at is None or self._state.timeline.now() >= ends_at:
            return describe(RefusedCall(404))
        return serve(file.content, "application/octet-stream")

    def _serve_file(self, file_id: str, name: str) -> Response:
        """For phones."""
        del name
        file = self._state.files.get(file_id)
        return serve(file.content, file.content_type) if file else Response("not found", 404)


def _wrap(result: Answer) -> Json:
    """Some methods say in words what they did."""
    if isinstance(result, dict) and result.keys() == {"result", "description"}:
        return result
    return {"result": result}
