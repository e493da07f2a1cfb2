"""`patchbay templates` and `patchbay costs`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from patchbay.domain.accounts import Connection
from patchbay.domain.errors import Rejected
from patchbay.domain.model import Conversation, Delivered, Part
from patchbay.domain.templates import ButtonKind, FilledTemplate, Template, TemplateButton
from patchbay.kit.contract import Http
from patchbay.kit.template_abilities import ManagesTemplates, SendsTemplates
from patchbay_cli.deployment import Deployment
from tests.cli.conftest import Cli
from tests.cli.fakes import WebhookMessenger
from tests.harness.fakes.windowed import GREETING, OFFER, PENDING, REMINDER

NEW = {
    "name": "visit_reminder",
    "language": "en",
    "category": "utility",
    "header": "On {{1}}",
    "body": "Hello {{first_name}}, see you at {{time}}.",
    "footer": "Acme",
    "buttons": [
        {"kind": "reply", "label": "Fine"},
        {"kind": "url", "label": "Move it", "value": "https://acme.example/v/{{1}}"},
    ],
    "examples": {"header_1": "Monday", "first_name": "Zoë", "time": "10:30", "button_2": "77"},
}


@dataclass
class TemplateMessenger(WebhookMessenger, SendsTemplates, ManagesTemplates):
    listed: list[Template] = field(default_factory=lambda: [OFFER, REMINDER, GREETING, PENDING])
    asked: list[tuple[str, Template]] = field(default_factory=list)
    refusal: str = ""

    def list_templates(self, connection: Connection, http: Http) -> Sequence[Template]:
        return self.listed

    def send_template(
        self, filled: FilledTemplate, part: Part, conversation: Conversation, connection: Connection, http: Http
    ) -> Delivered:
        raise AssertionError("the command sends nothing")

    def create_template(self, template: Template, connection: Connection, http: Http) -> Template:
        return self._take("create", template)

    def edit_template(self, template: Template, connection: Connection, http: Http) -> Template:
        return self._take("edit", template)

    def delete_template(self, template: Template, connection: Connection, http: Http) -> None:
        self._take("delete", template)

    def _take(self, what: str, template: Template) -> Template:
        if self.refusal:
            raise Rejected(self.refusal)
        self.asked.append((what, template))
        return replace(template, id="t1")


@pytest.fixture
def pigeon() -> TemplateMessenger:
    return TemplateMessenger()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write(tmp_path / "template.json", NEW)


def write(path: Path, content: object) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_templates_are_listed_and_shown(connected: Cli) -> None:
    rows = connected.read("templates", "list", "loft")
    assert [row["name"] for row in rows] == ["greeting", "later", "visit_reminder", "winter_sale"]
    assert [row["name"] for row in connected.read("templates", "list", "loft", "--status", "pending")] == ["later"]
    assert "visit_reminder" in connected.succeed("templates", "list", "loft")
    assert "Guten Tag {{first_name}}" in connected.succeed("templates", "show", "loft", "visit_reminder")
    assert connected.read("templates", "show", "loft", "greeting")["parameters"] == ["1"]


def test_a_template_is_created_from_a_file(connected: Cli, pigeon: TemplateMessenger, file: Path) -> None:
    assert "is handed in. Its status is pending." in connected.succeed("templates", "create", "loft", str(file))
    ((what, template),) = pigeon.asked
    assert what == "create"
    assert template.parameters == ("header_1", "first_name", "time", "button_2")
    assert template.buttons[1] == TemplateButton(
        kind=ButtonKind.URL, label="Move it", value="https://acme.example/v/{{1}}"
    )
    assert template.examples["first_name"] == "Zoë"


def test_what_is_shown_can_be_edited(connected: Cli, pigeon: TemplateMessenger, tmp_path: Path) -> None:
    pigeon.listed = [replace(REMINDER, id="t7", examples={"first_name": "Zoë", "time": "10:30"})]
    shown = connected.read("templates", "show", "loft", "visit_reminder")
    changed = write(tmp_path / "changed.json", {**shown, "body": "Hallo {{first_name}}, bis {{time}}!", "id": ""})
    connected.succeed("templates", "edit", "loft", str(changed))
    ((what, template),) = pigeon.asked
    assert (what, template.id, template.body) == ("edit", "t7", "Hallo {{first_name}}, bis {{time}}!")


def test_a_template_is_deleted_after_a_question(connected: Cli, pigeon: TemplateMessenger) -> None:
    assert "add --yes" in connected.fail("templates", "delete", "loft", "greeting")
    connected.succeed("templates", "delete", "loft", "greeting", "--yes")
    assert pigeon.asked == [("delete", GREETING)]


def test_templates_are_listed_and_created_for_scripts_and_people(
    connected: Cli, pigeon: TemplateMessenger, file: Path
) -> None:
    assert connected.read("templates", "create", "loft", str(file))["name"] == "visit_reminder"
    assert "of which agents can send 3" in connected.succeed("templates", "sync", "loft")
    pigeon.listed = [replace(REMINDER, quality="green")]
    assert "quality: green" in connected.succeed("templates", "show", "loft", "visit_reminder")
    pigeon.listed = []
    assert "No templates." in connected.succeed("templates", "list", "loft")


def test_agents_choose_from_what_was_synced(connected: Cli, deployment: Deployment) -> None:
    assert connected.read("templates", "sync", "loft") == {"templates": 4, "sendable": 3}
    listed, _ = deployment.templates.read("loft")
    assert listed is not None
    assert len(listed.templates) == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": "Visit Reminder"}, "name: String should match pattern"),
        ({"colour": "red"}, "colour: Extra inputs are not permitted"),
        ({"body": ""}, "body: String should have at least 1 character"),
        ({"examples": {}}, "examples: the review needs one for each parameter, also for header_1"),
        ({"buttons": [{"kind": "song", "label": "x"}]}, "buttons.0.kind: Input should be"),
    ],
)
def test_a_file_that_is_wrong_says_where(connected: Cli, tmp_path: Path, change: dict[str, object], said: str) -> None:
    wrong = write(tmp_path / "wrong.json", {**NEW, **change})
    assert said in connected.fail("templates", "create", "loft", str(wrong)).replace("\n", " ")


def test_a_file_that_is_no_json(connected: Cli, tmp_path: Path) -> None:
    (tmp_path / "no.json").write_text("name: x")
    assert "is not JSON" in connected.fail("templates", "create", "loft", str(tmp_path / "no.json"))


def test_what_the_messenger_refuses_is_said_in_its_words(connected: Cli, pigeon: TemplateMessenger, file: Path) -> None:
    pigeon.refusal = "the body has too many parameters for its length"
    assert "too many parameters for its length" in connected.fail("templates", "create", "loft", str(file))


def test_a_service_without_templates(connected: Cli) -> None:
    assert "Desk has no templates" in connected.fail("templates", "list", "help")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("greting",), "there is no template 'greting'"),
        (("later", "--language", "de"), "give --language: later exists in"),
    ],
)
def test_a_template_that_there_is_not(connected: Cli, words: tuple[str, ...], said: str) -> None:
    assert said in connected.fail("templates", "show", "loft", *words)


# --- costs -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def counted(connected: Cli, deployment: Deployment) -> Cli:
    today = deployment.clock.now().date()
    for number in range(3):
        deployment.costs.count("loft", today, "marketing", True, f"m{number}")
    deployment.costs.count("loft", today, "service", False, "s")
    deployment.costs.count("loft", today - timedelta(days=40), "utility", True, "u")
    return connected


def test_costs_are_counts(counted: Cli) -> None:
    counts = counted.read("costs")["counts"]
    assert [(row["category"], row["billable"], row["free"], row["estimate"]) for row in counts] == [
        ("marketing", 3, 0, None),
        ("service", 0, 1, None),
    ]
    assert len(counted.read("costs", "loft", "--days", "60")["counts"]) == 3
    assert "--rates FILE" in counted.succeed("costs")


def test_with_the_owners_prices_they_are_an_estimate(counted: Cli, tmp_path: Path) -> None:
    rates = {"currency": "EUR", "as_of": "2026-10-01", "source": "our contract", "rates": {"marketing": 0.1}}
    file = write(tmp_path / "rates.json", rates)
    assert "Estimate: 0.30 EUR, at the prices of 2026-10-01 (our contract)." in counted.succeed(
        "costs", "--rates", str(file)
    )
    result = counted.run("costs", "--days", "60", "--rates", str(file))
    assert "there is no price for utility" in result.stderr


def test_prices_that_are_wrong_say_where(counted: Cli, tmp_path: Path) -> None:
    file = write(tmp_path / "rates.json", {"currency": "euro", "as_of": "2026-10-01", "rates": {}})
    assert "currency: String should match" in counted.fail("costs", "--rates", str(file)).replace("\n", " ")


def test_no_price_was_reported(connected: Cli) -> None:
    assert "No messenger has reported a price." in connected.succeed("costs")
