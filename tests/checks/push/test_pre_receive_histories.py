"""Pushes to main through histories that hide whose change it is: each attack, and the lawful work that is most like it.

The commits are made by hand on the small school of `tests.support.places`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.history_door import Door
from tests.support.landing import Push, violations
from tests.support.places import (
    ACCESS,
    ALFA,
    ART,
    FIELDS,
    MENTOR,
    NEAR,
    OFFICE,
    OTHER_ART,
    PRINCIPAL,
    TERMS,
    Commit,
    file,
    first_state,
    goal_begins,
    in_plan,
    put,
    three_way,
    whole_goal,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.places import Place, State, Value

    Answer = Callable[[Push], bool]

LAST, NOW, NEXT, _ = TERMS
TEXT, BILD, STATE = ("fält", NEAR, NOW, FIELDS[0]), ("omdöme", NEAR, NOW, "Bild"), ("läge", NEAR, NOW)
TERM, SHARED, DRAFT = ("termin", NEAR), ("mål", NEAR, "m2", "läge"), ("utkast",)
ANEW, LATER = ("Nytt.", MENTOR), ("Ännu nyare.", MENTOR)
LEVEL, OTHER_LEVEL = ("mycket", "Nytt.", ART), ("lagom", "Annat.", ART)


@pytest.fixture(params=["program", "sentence"])
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Answer:
    """Return who answers: the program, or what the random histories are judged by."""
    if request.param == "sentence":
        return lambda push: not violations(push)
    found = Door(tmp_path / "school.git")
    found.begin()
    return found.accepts


def begin(near: str = "delad") -> Commit:
    return Commit((), first_state(near), OFFICE, "begin")


def change(on: Commit, who: str, *places: tuple[Place, Value | None]) -> Commit:
    state = dict(on.state)
    for place, value in places:
        put(state, place, value)
    return Commit((on,), state, who, "change")


def empty(on: Commit, who: str) -> Commit:
    return Commit((on,), on.state, who, "empty")


def merge(one: Commit, other: Commit, who: str, state: State | None = None) -> Commit:
    """Merge as git does, or to a given state."""
    (base,) = [c for c in one.line & other.line if not any(c in d.past for d in one.line & other.line)]
    clean, _ = three_way(base.state, one.state, other.state)
    return Commit((one, other), clean if state is None else state, who, "merge")


def without_goal(commit: Commit) -> list[tuple[Place, None]]:
    return [(place, None) for place in whole_goal(commit.state, NEAR, "m2")]


def begins(commit: Commit, term: str) -> list[tuple[Place, Value | None]]:
    """Return the changes that begin another term's plan."""
    old: list[tuple[Place, Value | None]] = [(place, None) for place in commit.state if in_plan(place, NEAR)]
    return [(TERM, (term,)), *old, (("läge", NEAR, term), DRAFT)]


def back_again(commit: Commit, before: Commit) -> list[tuple[Place, Value | None]]:
    """Return the changes that bring an earlier term's plan back."""
    new: list[tuple[Place, Value | None]] = [(place, None) for place in commit.state if in_plan(place, NEAR)]
    return [*new, *((place, before.state[place]) for place in before.state if place == TERM or in_plan(place, NEAR))]


def taken(door: Answer, before: Commit, after: Commit, pusher: str, *branches: Commit) -> bool:
    """Say whether a push is taken by a server that has some branches beside main."""
    return door(Push(before, after, pusher, before.line.union(*(branch.line for branch in branches))))


# --- a plan that is final


@pytest.mark.parametrize("final", [True, False])
@pytest.mark.parametrize("first", [True, False])
def test_a_merge_changes_nothing_in_a_plan_that_main_has_made_final(door: Answer, *, final: bool, first: bool) -> None:
    root = begin()
    branch = change(root, MENTOR, (TEXT, ANEW))
    main = change(root, MENTOR, (STATE, ("fastställd",) if final else ("delad",)), (SHARED, ("delad",)))
    sides = (main, branch) if first else (branch, main)

    assert taken(door, main, merge(*sides, MENTOR), MENTOR) is not final


@pytest.mark.parametrize("who", [MENTOR, PRINCIPAL, OFFICE])
@pytest.mark.parametrize("between", [True, False])
def test_no_strategy_of_merging_rewrites_a_final_plan(door: Answer, who: str, *, between: bool) -> None:
    root = begin()
    old = change(root, MENTOR, (TEXT, ANEW))
    main = change(change(root, MENTOR, (TEXT, LATER)), MENTOR, (STATE, ("fastställd",)))
    mine = empty(main, who) if between else main

    assert not taken(door, main, merge(mine, old, who, old.state), who, old)


def test_a_plan_that_a_branch_has_made_final_is_changed_by_no_merge(door: Answer) -> None:
    root = begin()
    final = change(root, MENTOR, (STATE, ("fastställd",)))
    main = change(root, ART, (BILD, LEVEL))

    assert not taken(door, main, merge(final, main, MENTOR), MENTOR)


