"""Where a value comes from, on lines made by hand: commits are letters, states are words for each place."""

from __future__ import annotations

from dataclasses import dataclass, field

from iup.checks.push.provenance import MAIN, OLDER, Lines

STATES = {"old": {"p": "a", "q": "x"}, "main": {"p": "b", "q": "x"}}


@dataclass
class World:
    """Commits with their states, and lines that follow them."""

    states: dict[str, dict[str, str]] = field(default_factory=lambda: {name: dict(s) for name, s in STATES.items()})
    bases: tuple[str, ...] = ()
    lines: Lines[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = Lines("main", self.between, lambda value: value, lambda one, other: self.bases)  # noqa: ARG005  by hand

    def between(self, old: str, new: str) -> dict[str, str]:
        before, after = self.states[old], self.states[new]
        return {name: after.get(name, "") for name in before | after if before.get(name) != after.get(name)}

    def single(self, commit: str, parent: str, **changes: str) -> None:
        self.states[commit] = self.states[parent] | changes
        self.lines.single(commit, parent)

    def merge(self, commit: str, one: str, other: str, *, own: str = "", **state: str) -> tuple[list[str], list[str]]:
        """Merge to a state and return what is taken and decided; `own` are the commits of whoever merges."""
        self.states[commit] = dict(state)
        taken, decided = self.lines.merge(commit, (one, other), lambda lost: lost <= set(own))
        return [one.key for one in taken], [one.key for one in decided]

    def current(self, commit: str, place: str) -> frozenset[str]:
        return self.lines.origin(commit, place).current


def test_what_stands_is_main_s_or_older_until_a_commit_changes_it() -> None:
    world = World()
    world.single("c", "old", q="y")

    assert world.current("c", "p") == {OLDER}
    assert world.current("c", "q") == {"c"}
    assert world.current("old", "q") == {MAIN}


def test_an_older_value_takes_the_place_of_nothing_and_is_replaced_by_anything() -> None:
    world = World()
    world.single("c", "old", q="y")

    assert world.merge("m", "main", "c", p="b", q="y") == (["q", "p"], [])
    assert world.current("m", "p") == {MAIN}
    assert world.merge("n", "main", "c", p="a", q="y") == (["q"], ["p"])


def test_a_conflict_with_main_is_decided_however_many_empty_commits_lie_between() -> None:
    world = World()
    world.single("c", "old", p="c")
    world.single("d", "c")
    world.single("e", "main")

    assert world.merge("m", "e", "d", p="c", q="x") == ([], ["p"])
    assert world.merge("n", "e", "d", p="b", q="x") == ([], ["p"])
    assert world.merge("o", "e", "d", own="c", p="b", q="x") == (["p"], [])  # one's own words only are left out


def test_others_words_are_not_left_out_and_what_was_decided_is_a_change_of_its_own() -> None:
    world = World()
    world.single("c", "main", q="y")
    world.single("d", "main", q="z")

    assert world.merge("m", "c", "main", p="b", q="x") == ([], ["q"])
    assert world.merge("n", "c", "d", p="b", q="w") == ([], ["q", "q"])
    assert world.current("n", "q") == {"n"}
    assert world.merge("o", "n", "d", p="b", q="w") == (["q"], [])
    assert world.merge("r", "o", "main", p="b", q="w") == (["q"], [])


def test_both_lines_that_say_the_same_are_one() -> None:
    world = World()
    world.single("c", "main", q="y")
    world.single("d", "main", q="y")

    assert world.merge("m", "c", "d", p="b", q="y") == ([], [])
    assert world.current("m", "q") == {"c", "d"}


def test_what_a_side_put_back_is_no_choice_against_the_other_side() -> None:
    world = World(bases=("old",))
    world.single("c", "old", p="c")
    world.single("d", "c", p="a")

    assert world.merge("m", "d", "main", p="b", q="x") == (["p"], [])
    assert world.current("m", "p") == {MAIN}
    assert world.merge("n", "d", "main", p="a", q="x") == ([], ["p"])
    world.bases = ("old", "main")  # parted twice: only what both say counts
    assert world.merge("o", "d", "main", p="b", q="x") == ([], ["p"])


def test_what_an_older_line_says_too_is_a_change_all_the_same() -> None:
    world = World()
    world.single("c", "main", p="a")
    world.single("d", "old", q="y")

    assert world.merge("m", "c", "d", p="a", q="y") == (["q"], [])
    assert world.current("m", "p") == {"c", OLDER}
    assert world.merge("n", "m", "main", p="a", q="y") == (["p", "q"], [])
    assert world.merge("o", "d", "main", p="a", q="y") == (["q"], ["p"])


def test_an_older_value_that_one_line_alone_took_on_stays_an_older_one() -> None:
    world = World(bases=("main",))
    world.states["older"] = {"p": "b", "q": "z"}
    world.single("c", "main")
    world.single("d", "older")

    assert world.merge("m", "c", "d", p="b", q="z") == (["q"], [])
    assert world.current("m", "q") == {OLDER}
    world.bases = ("older",)  # as git has it: main's history has what stood there once
    assert world.merge("n", "main", "m", p="b", q="z") == ([], ["q"])
