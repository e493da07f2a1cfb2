"""What each messenger and platform can show, written down from the connectors themselves.

    python -m tools.capability_tables      # part of `make docs`: docs/capabilities.md and the tables of services

Three sources, none of them prose: the connectors' capabilities, the optional abilities that they have, and what the
sample events in `events/` bring.
"""

from __future__ import annotations

import re
import sys
from abc import ABC
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from patchbay.bridge.prepare import MAX_FILE
from patchbay.domain.model import AttachmentKind, ReceiptState, Side
from patchbay.kit import abilities, account_setup, file_abilities, template_abilities, token_abilities
from patchbay.kit.contract import Connector
from tools.capability_rows import ROWS, Service, describe_size, services

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
- A message that is answered becomes its first words above the answer, if the webhook brings them.
- A reaction becomes a line of text, a corrected message a new one that says so, a deleted message a line.
- A sticker becomes an image, else its emoji. A voice note goes as it is: nothing is transcoded.
- An attachment that is too large or of an unsupported type is sent as a file, else as a link.
- A file above {MAX_FILE // 1024**2} MB is not downloaded: a line of text says so.

Lengths are in UTF-16 code units, in which an emoji counts 2. "–" means that the webhooks of the sending service do not
report it.
"""


def make_page() -> str:
    """docs/capabilities.md."""
    return "\n".join([_INTRODUCTION, *_pairs(), *_abilities()])


def _pairs() -> Iterator[str]:
    for messenger, platform in product(services(Side.MESSENGER), services(Side.PLATFORM)):
        one, other = messenger.connector, platform.connector
        yield f"## {one.title} and {other.title}\n"
        yield _table(
            ["", f"{one.title} → {other.title}", f"{other.title} → {one.title}"],
            [[row, _cell(row, messenger, platform), _cell(row, platform, messenger)] for row in ROWS],
        )


def _cell(row: str, source: Service, target: Service) -> str:
    needed, describe = ROWS[row]
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
        for module in (abilities, token_abilities, file_abilities, template_abilities, account_setup)
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
        *(describe_size(can.attachments[kind].max_bytes) if kind in can.attachments else instead for kind in kinds),
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
