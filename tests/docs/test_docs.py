"""The documents say what is: generated tables are fresh, links lead somewhere, printed commands exist."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from types import ModuleType
from urllib.parse import unquote, urlsplit

import pytest

from patchbay.domain.accounts import Connection, Endpoint, Secrets
from patchbay.domain.events import MessageReceived
from patchbay.domain.model import Conversation, Part, Role, Sender, Text
from patchbay.kit import registry
from patchbay.kit.contract import Connector, WebhookRequest
from playground.simulator import Simulator, WebhookAnswer
from tests.harness.commands import check_command
from tests.harness.virtual_time import VirtualTime
from tests.harness.wsgi_http import WsgiHttp
from tools import capability_tables, status_tables

ROOT = Path(__file__).parents[2]
MADE = {"build", "node_modules", "test-artifacts"}
FOLDERS = [path for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "." and path.name not in MADE]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(path for folder in FOLDERS for path in folder.rglob("*.md"))])
TEMPLATE = (ROOT / "template.yaml").read_text(encoding="utf-8")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


# --- generated -------------------------------------------------------------------------------------------------------


def test_the_table_of_what_survives_is_fresh() -> None:
    assert capability_tables.PAGE.read_text(encoding="utf-8") == capability_tables.make_page(), "run `make docs`"


def test_the_table_of_statuses_is_fresh() -> None:
    assert status_tables.PAGE.read_text(encoding="utf-8") == status_tables.make_page(), "run `make docs`"


@pytest.mark.parametrize(
    ("page", "table"),
    [
        (capability_tables.README, capability_tables.make_short_table()),
        (capability_tables.SERVICES_PAGE, capability_tables.make_services_table()),
    ],
    ids=["README.md", "docs/services/index.md"],
)
def test_the_tables_of_services_are_fresh(page: Path, table: str) -> None:
    text = page.read_text(encoding="utf-8")
    assert capability_tables.fill(text, table) == text, "run `make docs`"


def test_a_page_without_the_markers_is_not_overwritten() -> None:
    with pytest.raises(ValueError, match="has no"):
        capability_tables.fill("# Patchbay\n", "")


def test_every_service_and_pair_is_in_the_tables() -> None:
    page, table, short = (
        capability_tables.make_page(),
        capability_tables.make_services_table(),
        capability_tables.make_short_table(),
    )
    titles = [registry.load(name).title for name in registry.names()]
    assert all(f"| {title} |" in table and f"| [{title}](" in short for title in titles)
    assert all(f"{title} → " in page and f"→ {title} " in page for title in titles)


# --- links -----------------------------------------------------------------------------------------------------------


def without_code(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(path: Path) -> set[str]:
    """The anchors that a git host makes of a document's headings."""
    titles = re.findall(r"^#+ (.+)$", without_code(path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    dead = []
    for link in re.findall(r"\]\(([^)\s]+)\)", without_code(document.read_text(encoding="utf-8"))):
        address, _, anchor = link.partition("#")
        if "://" in address or address.startswith("mailto:"):
            continue
        target = (document.parent / unquote(address)).resolve() if address else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


# --- commands --------------------------------------------------------------------------------------------------------


def commands(document: Path) -> Iterator[list[str]]:
    """Every command in a block of shell or between single backticks, as words."""
    text = document.read_text(encoding="utf-8")
    for block in re.findall(r"^ *```sh\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE):
        yield from (shlex.split(line, comments=True) for line in block.splitlines() if line.strip())
    for words in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", without_code(text)):
        if words.startswith(("make ", "patchbay ", "sam deploy")):
            yield shlex.split(words) if words.count("'") % 2 == 0 else words.split()


def commands_of(program: str) -> list[tuple[str, tuple[str, ...]]]:
    return sorted(
        {
            (name_of(document), tuple(words[1:]))
            for document in DOCUMENTS
            for words in commands(document)
            if words[0] == program
        }
    )


def test_the_documents_hold_commands_of_every_program() -> None:
    assert all(len(commands_of(program)) >= 3 for program in ("make", "patchbay", "sam"))


@pytest.mark.parametrize(("document", "targets"), commands_of("make"))
def test_printed_make_targets_exist(document: str, targets: tuple[str, ...]) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    variables = {word.partition("=")[0] for word in targets if "=" in word}
    assert {word for word in targets if "=" not in word} <= known
    assert variables <= set(re.findall(r"\$\(([A-Z]+)\)", makefile))


@pytest.mark.parametrize(("document", "words"), commands_of("patchbay"))
def test_printed_patchbay_commands_are_understood(document: str, words: tuple[str, ...]) -> None:
    check_command(list(words))


@pytest.mark.parametrize(("document", "words"), commands_of("sam"))
def test_printed_sam_commands_name_environments_and_parameters_that_exist(
    document: str, words: tuple[str, ...]
) -> None:
    if "--config-env" in words:
        environment = words[words.index("--config-env") + 1]
        assert f"[{environment}.deploy.parameters]" in (ROOT / "samconfig.toml").read_text(encoding="utf-8")


def test_the_page_about_deploying_lists_the_parameters_of_the_template() -> None:
    section = TEMPLATE.partition("\nParameters:\n")[2].partition("\nConditions:\n")[0]
    parameters = set(re.findall(r"^  (\w+):$", section, re.MULTILINE))
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([A-Z]\w+)` \|", page, re.MULTILINE))
    assert listed == parameters


def test_samconfig_sets_parameters_that_exist_and_none_to_nothing() -> None:
    """sam takes no `Name=`: an empty value is said by leaving the parameter out."""
    config = (ROOT / "samconfig.toml").read_text(encoding="utf-8")
    pairs = re.findall(r'"(\w+)=([^"]*)"', "".join(re.findall(r"^parameter_overrides = .*$", config, re.MULTILINE)))
    assert pairs
    assert all(value and f"\n  {name}:\n    Type:" in TEMPLATE for name, value in pairs)


def test_the_handbook_knows_every_alarm_and_no_other() -> None:
    handbook = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = handbook.partition("## Alarms")[2].partition("\n## ")[0]
    listed = {name for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    alarms = set(re.findall(r"^  (\w+):\n    Type: AWS::CloudWatch::Alarm", TEMPLATE, re.MULTILINE))
    assert listed == alarms


def test_the_handbook_knows_every_metric() -> None:
    handbook = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    sources = [*(ROOT / "layers" / "patchbay").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    counted = {
        name
        for path in sources
        for name in re.findall(r"\b(?:count|gauge)\(\s*\"([A-Z][A-Za-z]+)\"", path.read_text(encoding="utf-8"))
    }
    assert len(counted) > 15
    assert [name for name in sorted(counted) if f"`{name}`" not in handbook] == []


# --- the worked example ----------------------------------------------------------------------------------------------


def example(title: str) -> ModuleType:
    """A block of docs/adding-a-service.md, as a module."""
    text = (ROOT / "docs" / "adding-a-service.md").read_text(encoding="utf-8")
    found = re.search(rf"^```python {title}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert found
    module = sys.modules[f"example_{title}"] = ModuleType(f"example_{title}")  # where pydantic looks for its types
    exec(compile(found[1], f"docs/adding-a-service.md:{title}", "exec", dont_inherit=True), module.__dict__)
    return module


def test_the_example_of_a_new_service_works() -> None:
    """A letter there and an answer back, between the example's connector and the example's simulator."""
    connector, kind = example("connector").CONNECTOR, example("simulator").SIMULATOR
    assert isinstance(connector, Connector)
    time = VirtualTime()
    events: list[object] = []

    def receive(method: str, _url: str, headers: Mapping[str, str], body: bytes) -> WebhookAnswer:
        lower = {name.lower(): value for name, value in headers.items()}
        request = WebhookRequest(method=method, headers=lower, body=body, received_at=time.now())
        connector.verify(request, Endpoint(id="p", service="pigeon", secrets=secrets))
        events.extend(connector.parse(request, Endpoint(id="p", service="pigeon", secrets=secrets)))
        return WebhookAnswer(200)

    simulator: Simulator = kind(time, receive, Random(1))
    secrets = Secrets(values=simulator.demo().secrets)
    simulator.paste_webhooks({"webhook": "https://bridge.test/pigeon/hook"})
    person = str(simulator.act("new_person", {"name": "Ada"})["person"])
    simulator.act("write", {"person": person, "text": "Coo?"})
    time.settle()
    (event,) = events
    assert isinstance(event, MessageReceived)
    assert event.message.content == (Text(text="Coo?"),)

    connection = Connection(
        id="p",
        service="pigeon",
        side=connector.side,
        endpoint_id="p",
        settings=simulator.demo().settings,
        secrets=secrets,
    )
    http = WsgiHttp({urlsplit(simulator.base_url).netloc: simulator.app})
    answer = Part(key="e:0", content=Text(text="Coo."), sender=Sender(role=Role.AGENT), sent_at=time.now())
    assert connector.deliver(answer, Conversation(external_id=event.thread), connection, http).external_id
    assert "Coo." in json.dumps(simulator.view())


def test_the_example_of_a_function_is_what_functions_look_like() -> None:
    text = (ROOT / "docs" / "adding-a-service.md").read_text(encoding="utf-8")
    shown = text.partition("```python function\n")[2].partition("```")[0]
    real = (ROOT / "functions" / "viber_webhook" / "app.py").read_text(encoding="utf-8")
    assert shown.partition('"""\n')[2] == real.partition('"""\n')[2].replace("viber", "pigeon")


def test_the_readme_stays_short() -> None:
    text = capability_tables.README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 130
    assert len(text.split()) <= 1200


MODULES = [path for folder in FOLDERS for path in folder.rglob("*.py")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_the_modules_that_a_document_names_exist(document: Path) -> None:
    named = re.findall(r"`([\w/]+\.py)`", without_code(document.read_text(encoding="utf-8")))
    assert [name for name in named if not any(f"/{path}".endswith(f"/{name}") for path in map(name_of, MODULES))] == []
