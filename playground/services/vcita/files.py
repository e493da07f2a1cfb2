"""Files that the staff sends. Their addresses need no token."""

from __future__ import annotations

from flask import Response

from playground.served_files import keep_line, serve
from playground.services.vcita.state import State


class FileRoutes:
    def __init__(self, state: State) -> None:
        self._state = state
        state.app.add_url_rule("/files/<key>/<path:name>", "file", self.serve_file)

    def serve_file(self, key: str, name: str) -> Response:
        file = self._state.files.get(key)
        if file is None or keep_line(file.name) != name:
            return Response("Not found", 404, content_type="text/plain")
        return serve(file.data, file.content_type)
