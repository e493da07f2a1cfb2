"""Several files of one message, shown as one: in one call, once, and found again by each of its messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import IO

import pytest

from patchbay.bridge.ledger import Delivery, Outcome
from patchbay.domain.accounts import Connection
from patchbay.domain.albums import Album
from patchbay.domain.errors import Rejected, Unreachable
from patchbay.domain.model import Attachment, AttachmentKind, Button, Conversation, Delivered, Part
from patchbay.domain.references import Change, ChangeKind, Reference
from patchbay.kit.capabilities import AlbumRule, AttachmentRule
from patchbay.kit.contract import Http
from patchbay.kit.fallbacks import CHOOSE
from patchbay.kit.file_abilities import InlinesAlbums, InlinesAttachments
from tests.harness.fakes.bridge import Bridge
from tests.harness.fakes.lively import LivelyOffice, LivelyPigeon, refer, say
from tests.harness.fakes.media import PUBLIC
from tests.harness.fakes.services import Fault, message_event

IMAGE = AttachmentRule(max_bytes=1000, content_types=frozenset({"image/png"}))


class Gallery(LivelyPigeon, InlinesAttachments, InlinesAlbums):
    """Shows up to three images as one, each as a message with an id of its own."""

    capabilities = replace(
        LivelyPigeon.capabilities,
        caption_limit=100,
        attachments={AttachmentKind.IMAGE: IMAGE, AttachmentKind.FILE: AttachmentRule(max_bytes=1000)},
        albums=AlbumRule(max_files=3, max_bytes=1000, mixes=(frozenset({AttachmentKind.IMAGE}),)),
    )

    def __init__(self) -> None:
        super().__init__()
        self.albums: list[list[bytes]] = []
        self.streams: list[IO[bytes]] = []
        self.refused: type[Rejected] | None = None  #: with which every album is refused

    def deliver_file(
        self, part: Part, data: IO[bytes], conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered:
        return self.deliver(part, conversation, connection, http)

    def deliver_album(
        self, part: Part, files: Sequence[IO[bytes]], conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered:
        assert isinstance(part.content, Album)
        self.streams += files
        fault = self.next_fault()
        self.raise_before(fault)
        if self.refused:
            raise self.refused("not together")
        self.albums.append([file.read() for file in files])
        for one in part.content.files:
            self.keep(conversation.external_id, replace(part, content=one))
        self.raise_after(fault)
        first, *others = self.ids[conversation.external_id][-len(files) :]
        return Delivered(external_id=first, aliases=tuple(others))


@dataclass
class Scene:
    gallery: Gallery = field(default_factory=Gallery)

    def __post_init__(self) -> None:
        self.bridge = Bridge(self.gallery, LivelyOffice())
        say(self.bridge, self.bridge.messenger, "m1", "hello")
        self.bridge.settle()

    def picture(self, name: str, caption: str = "") -> Attachment:
        url = f"{PUBLIC}/media/{name}/{name}.png"
        self.bridge.media.files[url] = name.encode()
        return Attachment(
            kind=AttachmentKind.IMAGE,
            url=url,
            name=f"{name}.png",
            content_type="image/png",
            size=len(name),
            caption=caption,
            hosted=True,
        )

    def agent_sends(
        self, *names: str, caption: str = "", buttons: tuple[Button, ...] = (), settle: bool = True
    ) -> None:
        event = message_event(self.bridge.platform, "conversation-1", "a1", "", "office-1", self.bridge.time.now())
        content = tuple(self.picture(name, "" if number else caption) for number, name in enumerate(names))
        self.bridge.queue.send([replace(event, message=replace(event.message, content=content, buttons=buttons))])
        if settle:
            self.bridge.settle()

    def agent_corrects(self, *names: str, caption: str) -> None:
        target = refer(self.bridge, self.bridge.platform, "a1")
        event = message_event(self.bridge.platform, "conversation-1", "e1", "", "office-1", self.bridge.time.now())
        content = tuple(self.picture(name, "" if number else caption) for number, name in enumerate(names))
        change = Change(kind=ChangeKind.EDIT, target=target)
        message = replace(event.message, external_id="a1", content=content, change=change)
        self.bridge.queue.send([replace(event, message=message)])
        self.bridge.settle()

    @property
    def shown(self) -> list[str]:
        return self.gallery.threads.get("asa", [])

    @property
    def entry(self) -> Delivery:
        """Of the agent's message."""
        return list(self.bridge.ledger.deliveries.values())[1]


@pytest.fixture
def scene() -> Scene:
    return Scene()


def images(*names: str) -> list[str]:
    return [f"<image {name}.png>" for name in names]


def test_several_images_go_out_in_one_call(scene: Scene) -> None:
    scene.agent_sends("a", "b", "c")
    assert scene.gallery.albums == [[b"a", b"b", b"c"]]
    assert (scene.gallery.calls, scene.shown) == (1, images("a", "b", "c"))
    first, *others = scene.gallery.ids["asa"]
    assert scene.entry.parts == (Delivered(external_id=first, aliases=tuple(others)),)
    assert all(stream.closed for stream in scene.gallery.streams)


