"""What `make bench` times runs: the AWS in it that answers at once knows all that the functions ask of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench import cold, neighbours, page, warm
from bench.__main__ import print_figures
from bench.canned.tables import Tables
from bench.cold import Start
from bench.neighbours import Comparison, Phases, Trouble
from bench.part import Cpu, Part, Say, ratio
from bench.runtime import VARIABLES, Runtime
from bench.samples import SERVICES
from bench.setting import Setting, canned_setting
from patchbay.kit import registry
from tests.aws.aws import read_template


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Setting]:
    """With the tests' own packages, so that nothing is built, and one round of everything."""

    @contextmanager
    def run_here(packages: Path, variables: Mapping[str, str]) -> Iterator[Runtime]:
        here = {"ROUNDS": "1", "PYTHONPYCACHEPREFIX": ""}  # what is compiled already stays so
        yield Runtime(folder=tmp_path, python=Path(sys.executable), packages=packages, variables={**variables, **here})

    monkeypatch.setattr("bench.setting.lambda_runtime", run_here)
    with canned_setting() as made:
        yield made


def test_every_function_handles_its_first_event(setting: Setting) -> None:
    starts = cold.time_starts(setting, rounds=1, warm_up=0)
    assert set(SERVICES) == set(registry.names())
    assert all(start.firsts[0] > 0 for name, start in starts.items() if name != cold.FLOOR)
    assert all(10 < start.memory[0] < 500 for start in starts.values())
    assert len(list(cold.rate_starts(starts))) == len(SERVICES) + 1


def test_functions_are_timed_with_what_the_template_gives_them() -> None:
    template = read_template()
    given: Mapping[str, object] = template["Globals"]["Function"]["Environment"]["Variables"]
    assert set(given) - set(VARIABLES) == set()
    assert VARIABLES["PYDANTIC_DISABLE_PLUGINS"] == given["PYDANTIC_DISABLE_PLUGINS"]
    assert VARIABLES["PATCHBAY_LOG_DETAIL"] == template["Parameters"]["LogDetail"]["Default"]


def test_webhooks_are_answered_by_us_and_by_the_floor(setting: Setting) -> None:
    times = warm.time_webhooks(setting, "freshchat")
    assert len(times["ours"]) == len(times["floor"]) == 1


def test_events_are_dispatched_by_us_over_both_clients_and_by_the_floor(setting: Setting) -> None:
    times = warm.time_events(setting, rounds=1)
    assert [len(times[side]) for side in ("ours", "boto3", "floor")] == [1, 1, 1]


def test_a_batch_is_delivered_to_the_platform(setting: Setting) -> None:
    times = warm.time_batches(setting, rounds=1)
    assert times["ten"][0] > times["call"][0] > 0.2


def test_the_canned_table_changes_items_as_expressions_say() -> None:
    answers, key = Tables().answers, {"pk": {"S": "a"}, "sk": {"S": "b"}}
    update = {
        "Key": key,
        "UpdateExpression": "SET one = :one, two = if_not_exists(two, :none) + :one ADD #count :one, ids :ids REMOVE x",
        "ExpressionAttributeNames": {"#count": "count"},
        "ExpressionAttributeValues": {":one": {"N": "1"}, ":none": {"N": "0"}, ":ids": {"SS": ["i"]}},
        "ReturnValues": "ALL_OLD",
    }
    assert answers["DynamoDB_20120810.UpdateItem"](update) == {}
    before = answers["DynamoDB_20120810.UpdateItem"](update)["Attributes"]
    assert before == {**key, "one": {"N": "1"}, "two": {"N": "1"}, "count": {"N": "1"}, "ids": {"SS": ["i"]}}
    now = answers["DynamoDB_20120810.GetItem"]({"Key": key})["Item"]
    assert (now["two"], now["count"]) == ({"N": "2"}, {"N": "2"})


PHASES = Phases(calm=10, learning=20, after=30)
HANGS = Trouble(title="hangs", rate=12, answer=neighbours.hang)


def compare(trouble: Trouble, containers: int) -> Comparison:
    ours, floor = (neighbours.run(containers, one, seed=1, phases=PHASES) for one in (trouble, None))
    return neighbours.compare(trouble, containers, ours, floor)


