"""One rule, one item, one person: each part of a rule decides by itself."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from iup.errors import ContentError
from iup.model.base import Handling, State
from iup.model.form import Grant
from iup.model.plan import Step
from iup.model.role import Condition, Role
from iup.policy.access import Action, Item, Kind, Policy, decide, required_policy
from iup.policy.relations import Standing
from iup.site.load import ACCESS
from iup.system.git.trees import MemoryTree

DAY = date(2026, 11, 24)
MENTOR = Standing("m", "p", DAY, frozenset({Role.MENTOR}))
GOAL = Item(Kind.GOAL, "p")


def policy(*rules: dict[str, Any]) -> Policy:
    common = {"skäl": "därför", "vem": ["mentor"], "får": ["läsa"], "vad": ["mål"]}
    return Policy.model_validate({"regler": [{"id": f"r{n}"} | common | rule for n, rule in enumerate(rules)]})


def test_what_a_rule_says_is_allowed_and_named() -> None:
    decision = decide(policy({}), Action.READ, GOAL, MENTOR)
    assert (decision.allowed, decision.rule, decision.reason) == (True, "r0", "därför")


@pytest.mark.parametrize(
    "rule",
    [
        {"vem": ["rektor"]},
        {"får": ["skriva"]},
        {"vad": ["plan"]},
        {"handling": ["arbetsmaterial"]},
        {"läge": ["utkast"]},
        {"fält": ["annat"]},
        {"om": "skrivkunnig"},
        {"gäller": {"från": "2026-11-25"}},
        {"gäller": {"från": "2026-01-01", "till": "2026-11-23"}},
    ],
    ids=str,
)
def test_each_part_of_a_rule_can_keep_it_from_giving_the_right(rule: dict[str, Any]) -> None:
    decision = decide(policy(rule), Action.READ, GOAL, MENTOR)
    assert (decision.allowed, decision.rule) == (False, "stängt")


def test_of_several_rules_the_first_that_gives_the_right_is_named() -> None:
    assert decide(policy({"vem": ["rektor"]}, {}, {"skäl": "annars"}), Action.READ, GOAL, MENTOR).rule == "r1"


def test_a_school_without_rules_that_can_be_read_is_no_school() -> None:
    for files in ({}, {ACCESS: b"regler: [\n"}, {ACCESS: b"regler:\n  - id: r\n"}):
        with pytest.raises(ContentError):
            required_policy(MemoryTree(files))


def test_a_form_that_narrows_says_who_has_the_right_by_it() -> None:
    grants = (Grant(vem=Role.PUPIL), Grant(vem=Role.GUARDIAN, om=Condition.NOT_LITERATE), Grant(vem=Role.PUPIL))
    for readers, told in ((grants, "eleven, vårdnadshavare (ej skrivkunnig)"), ((), "ingen")):
        decision = decide(policy({}), Action.READ, GOAL._replace(readers=readers, field="m1"), MENTOR)
        assert (decision.allowed, decision.rule) == (False, "mallen:m1")
        assert decision.reason == f"mallen ger bara rätten till: {told}"


def test_what_is_known_of_one_case_decides_no_other() -> None:
    """One `Policy` that has been asked everything, in any order, answers as one that was never asked before."""
    rules: tuple[dict[str, Any], ...] = (
        {"vem": ["eleven"], "handling": ["arbetsmaterial"]},
        {"vem": ["mentor"], "läge": ["utkast"]},
        {"vem": ["mentor"], "fält": ["ett"]},
        {"vem": ["rektor"], "om": "skrivkunnig"},
        {"vem": ["rektor"], "om": "ej skyddad", "neka": "ja"},
        {"vem": ["mentor"], "gäller": {"från": "2026-11-25"}},
        {"vem": ["skribenten"], "vad": ["plan"]},
        {"vem": ["undervisar_ämnet"], "får": ["skriva"]},
    )
    cases = [
        (
            action,
            Item(kind, "p", handling, state, field, subject, authors),
            Standing("m", "p", day, roles, taught, *facts),
        )
        for action in (Action.READ, Action.WRITE)
        for kind in (Kind.GOAL, Kind.PLAN)
        for handling in (Handling.FINAL, Handling.WORKING)
        for state in (State.SHARED, State.DRAFT)
        for field in ("ett", "annat")
        for subject, taught in (("Bild", frozenset({"Bild"})), ("Bild", frozenset({"Slöjd"})))
        for authors in (frozenset[str](), frozenset({"m"}))
        for day in (DAY, date(2026, 11, 25))
        for roles in (frozenset({Role.MENTOR}), frozenset({Role.PUPIL}), frozenset({Role.PRINCIPAL}))
        for facts in ((True, False), (False, True), (True, True))
    ]
    random.Random(1).shuffle(cases)
    asked = policy(*rules)
    told = [decide(asked, *case).rule for case in cases]
    assert set(told) == {"stängt", "r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"}
    assert told == [decide(policy(*rules), *case).rule for case in cases]
    assert told == [decide(asked, *case).rule for case in cases]


def test_a_rule_that_denies_wins_wherever_it_stands() -> None:
    allows: dict[str, Any] = {}
    denies = {"neka": "ja"}
    for rules in ((allows, denies), (denies, allows)):
        assert not decide(policy(*rules), Action.READ, GOAL, MENTOR).allowed


def test_no_relation_or_another_pupil_is_no_right() -> None:
    nobody = Standing("m", "p", DAY, frozenset())
    assert decide(policy({}), Action.READ, GOAL, nobody).rule == "ingen-relation"
    assert decide(policy({}), Action.READ, Item(Kind.GOAL, "q"), MENTOR).rule == "ingen-relation"


@pytest.mark.parametrize(
    ("move", "allowed"),
    [
        ((Step.NEW, Step.ONGOING), True),
        ((Step.NEW, Step.DONE), False),
        ((Step.DONE, Step.ONGOING), False),
        ((Step.NEW, Step.NEW), False),
    ],
)
def test_a_move_needs_both_its_ends_and_to_be_one(move: tuple[Step, Step], allowed: bool) -> None:  # noqa: FBT001  a case
    rule = {"får": ["flytta"], "från_steg": ["nytt"], "till_steg": ["pågående", "nytt"]}
    assert decide(policy(rule), Action.MOVE, GOAL, MENTOR, move).allowed == allowed


def test_working_material_and_drafts_are_closed_where_a_rule_says_nothing() -> None:
    for item in (Item(Kind.GOAL, "p", Handling.WORKING), Item(Kind.GOAL, "p", state=State.DRAFT)):
        assert not decide(policy({}), Action.READ, item, MENTOR).allowed
