"""The words that Patchbay does not use for people, and where that is held.

docs/glossary.md explains the words that it does use. To hold another folder to this table, add it to `SOURCES`; the
aim is all that a user reads.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    TERM = "an old name of something"
    STYLE = "a phrase that readers stumble over"


@dataclass(frozen=True, slots=True)
class Word:
    pattern: str  #: a regular expression for whole words, in lower case
    instead: str
    kind: Kind = Kind.TERM


WORDS = (
    Word(r"parked|parks?|parking", "dead letter, move to the dead-letter queue"),
    Word(r"(?:give|gives|given|gave) up", "move to the dead-letter queue, stop retrying"),
    Word(r"puts? off|putting off", "defer, schedule for retry"),
    Word(r"pictures?(?! pre progress)", "image"),
    Word(r"films?", "video"),
    Word(r"sounds", "audio"),
    Word(r"as a place|places and|cards, places", "location"),
    Word(r"lanes?", "message group, conversation"),
    Word(r"mends?|mended|mending|heals?|healed|healing", "fix, restore"),
    Word(r"(?:takes?|taken|took) back", "restore"),
    Word(r"caretakers?|caring", "webhook monitor"),
    Word(r"untold|told to nobody", "unreported, not reported"),
    Word(r"(?<!pre-commit )hooks?", "webhook token"),
    Word(r"say `", "run `"),
    Word(r"happenings?", "event"),
    Word(r"workbench|bench mark", "context"),
    Word(r"journal", "log, metrics"),
    Word(r"courier", "delivery"),
    Word(r"verdicts?", "outcome"),
    Word(r"pacer?", "rate limiter"),
    Word(
        r"joins? (?:an|the|its|their) app|joined (?:an|the) app|joining accounts?|accounts? that (?:joins?|joined)",
        "install",
    ),
    Word(r"parked queue|parkedqueue", "dead-letter queue"),
    Word(r"alone", "only", Kind.STYLE),
    Word(r"anew", "again", Kind.STYLE),
    Word(r"by hand", "manually", Kind.STYLE),
    Word(r"some(?:body|one) (?:must|has to)|whoever", "the person who, anyone who", Kind.STYLE),
    Word(r"somebody", "someone, a person", Kind.STYLE),
    Word(r"(?:told|tells?|telling) of", "report, notify", Kind.STYLE),
    Word(r"is alarmed|be alarmed|are alarmed", "raises an alarm", Kind.STYLE),
    Word(r"(?<!there )(?:is|are) (?-i:none)", "has no, there is no", Kind.STYLE),
    Word(r"rings? (?:the|an|no other|no) alarms?", "raise an alarm", Kind.STYLE),
    Word(r"in vain", "without success", Kind.STYLE),
    Word(r"nobody else's", "no other", Kind.STYLE),
    Word(r"a mail|the mail|in aws's mail|second mail", "an e-mail", Kind.STYLE),
)

#: What is held to these words: folders and files, and which kinds of words.
DOCUMENTS: dict[str, frozenset[Kind]] = {
    "README.md": frozenset(Kind),
    "CHANGELOG.md": frozenset(Kind),
    "CONTRIBUTING.md": frozenset(Kind),
    "SECURITY.md": frozenset(Kind),
    "docs": frozenset(Kind),
    "events": frozenset(Kind),
    "integrations": frozenset(Kind),
}
#: The decisions tell what was thought at the time; only names have to be today's.
DECISIONS: dict[str, frozenset[Kind]] = {"docs/decisions.md": frozenset({Kind.TERM})}
#: Pages that say what the words are.
ABOUT_WORDS = frozenset({"docs/glossary.md"})

#: Python folders whose strings are shown to people, and files in which every line counts.
SOURCES: dict[str, frozenset[Kind]] = {
    "cli": frozenset(Kind),
    "functions": frozenset(Kind),
    "layers/patchbay/patchbay": frozenset(Kind),
    "playground": frozenset(Kind),
    "template.yaml": frozenset(Kind),
    "tools": frozenset(Kind),
}


def find(text: str, kinds: frozenset[Kind]) -> list[str]:
    """What `text` should not say, with what to say, in the order of the table."""
    found = []
    for word in WORDS:
        start = r"\b" if re.match(r"\w|\(\?", word.pattern) else ""
        end = r"\b" if word.pattern[-1].isalnum() or word.pattern[-1] in ")?" else ""
        for match in re.finditer(f"{start}(?:{word.pattern}){end}", text, re.IGNORECASE):
            if word.kind in kinds:
                around = " ".join(text[max(0, match.start() - 30) : match.end() + 30].split())
                found.append(f"{match[0]!r} in “{around}”: say {word.instead}")
    return found
