"""Files: announced to the API, uploaded to a store of their own, downloaded by members of the conversation."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Response, request

from playground.served_files import serve, write_name
from playground.services.giosg.gate import Answer
from playground.services.giosg.problems import ApiProblem, need_text, read_body, read_count, wrong_field
from playground.services.giosg.records import Json, StoredFile

if TYPE_CHECKING:
    from playground.services.giosg.world import World


class FileRoutes:
    """Only people of the organization upload: visitors' messages have no attachments."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.gate.add_office("POST", "/orgs/<org_id>/uploads", self.announce)
        world.app.add_url_rule("/uploads", "upload", self.upload, methods=["POST"])
        world.app.add_url_rule("/downloads/<file_id>/<path:name>", "download", self.download)
        world.app.add_url_rule("/files/<file_id>/<path:name>", "file", self.show)

    def announce(self) -> Answer:
        """Where to send the bytes, and where they will be found."""
        world, body = self._world, read_body()
        size = read_count(body, "file_size")
        if size is None:
            raise wrong_field("file_size", "This field is required.")
        name, content_type = need_text(body, "original_file_name"), need_text(body, "content_type")
        file = keep_file(world, name, content_type, size, need_text(body, "file_hash"))
        fields: Json = {"key": file.id, "Content-Type": content_type, "Content-MD5": file.file_hash, "acl": "private"}
        return {
            "id": file.id,
            "original_file_name": file.name,
            "file_size": file.size,
            "content_type": file.content_type,
            "file_hash": file.file_hash,
            "created_at": world.shapes.time(file.created_at),
            "upload_url": {"url": f"{world.base_url}/uploads", "fields": fields},
            "download_url": download_url(world, file),
        }, 201

    def upload(self) -> Response:
        """As S3 takes a form: the bytes must be those that were announced."""
        upload, file = request.files.get("file"), self._world.files.get(request.form.get("key", ""))
        if upload is None or file is None or file.data is not None:
            return Response("<Error><Code>AccessDenied</Code></Error>", 403, content_type="application/xml")
        data = upload.read()
        if hash_file(data) != file.file_hash or len(data) != file.size:
            return Response("<Error><Code>BadDigest</Code></Error>", 400, content_type="application/xml")
        file.data = data
        return Response(status=204)

    def download(self, file_id: str, name: str) -> Response:  # noqa: ARG002  (the name is for people)
        """Giosg: a message may be there before its file is."""
        world = self._world
        if request.method == "HEAD" and world.habits.head_status:
            raise ApiProblem(world.habits.head_status)
        if world.habits.files_want_token:
            world.gate.authenticate_user()
        file = world.files.get(file_id)
        if file is None or world.timeline.now() < file.ready_at:
            raise ApiProblem(404)
        return _serve(file)

    def show(self, file_id: str, name: str) -> Response:  # noqa: ARG002
        """The page stands for the agent's screen: its pictures need no token."""
        file = self._world.files.get(file_id)
        if file is None:
            raise ApiProblem(404)
        return _serve(file)


def _serve(file: StoredFile) -> Response:
    if file.data is None:
        raise ApiProblem(404)
    return serve(file.data, file.content_type)


def keep_file(world: World, name: str, content_type: str, size: int, file_hash: str) -> StoredFile:
    """A file without its bytes."""
    now = world.timeline.now()
    file = StoredFile(
        id=world.make_id(),
        name=name,
        content_type=content_type,
        size=size,
        file_hash=file_hash,
        created_at=now,
        ready_at=now + timedelta(seconds=world.habits.late_files),
    )
    world.files[file.id] = file
    return file


def hash_file(data: bytes) -> str:
    """Base64 of the MD5, as the store wants it."""
    return base64.b64encode(hashlib.md5(data, usedforsecurity=False).digest()).decode()


def download_url(world: World, file: StoredFile) -> str:
    return f"{world.base_url}/downloads/{file.id}/{write_name(file.name)}"


def find_file(world: World, url: str | None) -> StoredFile | None:
    """The file that has this download address; None for other addresses."""
    downloads = f"{world.base_url}/downloads/"
    if not url or not url.startswith(downloads):
        return None
    return world.files.get(url.removeprefix(downloads).split("/")[0])


def page_url(world: World, url: str) -> str:
    """Where the page finds what has a download address; other addresses stay as they are."""
    file = find_file(world, url)
    return f"{world.base_url}/files/{file.id}/{write_name(file.name)}" if file else url
