"""What each messenger and platform can show, written down from the connectors themselves.

    python -m tools.capability_tables      # part of `make docs`: docs/capabilities.md and the tables of services

Three sources, none of them prose: the connectors' capabilities, the optional abilities that they have, and what the
sample events in `events/` bring.
"""

from __future__ import annotations

import json
import re
import sys
from abc import ABC
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

from patchbay.bridge.prepare import MAX_FILE
from patchbay.domain.model import AttachmentKind, ReceiptState, Side
from patchbay.kit import abilities, account_setup, file_abilities, registry
from patchbay.kit.capabilities import AttachmentRule, ChangeRule
from patchbay.kit.contract import Connector
from patchbay.kit.references_in_words import CORRECTED

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "capabilities.md"
README = ROOT / "README.md"
SECRET_A_MONTH = 0.40  #: dollars, what Secrets Manager takes for each
SERVICES_PAGE = ROOT / "docs" / "services" / "index.md"
BEGIN, END = "<!-- services -->", "<!-- /services -->"

_INTRODUCTION = f"""\
# What each messenger and platform can show

`make docs` generates this page from what the connectors declare. Do not edit it.

Content is never dropped silently. Anything that a service cannot show is converted:

- Long text is split at paragraphs, sentences or words.
- A caption or a label that cannot be shown becomes a separate message.
- Buttons become numbered lines. A customer who types the number or the label has chosen, until another message follows.
- A link that a button cannot open is written out.
- What does not fit on a card follows as text.
- An attachment that is too large or of an unsupported type is sent as a file, else as a link.
- A file above {MAX_FILE // 1024**2} MB is not downloaded: a line of text says so.

Lengths are in UTF-16 code units, in which an emoji counts 2. "–" means that the webhooks of the sending service do not
report it.
"""


@dataclass(frozen=True)
class Service:
    """A connector, and what its sample events mean."""

    connector: Connector

    @cached_property
    def _meanings(self) -> list[dict[str, object]]:
        folder = ROOT / "events" / self.connector.service / "expected"
        return [event for path in sorted(folder.glob("*.json")) for event in json.loads(path.read_text("utf-8"))]

    @cached_property
    def brings(self) -> frozenset[str]:
        """The kinds of events and contents that come in, by name: "message", "file", "buttons", "typing", "ended"."""
        found: set[str] = set()
        for meaning in self._meanings:
            found |= {str(meaning.get("kind")), str(meaning.get("status"))}
            message = meaning.get("message")
            if isinstance(message, dict):
                found |= {str(content.get("kind") or content["type"]) for content in message["content"]}
                found |= {"voice note" for content in message["content"] if content.get("voice")}
                found |= {"sticker" for content in message["content"] if content.get("emoji")}
                found |= {"caption" for content in message["content"] if content.get("caption")}
                found |= {"buttons"} if message["buttons"] else set()
                found |= _references(message)
        return frozenset(found)


def _references(message: dict[str, Any]) -> set[str]:
    """What a message says about another one."""
    answered, change = message["reply_to"], message["change"]
    found = {str(change["kind"])} if change else set()
    return (
        found
        | ({"quote"} if answered else set())
        | ({"words of quotes"} if answered and answered["excerpt"] else set())
    )


def services(side: Side | None = None) -> list[Service]:
    """Every service, or those of one side, messengers first."""
    found = [Service(registry.load(name)) for name in registry.names()]
    found.sort(key=lambda service: service.connector.side)
    return [service for service in found if side in {None, service.connector.side}]


# --- one direction, row by row ---------------------------------------------------------------------------------------


def _text(_source: Connector, target: Connector) -> str:
    return f"up to {target.capabilities.text_limit:,} characters a message, longer is split"


