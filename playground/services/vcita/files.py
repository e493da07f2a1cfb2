"""Files that the staff sends: their addresses are open to whoever knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

from playground.served_files import keep_line, serve

if TYPE_CHECKING:
    from playground.services.vcita.world import World


class FileRoutes:
    def __init__(self, world: World) -> None:
        self._world = world
        world.app.add_url_rule("/files/<key>/<path:name>", "file", self.serve_file, methods=["GET"])

    def serve_file(self, key: str, name: str) -> Response:
        file = self._world.files.get(key)
        if file is None or keep_line(file.name) != name:
            return Response("Not found", 404, content_type="text/plain")
        return serve(file.data, file.content_type)
