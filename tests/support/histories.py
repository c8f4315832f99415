"""Random histories of a small school: three people with branches, merges of every kind, and stale copies of main.

In: a seed. Out: pushes to main, one after the other, each to be judged by a door that the caller gives; what it takes
becomes main. Branches on the server, and what others land meanwhile, hold only what their writers might do that day.
Everybody sees all that lies on the server, and their own commits besides.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.landing import Push
from tests.support.place_edits import Edits
from tests.support.place_rights import Rights
from tests.support.places import (
    ART,
    MENTOR,
    NEAR,
    OFFICE,
    OTHER_ART,
    OTHER_MENTOR,
    PRINCIPAL,
    Commit,
    differing,
    first_state,
    goal_begins,
    goal_of,
    in_order,
    in_plan,
    merge_bases,
    put,
    term_of,
    three_way,
    tidied,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.support.places import Place, State

STRATEGIES = ("clean", "clean", "clean", "ours", "theirs", "mixed", "evil")
PUSHES = 3


@dataclass
class History:
    """One history in the making."""

    seed: int
    main: Commit = field(init=False)
    people: list[str] = field(init=False)
    branches: list[Commit] = field(init=False, default_factory=list)
    heads: dict[str, list[Commit]] = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._edits = Edits(self._chance)
        chance = self._chance
        near, drafted = chance.choice(["delad", "delad", "fastställd"]), chance.choice(["utkast", "delad"])
        self.main = Commit((), first_state(near, drafted), OFFICE, "begin")
        others = [ART, ART, PRINCIPAL, OFFICE, OTHER_MENTOR, OTHER_ART]
        chance.shuffle(others)
        others = list(dict.fromkeys(others))
        self.people = [MENTOR, *others[:2]] if chance.random() < 0.9 else others[:3]
        self.heads = {person: [self.main] for person in self.people}
        # How often somebody tries what they may not: lawful work and attacks are both to be met.
        self._boldness = chance.choice([0.0, 0.0, 0.0, 0.15])
        self._strategies = STRATEGIES if self._boldness or chance.random() < 0.6 else ("clean",)

    @property
    def known(self) -> frozenset[Commit]:
        """All commits that the server has."""
        return self.main.line.union(*(branch.line for branch in self.branches))

    def pushes(self, door: Callable[[Push], bool]) -> Iterator[tuple[Push, bool]]:
        """Work, and push to main some times; what the door takes becomes main. Yield each push and its answer."""
        for _ in range(PUSHES):
            for _ in range(self._chance.randint(3, 12)):
                self._work(self._chance.choice(self.people))
            push = self._push(self._chance.choice(self.people))
            if push is not None:
                taken = door(push)
                if taken:
                    self.main = push.after
                yield push, taken

    # --- what somebody does

    def _work(self, who: str) -> None:
        does = self._chance.choices(
            (
                self._change,
                self._begin,
                self._merge,
                self._cross,
                self._publish,
                self._branch,
                self._land,
                self._empty,
                self._revert,
                self._again,
            ),
            (6, 2, 4, 1, 2, 3, 5, 2, 1, 1),
        )[0]
        does(who)

    def _head(self, who: str) -> Commit:
        return self.heads[who][-1]

    def _add(self, who: str, parents: Sequence[Commit], state: State, how: str) -> Commit:
        commit = Commit(tuple(parents), tidied(state), who, how)
        self.heads[who].append(commit)
        return commit

    def _change(self, who: str) -> None:
        head = self._head(who)
        state = self._edits.change(who, head.state, self.main.state, bold=self._chance.random() < self._boldness)
        if state is not None:
            self._add(who, [head], state, "change")

    def _empty(self, who: str) -> None:
        self._add(who, [self._head(who)], self._head(who).state, "empty")

    def _begin(self, who: str) -> None:
        """Go on from main, an old main, a branch on the server or an earlier commit of one's own."""
        self.heads[who].append(self._chance.choice(self._seen(who)))

    def _seen(self, who: str) -> list[Commit]:
        old = self._chance.choice(in_order(self.main.line))
        return [self.main, self.main, old, *self.branches, *self.branches, self._chance.choice(self.heads[who])]

    def _branch(self, who: str) -> None:
        """Put a branch on the server, of a few lawful changes to main as it is or was."""
        self._begin(who)
        for _ in range(self._chance.randint(1, 2)):
            state = self._edits.change(who, self._head(who).state, self.main.state, bold=False)
            if state is not None:
                self._add(who, [self._head(who)], state, "change")
        self._publish(who)

    def _revert(self, who: str) -> None:
        """Undo a commit, place by place, where it stands as the commit left it; or bring an older state back."""
        head = self._head(who)
        plain = [commit for commit in in_order(head.line) if len(commit.parents) == 1]
        if plain:
            undone = self._chance.choice(plain)
            state = dict(head.state)
            for place in differing(undone.parents[0].state, undone.state):
                if head.state.get(place) == undone.state.get(place):
                    put(state, place, undone.parents[0].state.get(place))
            self._bring(who, head, state, "revert")

    def _again(self, who: str) -> None:
        """Make a commit's changes again: somebody else's (a cherry-pick) or one's own on today's main (a rebase)."""
        onto = self._chance.choice([self.main, self._head(who)])
        picked = [c for c in in_order(frozenset(self._seen(who)) | self._head(who).line) if len(c.parents) == 1]
        if picked:
            one = self._chance.choice(picked)
            state, _ = three_way(one.parents[0].state, one.state, onto.state)
            self._bring(who, onto, state, "again")

    def _bring(self, who: str, onto: Commit, state: State, how: str) -> None:
        """Commit a state that was put together; those who are not bold do it only where they may."""
        state = tidied(state)
        rights = Rights(self.main.state)
        lawful = all(rights.may(who, onto.state, state, place) for place in differing(onto.state, state))
        if state != onto.state and (lawful or self._chance.random() < self._boldness):
            self._add(who, [onto], state, how)

    def _land(self, who: str) -> None:
        """Land one lawful change, as things go on while others have branches; at times a plan becomes final."""
        main = self.main.state
        state: State | None = {**main, ("läge", NEAR, term_of(main, NEAR)): ("fastställd",)}
        may = [Rights(main).may(who, main, state or main, place) for place in differing(main, state or main)]
        if self._chance.random() < 0.7 or not may or not all(may):
            state = self._edits.change(who, main, main, bold=False)
        if state is not None:
            self.main = Commit((self.main,), state, who, "landed")

    def _publish(self, who: str) -> None:
        """Put one's own commits on the server for review, where each of them is lawful today."""
        head, rights = self._head(who), Rights(self.main.state)
        for commit in head.line - self.known:
            if len(commit.parents) == 1:
                before = commit.parents[0].state
                lawful = all(rights.may(who, before, commit.state, p) for p in differing(before, commit.state))
            else:
                lawful = commit.how == "merge clean"
            if not lawful or commit.author != who:
                return
        self.branches.append(head)

    # --- merges

    def _merge(self, who: str) -> None:
        head = self._chance.choice([self._head(who), self.main])
        other = self._chance.choice(self._seen(who))
        if other not in head.line and head not in other.line:
            self._join(who, self._or_empty(who, head), self._or_empty(who, other))

    def _cross(self, who: str) -> None:
        """Merge two lines into each other, and what comes of it once more: there are two best ancestors then."""
        one, other = self._head(who), self._chance.choice(self._seen(who))
        if other not in one.line and one not in other.line:
            self._join(who, self._join(who, one, other), self._join(who, other, one))

    def _or_empty(self, who: str, commit: Commit) -> Commit:
        """Return a commit, or at times an empty one on it."""
        return self._add(who, [commit], commit.state, "empty") if self._chance.random() < 0.25 else commit

    def _join(self, who: str, one: Commit, other: Commit) -> Commit:
        strategy = self._chance.choice(self._strategies)
        if self._chance.random() < 0.5:
            one, other = other, one
        bases = merge_bases(one, other)
        base = self._chance.choice(bases)
        clean, conflicts = three_way(base.state, one.state, other.state)
        match strategy:
            case "ours":
                state = one.state
            case "theirs":
                state = other.state
            case "mixed":
                state = self._mixed(base.state, one.state, other.state)
            case _:
                state = self._settle(clean, conflicts, other.state)
                if strategy == "evil":
                    bold = self._chance.random() < 0.7
                    state = self._edits.change(who, tidied(state), self.main.state, bold=bold) or state
        how = "merge clean" if strategy == "clean" and not conflicts and len(bases) == 1 else f"merge {strategy}"
        return self._add(who, [one, other], state, how)

    def _settle(self, clean: State, conflicts: set[Place], other: State) -> State:
        """Settle conflicts by a side, as a whole or each by itself; what belongs together goes together."""
        state = dict(clean)
        for unit in _units(conflicts, clean, other):
            if self._chance.random() < 0.5:
                _take(state, other, unit)
        return state

    def _mixed(self, *sources: State) -> State:
        """Take each place from anywhere."""
        state = dict(sources[1])
        places = set().union(*sources)
        for unit in _units(places, *sources):
            _take(state, self._chance.choice(sources), unit)
        return state

    def _push(self, who: str) -> Push | None:
        """Choose what to push to main, merging main first where that is needed."""
        known = self.known
        open_ones = [one for one in (self._head(who), self._head(who), *self._seen(who)) if one not in self.main.line]
        if not open_ones:
            return None
        new = self._chance.choice(open_ones)
        if self._chance.random() < 0.3 and self.main not in new.line and new not in self.main.line:
            new = self._join(who, new, self.main)
            new = self._chance.choice([new, self._add(who, [new], new.state, "empty")])
        if self.main not in new.line and new not in self.main.line:
            new = self._join(who, self._or_empty(who, self.main), new)
        mine = all(commit in known or commit.author == who for commit in new.line)
        return Push(self.main, new, who, known) if mine and new not in self.main.line else None


def _units(places: set[Place], *states: State) -> list[frozenset[Place]]:
    """Return places that are taken together: a goal that some have and some not, a plan whose term differs."""
    whole: dict[Place, set[Place]] = {}
    for place in places:
        key: Place = place
        goal = goal_of(place)
        if goal and len({goal_begins(*goal) in state for state in states}) > 1:
            key = goal_begins(*goal)
        elif (in_plan(place) or place[0] == "termin") and len({term_of(state, place[1]) for state in states}) > 1:
            key = ("termin", place[1])
        whole.setdefault(key, {key}).add(place)
    return [frozenset(whole[key]) for key in sorted(whole)]


def _take(state: State, source: State, unit: frozenset[Place]) -> None:
    for place in sorted(unit):
        put(state, place, source.get(place))
        if place[0] == "termin":
            term = term_of(source, place[1])
            for known in [known for known in source if in_plan(known, place[1], term)]:
                state[known] = source[known]
        elif place[0] == "mål" and place[3] == "början":
            for known in [known for known in {**state, **source} if goal_of(known) == (place[1], place[2])]:
                put(state, known, source.get(known))