def test_more_images_than_one_album_holds_make_the_next(scene: Scene) -> None:
    scene.agent_sends("a", "b", "c", "d")
    assert (scene.gallery.calls, scene.shown) == (2, images("a", "b", "c", "d"))


def test_buttons_stand_below_a_line_behind_the_album(scene: Scene) -> None:
    scene.agent_sends("a", "b", buttons=(Button(label="Yes", payload="y"),))
    assert scene.shown == [*images("a", "b"), CHOOSE]


# --- what is said about it later --------------------------------------------------------------------------------------


def test_a_deletion_takes_all_of_it_away(scene: Scene) -> None:
    scene.agent_sends("a", "b", "c")
    deletion = Change(kind=ChangeKind.DELETION, target=refer(scene.bridge, scene.bridge.platform, "a1"))
    event = message_event(scene.bridge.platform, "conversation-1", "", "", "office-1", scene.bridge.time.now())
    scene.bridge.queue.send([replace(event, message=replace(event.message, content=(), change=deletion))])
    scene.bridge.settle()
    assert scene.gallery.said == {}


@pytest.mark.parametrize("number", [0, 1, 2])
def test_each_of_its_messages_can_be_answered_and_reacted_to(scene: Scene, number: int) -> None:
    scene.agent_sends("a", "b", "c")
    office = scene.bridge.platform
    assert isinstance(office, LivelyOffice)
    there = Reference(message_id=scene.gallery.ids["asa"][number])
    say(scene.bridge, scene.gallery, "m2", "this one", there)
    event = message_event(scene.gallery, "asa", "r1", "", "pigeon-1", scene.bridge.time.now())
    reaction = Change(kind=ChangeKind.REACTION, target=there, emoji="👍")
    message = replace(event.message, external_id="", content=(), change=reaction)
    scene.bridge.queue.send([replace(event, message=message)])
    scene.bridge.settle()
    assert office.quoted[-1] == "a1"
    assert office.reactions == {"a1": "👍"}


def test_a_correction_of_its_caption_is_shown_on_its_first_message(scene: Scene) -> None:
    scene.agent_sends("a", "b", caption="cats")
    scene.agent_corrects("a", "b", caption="dogs")
    first = scene.gallery.ids["asa"][0]
    assert scene.gallery.said[first] == "<album>"
    assert len(scene.shown) == 2, "nothing new was sent"


def test_a_correction_with_other_files_goes_as_a_message(scene: Scene) -> None:
    scene.agent_sends("a", "b", "c", caption="cats")
    scene.agent_corrects("a", "b", caption="cats")
    assert len(scene.shown) > 3
    scene.agent_corrects("a", caption="cat")
    assert "<album>" not in scene.gallery.said.values()


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_what_is_not_shown_together_goes_one_by_one(scene: Scene) -> None:
    scene.gallery.refused = Rejected
    scene.agent_sends("a", "b", "c", "d", caption="cats")
    assert scene.shown == images("a", "b", "c", "d")
    assert scene.gallery.calls == 5, "the second album is not tried"
    assert [part.external_id for part in scene.entry.parts] == scene.gallery.ids["asa"]
    assert (scene.entry.outcome, scene.entry.uncertain) == (Outcome.DELIVERED, False)


def test_an_album_that_is_out_is_not_split_with_the_next(scene: Scene) -> None:
    scene.gallery.faults.extend([None, Fault.REFUSED])
    scene.agent_sends("a", "b", "c", "d", "e")
    assert scene.shown == images("a", "b", "c", "d", "e")
    assert scene.gallery.albums == [[b"a", b"b", b"c"]]


@pytest.mark.parametrize("death", [Fault.DIED_BEFORE, Fault.BUSY])
@pytest.mark.parametrize("position", [1, 2, 3])
def test_no_image_of_a_refused_album_comes_twice(scene: Scene, death: Fault, position: int) -> None:
    scene.gallery.faults.extend([Fault.REFUSED, *[None] * (position - 1), death])
    scene.agent_sends("a", "b", "c")
    assert scene.shown == images("a", "b", "c")


def test_an_album_without_an_answer_is_sent_once_more_and_marked(scene: Scene) -> None:
    scene.gallery.faults.append(Fault.LOST_AFTER)
    scene.agent_sends("a", "b")
    assert scene.shown == images("a", "b", "a", "b")
    assert (scene.entry.outcome, scene.entry.uncertain, scene.entry.resends) == (Outcome.DELIVERED, True, 1)


def test_a_file_that_is_gone_keeps_none_of_the_others_back(scene: Scene) -> None:
    scene.agent_sends("a", "b", "c", settle=False)
    del scene.bridge.media.files[f"{PUBLIC}/media/c/c.png"]
    scene.bridge.settle()
    assert scene.shown == images("a", "b")
    office = scene.bridge.platform
    assert [report[0] for report in office.reports] == ["a1"]


def test_an_album_for_somebody_who_cannot_be_reached_is_not_tried_again(scene: Scene) -> None:
    scene.gallery.refused = Unreachable
    scene.agent_sends("a", "b")
    assert (scene.gallery.calls, scene.shown, scene.entry.outcome) == (1, [], Outcome.FAILED)
