"""Files: downloads for API users, and what the page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from playground.served_files import serve
from playground.services.unblu.errors import ApiProblem
from playground.services.unblu.records import StoredFile

if TYPE_CHECKING:
    from playground.services.unblu.world import World


class FileRoutes:
    """A download wants basic authentication, and a file that is being scanned is given to nobody."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.app.add_url_rule("/app/rest/<generation>/files/<key>/<path:name>", "download", self.download)
        world.app.add_url_rule("/app/desk/files/<key>", "desk file", self.open_at_desk)
        world.app.add_url_rule("/files/<key>/<path:name>", "file", self.show)

    def download(self, generation: str, key: str, name: str) -> BaseResponse:  # noqa: ARG002  (the name is for people)
        world = self._world
        if request.method == "HEAD" and world.habits.head_status:
            raise ApiProblem(world.habits.head_status, "this method is not known here")
        if generation != world.generation:
            raise ApiProblem(404, f"there is no API {generation} here")
        world.gate.authenticate()
        file = self._find(key)
        if world.timeline.now() < file.ready_at:
            raise ApiProblem(403, "the file is being scanned")
        if world.habits.downloads_redirect_to:
            return redirect(world.habits.downloads_redirect_to)
        return _serve(file)

    def open_at_desk(self, key: str) -> Response:
        """The agents' own link, good for their session alone."""
        self._find(key)
        raise ApiProblem(403, "this link is for agents who are logged in")

    def show(self, key: str, name: str) -> Response:  # noqa: ARG002
        """The page stands for the agent's screen: its pictures need no password."""
        return _serve(self._find(key))

    def _find(self, key: str) -> StoredFile:
        file = self._world.files.get(key)
        if file is None:
            raise ApiProblem(404, "there is no such file")
        return file


def _serve(file: StoredFile) -> Response:
    return serve(file.data, file.content_type)
