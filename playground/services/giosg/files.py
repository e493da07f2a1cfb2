"""Files of agents: kept with their messages, downloaded with an API token."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, request

from playground.served_files import serve, write_name
from playground.services.giosg.auth import Auth
from playground.services.giosg.errors import ApiError
from playground.services.giosg.records import StoredFile
from playground.services.giosg.state import State


class FileRoutes:
    """Visitors' messages have no attachments, so only agents' files are here."""

    def __init__(self, state: State, auth: Auth) -> None:
        self._state = state
        self._auth = auth
        state.app.add_url_rule("/downloads/<file_id>/<path:name>", "download", self.download)
        state.app.add_url_rule("/files/<file_id>/<path:name>", "file", self.show)

    def download(self, file_id: str, name: str) -> Response:  # noqa: ARG002  (the name is for people)
        """Giosg: a message may be there before its file is."""
        quirks = self._state.quirks
        if request.method == "HEAD" and quirks.head_status:
            raise ApiError(quirks.head_status)
        self._auth.authenticate_user()
        file = self._state.files.get(file_id)
        if file is None or self._state.timeline.now() < file.ready_at:
            raise ApiError(404)
        return serve(file.data, file.content_type)

    def show(self, file_id: str, name: str) -> Response:  # noqa: ARG002
        """The page stands for the agent's screen: its images need no token."""
        file = self._state.files.get(file_id)
        if file is None:
            raise ApiError(404)
        return serve(file.data, file.content_type)


def keep_file(state: State, name: str, content_type: str, data: bytes) -> StoredFile:
    file = StoredFile(
        id=state.make_id(),
        name=name,
        content_type=content_type,
        data=data,
        ready_at=state.timeline.now() + timedelta(seconds=state.quirks.late_files),
    )
    state.files[file.id] = file
    return file


def download_url(state: State, file: StoredFile) -> str:
    return f"{state.base_url}/downloads/{file.id}/{write_name(file.name)}"


def find_file(state: State, url: str | None) -> StoredFile | None:
    """The file that has this download address; None for other addresses."""
    downloads = f"{state.base_url}/downloads/"
    if not url or not url.startswith(downloads):
        return None
    return state.files.get(url.removeprefix(downloads).split("/")[0])


def page_url(state: State, url: str) -> str:
    """Where the page finds what has a download address; other addresses stay as they are."""
    file = find_file(state, url)
    return f"{state.base_url}/files/{file.id}/{write_name(file.name)}" if file else url