def _attachment(kind: AttachmentKind) -> Callable[[Connector, Connector], str]:
    def describe(_source: Connector, target: Connector) -> str:
        rules = target.capabilities.attachments
        shown, as_file = rules.get(kind), rules.get(AttachmentKind.FILE)
        steps = [_describe_rule(shown)] if shown else []
        if as_file and kind is not AttachmentKind.FILE:
            steps.append(f"as a file {_describe_rule(as_file)}")
        return "; else ".join([*steps, "as a link"])

    return describe


def _describe_rule(rule: AttachmentRule) -> str:
    types = "/".join(sorted(name.rpartition("/")[2].upper() for name in rule.content_types))
    forbidden = f", {len(rule.forbidden_extensions)} extensions excepted" if rule.forbidden_extensions else ""
    return f"{types} up to {_size(rule.max_bytes)}{forbidden}".strip()


def _voice_notes(_source: Connector, target: Connector) -> str:
    rule = target.capabilities.voice_notes
    return f"shown as such: {_describe_rule(rule)}; else like other audio" if rule else "like other audio, as they are"


def _stickers(_source: Connector, target: Connector) -> str:
    can = target.capabilities
    steps = [f"shown as such: {_describe_rule(can.stickers)}"] if can.stickers else []
    images = can.attachments.get(AttachmentKind.IMAGE)
    steps += [f"as an image: {_describe_rule(images)}"] if images else []
    return "; else ".join([*steps, "its emoji"])


def _captions(_source: Connector, target: Connector) -> str:
    can = target.capabilities
    if not can.caption_limit:
        return "as separate messages"
    without = [kind.value for kind, rule in can.attachments.items() if not rule.captions]
    exception = f" (not on a {', '.join(without)})" if without else ""
    return f"up to {can.caption_limit:,} characters{exception}; else as separate messages"


def _buttons(_source: Connector, target: Connector) -> str:
    rule = target.capabilities.buttons
    if rule is None:
        return "as numbered lines, links as addresses"
    kinds = " and ".join(name for name, has in (("replies", rule.replies), ("links", rule.links)) if has)
    opens = f"opening {'/'.join(sorted(target.capabilities.link_schemes))}" if rule.links else "opening nothing"
    return f"up to {rule.max_count} ({kinds}, {opens}), labels up to {rule.max_label}; else as numbered lines"


def _cards(_source: Connector, target: Connector) -> str:
    rule = target.capabilities.cards
    if rule is None:
        return "as image and text, buttons as numbered lines"
    return (
        f"up to {rule.max_cards} side by side (title {rule.max_title}, text {rule.max_text}, "
        f"{rule.max_buttons} buttons); the rest as text after them"
    )


def _location(_source: Connector, target: Connector) -> str:
    if not target.capabilities.locations:
        return "as a link to a map"
    return "shown" if target.capabilities.location_labels else "shown, the label as a separate message"


def _contact_card(_source: Connector, target: Connector) -> str:
    return "shown" if target.capabilities.contact_cards else "as a line with name and number"


def _quotes(source: Connector, target: Connector) -> str:
    if target.capabilities.quotes:
        return "shown"
    if "words of quotes" in Service(source).brings:
        return "its first words above the text"
    return f"not shown: {source.title} sends none of its words"


def _reactions(_source: Connector, target: Connector) -> str:
    rule = target.capabilities.reactions
    if rule:
        some = f", {len(rule.emojis)} emojis; others as a line" if rule.emojis else ""
        return f"shown on the message{some}"
    return (
        'as a line: ❤️ to "first words"'
        if target.capabilities.notices
        else f"left out: in {target.title}, a bot may answer"
    )


def _corrections(_source: Connector, target: Connector) -> str:
    return _describe_change(target.capabilities.edits, f"as a message that begins with “{CORRECTED}”")


def _deletions(source: Connector, target: Connector) -> str:
    brings = Service(source).brings
    if brings.isdisjoint({"deletion", "erasure"}):
        return "–"
    in_words = "a line says so" if "deletion" in brings else f"stays in {target.title}"
    return f"{_describe_change(target.capabilities.deletions, in_words)}; our copies of files are deleted"