@pytest.mark.parametrize("pushes", [1, 2])
def test_a_term_that_was_changed_is_not_changed_back(door: Answer, pushes: int) -> None:
    main = begin("fastställd")
    later = change(main, MENTOR, *begins(main, NEXT))
    back = change(later, MENTOR, *back_again(later, main), (TEXT, ANEW))

    assert taken(door, main, later, MENTOR)
    assert not taken(door, main if pushes == 1 else later, back, MENTOR)


@pytest.mark.parametrize("landed", [True, False])
def test_a_merge_does_not_bring_a_final_term_back(door: Answer, *, landed: bool) -> None:
    root = begin("fastställd")
    later = change(root, MENTOR, *begins(root, NEXT))
    side = empty(root, MENTOR)
    state = change(later, MENTOR, *back_again(later, root), (TEXT, ANEW)).state
    main = later if landed else root

    assert not taken(door, main, merge(later, side, MENTOR, state), MENTOR)


@pytest.mark.parametrize("between", [True, False])
def test_an_old_branch_does_not_bring_an_earlier_term_back(door: Answer, *, between: bool) -> None:
    start = begin()
    root = Commit((), change(start, MENTOR, *begins(start, LAST)).state, OFFICE, "begin")
    branch = change(root, MENTOR, *begins(root, NOW), (TEXT, ANEW))
    final = change(change(root, MENTOR, *begins(root, NOW)), MENTOR, (STATE, ("fastställd",)))
    main = change(final, MENTOR, *begins(final, NEXT))
    mine = empty(main, MENTOR) if between else main

    assert not taken(door, main, merge(mine, branch, MENTOR, branch.state), MENTOR, branch)


# --- an old branch


def test_a_stale_branch_does_not_take_away_a_goal_that_was_shared_since(door: Answer) -> None:
    root = begin()
    branch = change(root, MENTOR, *without_goal(root))
    shared = change(root, MENTOR, (SHARED, ("delad",)))
    still_draft = change(root, MENTOR, (TEXT, ANEW))

    assert not taken(door, shared, merge(shared, branch, MENTOR, branch.state), MENTOR)
    assert not taken(door, shared, merge(empty(shared, MENTOR), branch, MENTOR, branch.state), MENTOR, branch)
    assert taken(door, still_draft, merge(still_draft, branch, MENTOR), MENTOR)


@pytest.mark.parametrize("who", [OFFICE, PRINCIPAL])
@pytest.mark.parametrize("between", [0, 1])
def test_a_stale_branch_does_not_bring_a_goal_back_that_main_took_away(door: Answer, who: str, between: int) -> None:
    root = begin()
    branch = change(root, MENTOR, (("mål", NEAR, "m2", "text"), ("Nytt.",)))
    main = change(root, MENTOR, *without_goal(root))
    mine = main
    for _ in range(between):
        mine = empty(mine, who)

    assert not taken(door, main, merge(mine, branch, who, branch.state), who, branch)


@pytest.mark.parametrize(("who", "may"), [(MENTOR, False), (ART, True)])
@pytest.mark.parametrize("between", [0, 1, 2])
def test_a_conflict_with_main_is_settled_by_right(door: Answer, who: str, between: int, *, may: bool) -> None:
    root = begin()
    branch = change(root, ART, (BILD, OTHER_LEVEL))
    main = change(root, ART, (BILD, LEVEL))
    mine = main
    for _ in range(between):
        mine = empty(mine, who)

    assert taken(door, main, merge(mine, branch, who, branch.state), who, branch) is may
    assert taken(door, main, merge(branch, mine, who, branch.state), who, branch) is may


@pytest.mark.parametrize(("who", "may"), [(MENTOR, False), (PRINCIPAL, True), (OFFICE, True)])
def test_an_old_branch_does_not_bring_old_rules_back(door: Answer, who: str, *, may: bool) -> None:
    root = begin()
    branch = change(root, PRINCIPAL, (file(ALFA), (MENTOR, ART, "Ett.")))
    main = change(root, OFFICE, (file(ALFA), (MENTOR, OTHER_ART, "Två.")))
    merged = merge(empty(main, who), branch, who, branch.state)

    assert taken(door, main, merged, who, branch) is may


@pytest.mark.parametrize("who", [MENTOR, PRINCIPAL])
def test_a_merge_that_takes_everything_from_an_old_branch_undoes_nobody_s_work(door: Answer, who: str) -> None:
    root = begin()
    branch = change(root, MENTOR, (TEXT, ANEW))
    main = change(change(root, ART, (BILD, LEVEL)), OFFICE, (file(ACCESS), ("öppen", "Ett.")))

    assert not taken(door, main, merge(main, branch, who, branch.state), who, branch)
    assert not taken(door, main, merge(branch, empty(main, who), who, branch.state), who, branch)


@pytest.mark.parametrize("lost", [True, False])
@pytest.mark.parametrize("forward", [True, False])
def test_a_branch_lands_by_the_rights_of_its_writer_today(door: Answer, *, lost: bool, forward: bool) -> None:
    root = begin()
    branch = change(root, ART, (BILD, LEVEL))
    main = change(root, PRINCIPAL, (file(ALFA), (MENTOR, OTHER_ART if lost else ART, "Ett.")))
    landed = merge(main, branch, ART if forward else MENTOR)
    known = (branch, landed) if forward else (branch,)  # main goes forward to what lies on the server already

    assert taken(door, main, landed, MENTOR, *known) is not lost


