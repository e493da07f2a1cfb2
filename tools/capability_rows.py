"""The rows of the tables: what becomes of a thing on its way from one service to another, in a few words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from patchbay.domain.model import AttachmentKind, ReceiptState, Role, Side
from patchbay.kit import abilities, registry
from patchbay.kit.capabilities import AttachmentRule, ChangeRule
from patchbay.kit.contract import Connector
from patchbay.kit.references_in_words import CORRECTED, ELSEWHERE

_SAMPLES = Path(__file__).parents[1] / "events"


@dataclass(frozen=True)
class Service:
    """A connector, and what its sample events mean."""

    connector: Connector

    @cached_property
    def _meanings(self) -> list[dict[str, object]]:
        folder = _SAMPLES / self.connector.service / "expected"
        return [event for path in sorted(folder.glob("*.json")) for event in json.loads(path.read_text("utf-8"))]

    @cached_property
    def brings(self) -> frozenset[str]:
        """The kinds of events and contents that come in, by name: "message", "file", "buttons", "typing", "ended"."""
        found: set[str] = set()
        for meaning in self._meanings:
            found |= {str(meaning.get("kind")), str(meaning.get("status"))}
            contact, message = meaning.get("contact"), meaning.get("message")
            found |= {"unreachable"} if isinstance(contact, dict) and not contact["reachable"] else set()
            if isinstance(message, dict):
                found |= {str(content.get("kind") or content["type"]) for content in message["content"]}
                found |= {"voice note" for content in message["content"] if content.get("voice")}
                found |= {"sticker" for content in message["content"] if content.get("emoji")}
                found |= {"caption" for content in message["content"] if content.get("caption")}
                found |= {"buttons"} if message["buttons"] else set()
                found |= _references(message)
                from_elsewhere = self.connector.side is Side.MESSENGER and message["sender"]["role"] != Role.CONTACT
                found |= {"elsewhere"} if from_elsewhere else set()
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
    return f"{types} up to {describe_size(rule.max_bytes)}{forbidden}".strip()


def _voice_notes(_source: Connector, target: Connector) -> str:
    rule = target.capabilities.voice_notes
    return f"shown as such: {_describe_rule(rule)}; else like other audio" if rule else "like other audio, as they are"


def _stickers(_source: Connector, target: Connector) -> str:
    can = target.capabilities
    steps = [f"shown as such: {_describe_rule(can.stickers)}"] if can.stickers else []
    images = can.attachments.get(AttachmentKind.IMAGE)
    steps += [f"as an image: {_describe_rule(images)}"] if images else []
    return "; else ".join([*steps, "its emoji"])


def describe_size(amount: int) -> str:
    return f"{amount // 1024**2} MB" if amount >= 1024**2 else f"{amount // 1024} KB"


def _captions(_source: Connector, target: Connector) -> str:
    can = target.capabilities
    if not can.caption_limit:
        return "as separate messages"
    without = [kind.value for kind, rule in can.attachments.items() if not rule.captions]
    exception = f" (not on a {', '.join(without)})" if without else ""
    return f"up to {can.caption_limit:,} characters{exception}; else as separate messages"


def _albums(_source: Connector, target: Connector) -> str:
    rule = target.capabilities.albums
    if rule is None:
        return "one by one"
    mixes = [" and ".join(_SEVERAL[kind] for kind in AttachmentKind if kind in mix) for mix in rule.mixes]
    size = describe_size(rule.max_bytes)
    return f"together, up to {rule.max_files} with {size} ({', or '.join(mixes)}); others one by one"


_SEVERAL = {
    AttachmentKind.IMAGE: "images",
    AttachmentKind.AUDIO: "audio",
    AttachmentKind.VIDEO: "videos",
    AttachmentKind.FILE: "files",
}


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


def _elsewhere(_source: Connector, target: Connector) -> str:
    if not target.capabilities.notices:
        return f"left out: in {target.title}, a bot may answer"
    return f"as a line that begins with “{ELSEWHERE}”; never sent back"


def _sender(_source: Connector, target: Connector) -> str:
    if target.side is Side.PLATFORM:
        return "shown, and kept up to date" if isinstance(target, abilities.UpdatesContacts) else "shown"
    return "shown" if target.capabilities.sender_name else "in front of the text"


def _typing(_source: Connector, target: Connector) -> str:
    if not target.capabilities.typing or not isinstance(target, abilities.SendsTyping):
        return f"{target.title} cannot show it"
    lasts = target.behavior.typing_lasts
    return "shown" if lasts is None else "shown, and again while it lasts"


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


def _opt_out(source: Connector, target: Connector) -> str:
    """Where the messenger says so."""
    messenger, platform = (source, target) if source.side is Side.MESSENGER else (target, source)
    if "unreachable" not in Service(messenger).brings:
        return _marketing(source, platform) if "marketing" in Service(messenger).brings else "–"
    if source is platform:
        return f"not sent: {_failures(source, target)}"
    ends = isinstance(platform, abilities.EndsConversations)
    return f"noted{', and the conversation is ended' if ends else ''}, until they write or subscribe again"


def _marketing(source: Connector, platform: Connector) -> str:
    if source is platform:
        return "marketing templates are not sent to them, with a notice to the agent; all else is"
    return "noted for marketing, until they allow it again"


def _first_messages(source: Connector, target: Connector) -> str:
    """By agents. Customers may always write first."""
    if source.side is Side.MESSENGER:
        return "–"
    if not target.behavior.agent_initiated:
        return f"on {target.title}, customers write first"
    names = [setting.name for setting in source.settings if setting.outbound_messenger]
    return f"to a phone number, if `{names[0]}` names the messenger" if names else f"{source.title} begins none"


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
ROWS: dict[str, tuple[str, Callable[[Connector, Connector], str]]] = {
    "Text": ("text", _text),
    "Images": ("file", _attachment(AttachmentKind.IMAGE)),
    "Audio": ("file", _attachment(AttachmentKind.AUDIO)),
    "Videos": ("file", _attachment(AttachmentKind.VIDEO)),
    "Files": ("file", _attachment(AttachmentKind.FILE)),
    "Voice notes": ("voice note", _voice_notes),
    "Stickers": ("sticker", _stickers),
    "Several files in one message": ("file", _albums),
    "Captions": ("caption", _captions),
    "Buttons": ("buttons", _buttons),
    "Cards": ("card", _cards),
    "Locations": ("location", _location),
    "Contact cards": ("contact_card", _contact_card),
    "Which message is answered": ("quote", _quotes),
    "Reactions": ("reaction", _reactions),
    "Corrected messages": ("edit", _corrections),
    "Deleted messages": ("", _deletions),
    "The owner's answer on another device": ("elsewhere", _elsewhere),
    "Sender's name": ("", _sender),
    "Typing": ("typing", _typing),
    "Delivery status": ("", _receipts),
    "A customer who does not want messages": ("", _opt_out),
    "A first message to someone who has never written": ("", _first_messages),
    "After a conversation has ended": ("ended", _ended),
    "A message that the service rejects": ("", _failures),
    "A send without an answer": ("", _uncertain),
}