def _describe_change(rule: ChangeRule | None, in_words: str) -> str:
    if rule is None:
        return in_words
    if rule.within is None:
        return "on the message itself"
    return f"on the message itself within {rule.within / 3600:g} hours; else {in_words}"


def _sender(_source: Connector, target: Connector) -> str:
    if target.side is Side.PLATFORM:
        return "shown, and kept up to date" if isinstance(target, abilities.UpdatesContacts) else "shown"
    return "shown" if target.capabilities.sender_name else "in front of the text"


def _typing(_source: Connector, target: Connector) -> str:
    shows = target.capabilities.typing and isinstance(target, abilities.SendsTyping)
    return "shown" if shows else f"{target.title} cannot show it"


def _receipts(source: Connector, target: Connector) -> str:
    """Of messages in this direction: what the target's webhooks report and the source can show."""
    reported = [state.value for state in ReceiptState if state in target.behavior.receipt_states]
    if not reported:
        return f"{target.title} reports none"
    if isinstance(source, abilities.SendsReceipts):
        return ", ".join(reported)
    if ReceiptState.FAILED.value in reported and isinstance(source, abilities.ReportsFailures):
        return f"{target.title} reports {', '.join(reported)}; {source.title} shows only failed"
    return f"{target.title} reports {', '.join(reported)}; {source.title} cannot show it"


def _ended(source: Connector, _target: Connector) -> str:
    if source.behavior.reopens_conversations:
        return "the customer's next message reopens it, or opens a new one"
    return "the customer's next message opens a new one"


def _failures(source: Connector, _target: Connector) -> str:
    if isinstance(source, abilities.ReportsFailures | abilities.SendsReceipts):
        return f"reported in {source.title}, and counted"
    return "goes to the dead-letter queue; an alarm goes off"


def _uncertain(_source: Connector, target: Connector) -> str:
    if target.behavior.idempotent_sends:
        return "sent again; the service takes it once"
    if isinstance(target, abilities.LooksUpDeliveries):
        return f"{target.title} is asked whether it arrived"
    times = target.behavior.max_uncertain_resends
    return f"sent again {times}×, marked uncertain; then it goes to the dead-letter queue"


#: title -> what the source must bring for it ("" for what every service brings), and the words for a direction
_ROWS: dict[str, tuple[str, Callable[[Connector, Connector], str]]] = {
    "Text": ("text", _text),
    "Images": ("file", _attachment(AttachmentKind.IMAGE)),
    "Audio": ("file", _attachment(AttachmentKind.AUDIO)),
    "Videos": ("file", _attachment(AttachmentKind.VIDEO)),
    "Files": ("file", _attachment(AttachmentKind.FILE)),
    "Voice notes": ("voice note", _voice_notes),
    "Stickers": ("sticker", _stickers),
    "Captions": ("caption", _captions),
    "Buttons": ("buttons", _buttons),
    "Cards": ("card", _cards),
    "Locations": ("location", _location),
    "Contact cards": ("contact_card", _contact_card),
    "Which message is answered": ("quote", _quotes),
    "Reactions": ("reaction", _reactions),
    "Corrected messages": ("edit", _corrections),
    "Deleted messages": ("", _deletions),
    "Sender's name": ("", _sender),
    "Typing": ("typing", _typing),
    "Delivery status": ("", _receipts),
    "After a conversation has ended": ("ended", _ended),
    "A message that the service rejects": ("", _failures),
    "A send without an answer": ("", _uncertain),
}


# --- pages -----------------------------------------------------------------------------------------------------------


def make_page() -> str:
    """docs/capabilities.md."""
    return "\n".join([_INTRODUCTION, *_pairs(), *_abilities()])


