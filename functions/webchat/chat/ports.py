"""What the web chat asks of the world. AWS and memory pass the same tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from chat.model import Chat, Entry, Form, Listener, Stored, Subscription, Upload, Visitor
from patchbay.domain.hazards import Hazard


class NotNotified(Exception):
    """The bridge did not take a note: it must be told again."""


class Bridge(Protocol):
    def tell(self, webhook_token: str, body: bytes, signature: str) -> None:
        """Hands over a note as the bridge's webhooks are signed. Raises NotTold."""


MOST_CHATS = 20  #: of one visitor, each of which their list reads


class Visitors(Protocol):
    """Nothing is found once its time (`until`) is over; the same holds for chats, entries and uploads."""

    def visitor(self, site: str, visitor: str) -> Visitor | None:
        """Consistent."""

    def save_visitor(self, site: str, visitor: Visitor) -> None: ...

    def renew(self, chat: Chat) -> None:
        """Keeps the visitor, unless they are revoked, and the chat among theirs as long as the chat itself."""

    def forget_visitor(self, site: str, visitor: str) -> None:
        """With their open pages, which get no further updates."""

    def chats_of(self, site: str, visitor: str) -> Sequence[Chat]:
        """The chats that are not gone, erased ones too; at most MOST_CHATS."""


class Chats(Protocol):
    def start(self, chat: Chat) -> Chat:
        """Raises Conflict when the site has a chat of that id, or its visitor is unknown or revoked."""

    def chat(self, site: str, chat_id: str) -> Chat | None:
        """Consistent. An erased one is found until it is gone."""

    def save(
        self, chat: Chat, *, new: Entry | None = None, changed: Entry | None = None, gone: Entry | None = None
    ) -> Chat:
        """Writes the chat and its entries and takes away the one that is `gone`, all or nothing.

        The answer has the next version. Raises Conflict when the stored one is not `chat.version`, or when the id of
        the `new` entry was used before.
        """

    def entry(self, chat: Chat, entry_id: str) -> tuple[Entry | None, bool]:
        """The entry, and whether its id was ever used: an erased entry leaves its id behind. Consistent."""

    def entries(self, chat: Chat, *, first: int = 1, last: int | None = None, most: int = 200) -> Sequence[Entry]:
        """Those from position `first` to `last`, in order; the latest `most` when there are more. Consistent.

        What the chat was cleared of is in none of these answers, though it may not be taken away yet.
        """

    def sweep(self, chat: Chat) -> None:
        """Takes away the entries that the chat was cleared of, and its uploads."""

    def erase(self, chat: Chat) -> None:
        """Takes away all that is left of an erased chat, the chat itself last."""

    def uploads(self, chat: Chat) -> Sequence[Upload]:
        """Those that may still be in the store, posted or not, also when their time is over."""

    def save_upload(self, site: str, upload: Upload) -> None: ...

    def upload(self, site: str, chat_id: str, upload_id: str) -> Upload | None: ...


class Listeners(Protocol):
    """The open pages of visitors. What is over is not found, as with chats."""

    def add_listener(self, site: str, visitor: str, listener: Listener) -> None:
        """Raises Conflict when its ticket was used before."""

    def listeners(self, site: str, visitor: str) -> Sequence[Listener]:
        """Consistent, in no order."""

    def remove_listener(self, site: str, visitor: str, listener: Listener) -> None: ...


class NotSent(Exception):
    """An update may not have arrived. The text names the kind of failure."""


class Channel(Protocol):
    def send(self, connection: str, update: bytes) -> bool:
        """False when there is no such connection, or none any more. Raises NotSent."""


class Subscriptions(Protocol):
    """Of visitors' browsers to notifications."""

    def subscriptions(self, site: str, visitor: str) -> Sequence[Subscription]: ...

    def save_subscription(self, site: str, visitor: str, subscription: Subscription) -> None:
        """Raises Conflict when the visitor is unknown or revoked: nothing of theirs may be kept."""

    def forget_subscription(self, site: str, visitor: str, subscription_id: str) -> None: ...


class PushFailed(Exception):
    """A push service was not reached, or gave no answer in time. The text quotes no address."""


class PushServices(Protocol):
    @property
    def local(self) -> bool:
        """Whether a service on this machine may be called, over plain http."""

    def post(self, address: str, headers: Mapping[str, str], body: bytes, seconds: float) -> int:
        """The status of the answer, which comes in so many seconds or not at all. Raises PushFailed."""


class Files(Protocol):
    @property
    def origin(self) -> str:
        """The origin that browsers post files to, and are sent to for them."""

    def judge(self, name: str) -> Hazard | None:
        """Why no file of this name is taken, None when its name is no reason."""

    def read_types(self, declared: str, name: str) -> Sequence[str]:
        """What a file of this name would be: as it is declared, under the usual name of that type; as it is called.

        Nothing where neither says anything.
        """

    def extensions(self, types: Sequence[str]) -> Sequence[str]:
        """Those that files of these types have, in lower case and without a dot. `image/*` means every image."""

    def offer(self, upload: Upload) -> Form:
        """Lets a browser put this one file, of this size and type, where nothing is served; good for some minutes."""

    def look_at(self, upload: Upload) -> Stored | None:
        """What arrived, None while nothing has. Raises Conflict when another file arrives meanwhile."""

    def publish(self, upload: Upload, stored: Stored) -> str:
        """Copies what was looked at to where it is served; the answer is its key, which nobody can guess.

        Raises Conflict when another file has taken its place since.
        """

    def remove(self, key: str) -> None:
        """Takes a file out of the store, if it is there."""
