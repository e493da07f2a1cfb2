"""Files: uploaded through the API, attached by agents, downloaded without a token."""

from __future__ import annotations

from flask import Response, request

from playground.served_files import serve
from playground.services.freshchat.auth import Auth
from playground.services.freshchat.errors import ApiError, invalid
from playground.services.freshchat.state import State

_FILE_LIMIT = 25 * 1024 * 1024


class Files:
    def __init__(self, state: State, auth: Auth) -> None:
        self._state = state
        for kind, answer in (("images", self.upload_image), ("files", self.upload_file)):
            path = f"/v2/{kind}/upload"
            state.app.add_url_rule(path, f"POST {path}", auth.guard(answer), methods=["POST"])
        state.app.add_url_rule("/files/<key>/<path:name>", "file", self.serve_file)

    def upload_image(self) -> dict[str, object]:
        key = self._store(self._state.quirks.image_field, "image/")
        url = self._state.file_url(key)
        content_type = self._state.files[key].content_type
        return {"url": url, "thumbnail": {"url": url}, "width": 640, "height": 480, "content_type": content_type}

    def upload_file(self) -> dict[str, object]:
        key = self._store("file", "")
        file = self._state.files[key]
        answer: dict[str, object] = {
            "file_hash": key,
            "file_name": file.name,
            "file_size": len(file.data),
            "file_content_type": file.content_type,
        }
        return {"file": answer} if self._state.quirks.nested_uploads else answer

    def _store(self, field_name: str, content_type: str) -> str:
        if request.mimetype != "multipart/form-data":
            raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be multipart/form-data")
        upload = request.files.get(field_name)
        if upload is None:
            raise invalid(f"the field {field_name} is missing")
        data = upload.read()
        if not data or not (upload.mimetype or "").startswith(content_type):
            raise invalid("the file is empty or of a wrong type")
        if len(data) > _FILE_LIMIT:
            raise ApiError(413, "PAYLOAD_TOO_LARGE", "the file is too large")
        return self._state.store_file(upload.filename or "file", upload.mimetype or "", data)

    def serve_file(self, key: str, name: str) -> Response:  # noqa: ARG002  (the name is for people)
        file = self._state.files.get(key)
        if file is None:
            raise ApiError(404, "NOT_FOUND", "file not found")
        return serve(file.data, file.content_type)