def _pairs() -> Iterator[str]:
    for messenger, platform in product(services(Side.MESSENGER), services(Side.PLATFORM)):
        one, other = messenger.connector, platform.connector
        yield f"## {one.title} and {other.title}\n"
        yield _table(
            ["", f"{one.title} → {other.title}", f"{other.title} → {one.title}"],
            [[row, _cell(row, messenger, platform), _cell(row, platform, messenger)] for row in _ROWS],
        )


def _cell(row: str, source: Service, target: Service) -> str:
    needed, describe = _ROWS[row]
    return describe(source.connector, target.connector) if not needed or needed in source.brings else "–"


def _abilities() -> Iterator[str]:
    every = [service.connector for service in services()]
    yield "## Abilities of each connector\n"
    rows = [
        [_in_words(kind.__name__), *("✓" if isinstance(one, kind) else "" for one in every)]
        for kind in list_abilities()
    ]
    yield _table(["", *(one.title for one in every)], rows)


def list_abilities() -> list[type]:
    """Every ability that a connector's class statement may name, in the order in which the modules define them."""
    return [
        kind
        for module in (abilities, file_abilities, account_setup)
        for kind in vars(module).values()
        if isinstance(kind, type) and ABC in kind.__bases__ and kind.__module__ == module.__name__
    ]


def _in_words(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


_COLUMNS = ["Service", "Side", "Text", "Images", "Audio", "Videos", "Files", "Buttons", "Cards", "Locations"]
_COLUMNS += ["Delivery status", "Webhooks", "Secrets a month"]
_SHORT = ["Service", "Side", "Images", "Videos", "Files", "Buttons", "Delivery status"]


def make_services_table() -> str:
    """The table of docs/services/index.md: one line a service, what it can show."""
    return _table(_COLUMNS, [_service_row(service.connector) for service in services()])


def make_short_table() -> str:
    """The README's table: the same in fewer columns, with a link to each service's page."""
    rows = []
    for service in services():
        one = service.connector
        cells = dict(zip(_COLUMNS, _service_row(one), strict=True))
        rows.append([f"[{one.title}](docs/services/{one.service}.md)", *(cells[name] for name in _SHORT[1:])])
    return _table(_SHORT, rows)


def _service_row(one: Connector) -> list[str]:
    can = one.capabilities
    kinds = (AttachmentKind.IMAGE, AttachmentKind.AUDIO, AttachmentKind.VIDEO, AttachmentKind.FILE)
    instead = "as a file" if AttachmentKind.FILE in can.attachments else "as a link"
    return [
        one.title,
        one.side.value,
        f"{can.text_limit:,}",
        *(_size(can.attachments[kind].max_bytes) if kind in can.attachments else instead for kind in kinds),
        str(can.buttons.max_count) if can.buttons else "as text",
        str(can.cards.max_cards) if can.cards else "as text",
        "✓" if can.locations else "as a link",
        ", ".join(state.value for state in ReceiptState if state in one.behavior.receipt_states) or "none",
        "signed" if one.signs else "shared secret" if _has_shared_secret(one) else "secret URL",
        f"${count_secrets(one) * SECRET_A_MONTH:.2f}",
    ]


def _has_shared_secret(one: Connector) -> bool:
    return any(setting.verifies for setting in one.settings)


def count_secrets(one: Connector) -> int:
    """What a connection with an address of its own keeps in Secrets Manager: a secret for each purpose."""
    return len({setting.verifies or setting.serves for setting in one.settings if setting.secret})


def _table(columns: list[str], rows: list[list[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _size(amount: int) -> str:
    return f"{amount // 1024**2} MB" if amount >= 1024**2 else f"{amount // 1024} KB"


def fill(text: str, table: str) -> str:
    """A page with a fresh table between its markers. Raises ValueError when it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has no {BEGIN} … {END}")
    return f"{before}{BEGIN}\n{table}{END}{after}"


def main() -> int:
    PAGE.write_text(make_page(), encoding="utf-8")
    for page, table in ((README, make_short_table()), (SERVICES_PAGE, make_services_table())):
        page.write_text(fill(page.read_text(encoding="utf-8"), table), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
