"""Files: uploaded through the API, attached by agents, downloaded by anybody or with the token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, request

from playground.served_files import serve
from playground.services.freshchat.bodies import ApiProblem

if TYPE_CHECKING:
    from playground.services.freshchat.world import World

_FILE_LIMIT = 25 * 1024 * 1024


class Files:
    def __init__(self, world: World) -> None:
        self._world = world

    def upload_image(self) -> dict[str, object]:
        key = self._store(self._world.image_field, "image/")
        url = self._world.file_url(key)
        content_type = self._world.account.files[key].content_type
        return {"url": url, "thumbnail": {"url": url}, "width": 640, "height": 480, "content_type": content_type}

    def upload_file(self) -> dict[str, object]:
        key = self._store("file", "")
        file = self._world.account.files[key]
        answer: dict[str, object] = {
            "file_hash": key,
            "file_name": file.name,
            "file_size": len(file.data),
            "file_content_type": file.content_type,
        }
        return {"file": answer} if self._world.nested_uploads else answer

    def _store(self, field_name: str, content_type: str) -> str:
        if request.mimetype != "multipart/form-data":
            raise ApiProblem(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type must be multipart/form-data")
        upload = request.files.get(field_name)
        if upload is None:
            raise ApiProblem(400, "INVALID_VALUE", f"the field {field_name} is missing")
        data = upload.read()
        if not data or not (upload.mimetype or "").startswith(content_type):
            raise ApiProblem(400, "INVALID_VALUE", "the file is empty or of a wrong type")
        if len(data) > _FILE_LIMIT:
            raise ApiProblem(413, "PAYLOAD_TOO_LARGE", "the file is too large")
        return self._world.store_file(upload.filename or "file", upload.mimetype or "", data)

    def serve_file(self, key: str, name: str) -> Response:  # noqa: ARG002  (the name is for people)
        if self._world.protect_files:
            self._world.authenticate()
        file = self._world.account.files.get(key)
        if file is None:
            raise ApiProblem(404, "NOT_FOUND", "file not found")
        return serve(file.data, file.content_type)
