"""Whatever the door lets into main comes from main by single changes that each are allowed, through any history.

Random histories of three people with branches, empty commits, merges of every strategy, reverts, cherry-picks, rebases
and stale copies of main. What may land is said by `landing`, from the sentence alone and apart from the program.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from iup.checks.push import finality, landing
from iup.checks.push.provenance import Lines
from tests.support import campaign
from tests.support.histories import History
from tests.support.history_door import Door
from tests.support.landing import former_accepts, is_lawful, violations
from tests.support.places import names

if TYPE_CHECKING:
    from pathlib import Path

# What the former rules let in. With them put back each of these must be found, in far less than a minute.
FORMER = frozenset(
    {
        "final plan rewritten",
        "plan that is final on a side changed by a merge",
        "rules or school: conflict settled without the right",
        "sensitive file landed by another",
        "shared goal gone",
        "text by one who has lost the right",
        "text: conflict settled without the right",
    }
)
# What is met as the only fault of a push: a door that forgets one of these lets that push in.
ALONE = frozenset(
    {
        "dropped by a merge",
        "plan that is final on a side changed by a merge",
        "rules or school: conflict settled without the right",
        "sensitive file landed by another",
        "shared goal gone",
        "term goes back",
        "text by one who has lost the right",
        "text made by a merge",
        "text without the right",
        "text: conflict settled without the right",
    }
)


@campaign.cases(200, 10_000)
def test_what_lands_comes_from_main_by_changes_that_their_writers_may_make(cases: int, tmp_path: Path) -> None:
    door = Door(tmp_path / "school.git")
    met: Counter[str] = Counter()
    wrong: list[str] = []

    for seed in range(campaign.SEED, campaign.SEED + cases):
        for push, taken in History(seed).pushes(door.begin()):
            against, lawful = violations(push), is_lawful(push)
            merges = sum(len(commit.parents) > 1 for commit in push.new)
            met.update(pushes=1, against=bool(against), lawful=lawful, lawful_merges=lawful and merges > 0)
            if taken and against:
                kinds = ", ".join(sorted({found.kind for found in against}))
                wrong.append(f"seed {seed}: let in: {kinds}, at {against[0].place} ({names(push.new)})")
            if lawful and not taken:
                wrong.append(f"seed {seed}: refused lawful work: {door.rules()} ({names(push.new)})")

    assert not wrong, "\n".join(wrong)
    # Neither half of this may be empty.
    assert met["against"] > cases / 3, met
    assert met["lawful"] > cases, met
    assert met["lawful_merges"] > cases / 3, met


# What ten thousand histories found: a plan that was emptied by going back from the next term's, a comment in another's
# name in a goal that one side did not have; and lawful work that was refused.
FOUND = (7340, 8264, 5082, 5136, 20154, 1139, 6437, 9057, 9944)


@pytest.mark.parametrize("seed", FOUND)
def test_what_was_found_once_is_judged_rightly(seed: int, tmp_path: Path) -> None:
    door = Door(tmp_path / "school.git")
    for push, taken in History(seed).pushes(door.begin()):
        assert not (taken and violations(push))
        assert taken or not is_lawful(push), door.rules()


@campaign.cases(8, 200)
def test_answers_given_without_a_process_are_those_of_git(cases: int, tmp_path: Path) -> None:
    door = Door(tmp_path / "school.git")
    asked = 0

    for seed in range(campaign.SEED, campaign.SEED + cases):
        for push, _ in History(seed).pushes(door.begin()):
            same = door.answer(push, by_git=True) == door.refusals
            assert same, f"seed {seed}: {door.rules()}"
            asked += 1

    assert asked > cases


def _decides_freely(lines: Lines[Any, Any], *merge: Any) -> tuple[Any, Any]:  # noqa: ANN401  a merge as it is called
    return MERGE(lines, *merge)[0], []


MERGE = Lines.merge
# A rule of the door, and what takes it away.
WEAKER: dict[str, tuple[object, str, object]] = {
    "a merge decides what its maker may write": (Lines, "merge", _decides_freely),
    "a plan counts as far as main has come": (finality, "furthest", lambda change, *_: change),
    "a value older than main's replaces nothing": (Lines, "_follows", staticmethod(lambda *_: True)),
    "sensitive files are let in by who may write them": (landing, "let_in", lambda *_: ()),
}


@pytest.mark.parametrize("rule", WEAKER)
def test_the_histories_find_a_door_without_one_of_its_rules(
    rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, name, instead = WEAKER[rule]
    monkeypatch.setattr(where, name, instead)
    door = Door(tmp_path / "school.git")

    found = (
        seed for seed in range(300) for push, taken in History(seed).pushes(door.begin()) if taken and violations(push)
    )

    assert next(found, None) is not None


def test_with_the_former_rules_put_back_their_faults_are_found() -> None:
    found: dict[str, int] = {}

    for seed in range(600):
        for push, taken in History(seed).pushes(former_accepts):
            for violation in violations(push) if taken else ():
                found.setdefault(violation.kind, seed)

    assert found.keys() >= FORMER, found


def test_each_fault_is_met_alone_in_the_histories_of_every_run() -> None:
    found: dict[str, int] = {}

    for seed in range(600):
        for push, _ in History(seed).pushes(lambda push: not violations(push)):
            kinds = sorted({violation.kind for violation in violations(push)})
            if len(kinds) == 1:
                found.setdefault(kinds[0], seed)

    assert found.keys() >= ALONE, found
