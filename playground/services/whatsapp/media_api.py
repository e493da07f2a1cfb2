"""Files: uploaded in one step, downloaded in two.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from playground.services.whatsapp.calls import Call
from playground.services.whatsapp.errors import RefusedCall, missing, no_object
from playground.services.whatsapp.media_rules import check_upload, plain_type
from playground.services.whatsapp.records import Json, Media, Number
from playground.services.whatsapp.state import State

PATH = "/whatsapp_business/attachments/"
LIFE = timedelta(minutes=5)


class MediaApi:
    def __init__(self, state: State) -> None:
        self._state = state
        self._addresses: dict[str, tuple[Media, datetime]] = {}  #: by the address's own key

    def upload(self, number: Number, call: Call) -> Json:
        if call.values.get("messaging_product") != "whatsapp":
            raise missing("messaging_product")
        if call.upload is None:
            raise missing("file")
        content_type = str(call.values.get("type") or "")
        if not content_type:
            raise missing("type")
        if plain_type(content_type) != plain_type(call.upload.content_type):
            raise RefusedCall(100, title="Param file is of another type than param type")
        return {"id": self.add(number, call.upload.content, content_type, call.upload.name).id}

    def add(self, number: Number, content: bytes, content_type: str, name: str) -> Media:
        """A file of the business. Raises RefusedCall. The door of AWS reads it from a bucket."""
        check_upload(content_type, len(content))
        return self._state.store_media(number, content, content_type, name, is_ours=True)

    def find(self, media_id: str, number_id: str = "", method: str = "get") -> Media:
        """Raises RefusedCall for a file that there is not (any more), or that another number has."""
        media = self._state.media.get(media_id)
        if media is None or self._state.timeline.now() >= media.expires_at:
            raise no_object(media_id, method)
        if number_id and media.number != number_id:
            raise no_object(media_id, method)
        return media

    def show(self, media: Media) -> Json:
        return {
            "messaging_product": "whatsapp",
            "url": self.make_address(media),
            "mime_type": media.content_type,
            "sha256": hashlib.sha256(media.content).hexdigest(),
            "file_size": len(media.content),
            "id": media.id,
        }

    def make_address(self, media: Media) -> str:
        """Works for five minutes, with the access token."""
        key = f"{self._state.random.getrandbits(160):040x}"
        ends_at = self._state.timeline.now() + LIFE
        self._addresses[key] = (media, ends_at)
        return f"{self._state.base_url}{PATH}?mid={media.id}&ext={int(ends_at.timestamp())}&hash={key}"

    def open(self, media_id: str, key: str) -> Media | None:
        media, ends_at = self._addresses.get(key, (None, None))
        if media is None or ends_at is None or media.id != media_id or self._state.timeline.now() >= ends_at:
            return None
        return media if media.id in self._state.media else None

    def delete(self, media: Media) -> Json:
        del self._state.media[media.id]
        return {"success": True}