@pytest.mark.parametrize("containers", neighbours.CONTAINERS)
def test_a_service_that_hangs_slows_down_nobody_else(containers: int) -> None:
    found = compare(HANGS, containers)
    assert found.met
    assert found.served > 0.5


def test_the_same_seed_gives_the_same_times() -> None:
    assert compare(neighbours.TROUBLES[-1], 2) == compare(neighbours.TROUBLES[-1], 2)


def test_a_dispatcher_without_protection_misses_the_aim(monkeypatch: pytest.MonkeyPatch) -> None:
    """The measurement itself: it must see what it is there for."""
    monkeypatch.setattr("patchbay.bridge.bulkhead._Line.is_slow", lambda *_: False)
    monkeypatch.setattr("patchbay.bridge.dispatch._MOST_GROUPS", 10)
    monkeypatch.setattr("tests.harness.fakes.queue.MemoryQueue.take_more", lambda *_: [])
    found = compare(HANGS, 5)
    assert found.p99 > 10
    assert found.p99_learning > 10


class Measured:
    """A part with one figure, which measures nothing."""

    def __init__(self, letter: str, section: str) -> None:
        self.LETTERS = letter
        self.section = section

    def measure(self, say: Say, cpu: Cpu) -> Part:
        raise NotImplementedError

    def result(self, value: float) -> Part:
        figure = ratio(f"({self.LETTERS}) CPU", "the floor", 1.5, value, "8 ms ÷ 5 ms")
        method = f"- **({self.LETTERS})** takes\n  {value} seconds"
        return Part(figures=[figure], method=method, section=f"{self.section}{value}" if self.section else "")


def test_the_page_has_the_aim_beside_each_figure_and_says_what_is_missed(tmp_path: Path) -> None:
    target, parts = tmp_path / "page.md", {"one": Measured("a", "## One\n\n")}
    page.write(target, parts, {"one": parts["one"].result(1.6)})
    written = target.read_text(encoding="utf-8")
    assert "| (a) CPU | the floor | 1.60 (8 ms ÷ 5 ms) | ≤ 1.5 | **missed** |" in written
    page.write(target, parts, {"one": parts["one"].result(1.4)})
    assert "| (a) CPU | the floor | 1.40 (8 ms ÷ 5 ms) | ≤ 1.5 | met |" in target.read_text(encoding="utf-8")


def test_a_part_of_the_page_is_renewed_by_itself(tmp_path: Path) -> None:
    target = tmp_path / "page.md"
    parts = {"one": Measured("a", "## One\n\n"), "two": Measured("b", ""), "three": Measured("c", "## Three\n\n")}
    page.write(target, parts, {name: part.result(1.25) for name, part in parts.items()})
    whole = target.read_text(encoding="utf-8")
    page.write(target, parts, {})
    assert target.read_text(encoding="utf-8") == whole
    page.write(target, parts, {"three": parts["three"].result(2.5)})
    renewed = target.read_text(encoding="utf-8")
    assert renewed == whole.replace("## Three\n\n1.25", "## Three\n\n2.5").replace(
        "| (c) CPU | the floor | 1.25 (8 ms ÷ 5 ms) | ≤ 1.5 | met |",
        "| (c) CPU | the floor | 2.50 (8 ms ÷ 5 ms) | ≤ 1.5 | **missed** |",
    ).replace("- **(c)** takes\n  1.25", "- **(c)** takes\n  2.5")


def test_aims_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    aimed, reported = (ratio("(b) CPU", "the floor", aim, 1.6, "8 ms ÷ 5 ms") for aim in (1.5, None))
    print_figures([aimed, reported])
    printed = "missed  (b) CPU: 1.60 (8 ms ÷ 5 ms), aim ≤ 1.5\n        (b) CPU: 1.60 (8 ms ÷ 5 ms)\n"
    assert capsys.readouterr().out == printed


def test_a_memory_above_the_aim_is_missed() -> None:
    starts = {name: Start(memory=[49.0]) for name in (cold.FLOOR, *SERVICES)} | {"webchat": Start(memory=[51.2])}
    [figure] = cold.rate_memory(starts)
    assert (figure.met, figure.shown) == (False, "51 MB (`webchat`; the floor: 49 MB)")
