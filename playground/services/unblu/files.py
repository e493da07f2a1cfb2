"""Files: downloads for API users, and what the page shows."""

from __future__ import annotations

from flask import Response, request

from playground.served_files import serve
from playground.services.unblu.auth import Auth
from playground.services.unblu.errors import ApiProblem, need_found
from playground.services.unblu.records import StoredFile
from playground.services.unblu.state import State


class FileRoutes:
    """A download wants basic authentication, and a file that is being scanned is refused."""

    def __init__(self, state: State, auth: Auth) -> None:
        self._state = state
        self._auth = auth
        state.app.add_url_rule("/app/rest/<generation>/files/<key>/<path:name>", "download", self.download)
        state.app.add_url_rule("/app/desk/files/<key>", "desk file", self.open_at_desk)
        state.app.add_url_rule("/files/<key>/<path:name>", "file", self.show)

    def download(self, generation: str, key: str, name: str) -> Response:  # noqa: ARG002  (the name is for people)
        state = self._state
        if request.method == "HEAD" and state.quirks.head_status:
            raise ApiProblem(state.quirks.head_status, "this method is not known here")
        if generation != state.generation:
            raise ApiProblem(404, f"there is no API {generation} here")
        self._auth.authenticate()
        file = self._find(key)
        if state.timeline.now() < file.ready_at:
            raise ApiProblem(403, "the file is being scanned")
        return _serve(file)

    def open_at_desk(self, key: str) -> Response:
        """The agents' own link, which is good only for their session."""
        self._find(key)
        raise ApiProblem(403, "this link is for agents who are logged in")

    def show(self, key: str, name: str) -> Response:  # noqa: ARG002
        """The page stands for the agent's screen: its images need no password."""
        return _serve(self._find(key))

    def _find(self, key: str) -> StoredFile:
        return need_found(self._state.files.get(key), "there is no such file")


def _serve(file: StoredFile) -> Response:
    return serve(file.data, file.content_type)