# --- what a merge decides


@pytest.mark.parametrize(("who", "may"), [(MENTOR, False), (ART, True)])
def test_what_a_colleague_has_not_landed_is_dropped_by_themselves_alone(door: Answer, who: str, *, may: bool) -> None:
    root = begin()
    branch = change(root, ART, (BILD, LEVEL))
    main = change(root, MENTOR, (TEXT, ANEW))

    assert taken(door, main, merge(main, branch, who, main.state), who, branch) is may


@pytest.mark.parametrize(("who", "may"), [(ART, True), (MENTOR, False), (PRINCIPAL, False)])
def test_what_no_commit_of_the_push_says_is_the_merge_maker_s_own(door: Answer, who: str, *, may: bool) -> None:
    root = begin()
    branch = change(root, ART, (("kommentar", NEAR, "m1", "c9"), ("Bra.", ART)))
    main = change(root, MENTOR, (TEXT, ANEW))
    merged = merge(main, branch, who)
    merged.state[BILD] = LEVEL

    assert taken(door, main, merged, who, branch) is may


@pytest.mark.parametrize(
    ("change_of", "writer", "who", "may"),
    [
        ((file(ACCESS), ("stoppad", "Ett.")), OFFICE, MENTOR, False),
        ((file(ACCESS), ("stoppad", "Ett.")), OFFICE, PRINCIPAL, False),
        ((file(ACCESS), ("stoppad", "Ett.")), OFFICE, OFFICE, True),
        ((file(ALFA), (MENTOR, OTHER_ART, "Ett.")), OFFICE, PRINCIPAL, True),
        ((file(ALFA), (MENTOR, OTHER_ART, "Ett.")), PRINCIPAL, MENTOR, False),
        ((file("README.md"), ("Ett.",)), OFFICE, MENTOR, True),
        ((BILD, LEVEL), ART, MENTOR, True),
    ],
)
def test_sensitive_files_are_let_in_by_those_who_may_write_them(
    door: Answer, change_of: tuple[Place, Value], writer: str, who: str, *, may: bool
) -> None:
    root = begin()
    branch = change(root, writer, change_of)
    main = change(root, MENTOR, (TEXT, ANEW))

    assert taken(door, root, branch, who, branch) is may
    assert taken(door, main, merge(main, branch, who), who, branch) is may


# --- lawful work


@pytest.mark.parametrize("who", [MENTOR, ART, OFFICE, PRINCIPAL])
@pytest.mark.parametrize("kind", ["comment", "goal", "goal gone", "comment gone", "step", "omdöme"])
def test_a_stale_branch_takes_on_what_main_has_got_since(door: Answer, who: str, kind: str) -> None:
    start = begin()
    root = Commit((), change(start, MENTOR, (("kommentar", NEAR, "m1", "c8"), ("Bra.", MENTOR))).state, OFFICE, "begin")
    course = ("mål", NEAR, "m2", "förlopp")
    goal: list[tuple[Place, Value | None]] = [
        (goal_begins(NEAR, "g1"), (ART, "Bild")),
        (("mål", NEAR, "g1", "text"), ("Nytt.",)),
        (("mål", NEAR, "g1", "läge"), DRAFT),
        (("mål", NEAR, "g1", "förlopp"), (f"nytt:{ART}",)),
    ]
    new: dict[str, list[tuple[Place, Value | None]]] = {
        "comment": [(("kommentar", NEAR, "m1", "c9"), ("Nytt.", ART))],
        "comment gone": [(("kommentar", NEAR, "m1", "c8"), None)],
        "goal": goal,
        "goal gone": [*without_goal(root)],
        "step": [(course, (*root.state[course], f"pågående:{ART}"))],
        "omdöme": [(BILD, LEVEL)],
    }
    main = change(root, MENTOR if kind.endswith("gone") else ART, *new[kind])
    branch = change(root, MENTOR, (("fält", NEAR, NOW, FIELDS[1]), ANEW))

    assert taken(door, main, merge(main, branch, who), who, branch)
    assert taken(door, main, merge(branch, main, who), who, branch)


def test_branches_that_have_merged_each_other_come_in(door: Answer) -> None:
    root = begin()
    one, other = change(root, MENTOR, (TEXT, ANEW)), change(root, ART, (BILD, LEVEL))
    first, second = merge(one, other, MENTOR), merge(other, one, ART)
    last = Commit((first, second), first.state, MENTOR, "merge")
    goal = change(last, MENTOR, (goal_begins(NEAR, "m1"), last.state[goal_begins(NEAR, "m1")]))

    assert taken(door, root, goal, MENTOR, second)


def test_a_branch_that_follows_main_comes_in(door: Answer) -> None:
    root = begin()
    main = change(root, MENTOR, (TEXT, ANEW))
    branch = change(root, ART, (BILD, OTHER_LEVEL))
    following = change(merge(branch, main, ART), ART, (BILD, LEVEL))

    assert taken(door, main, following, ART)
