"""What may land on main, said from the sentence alone; and what the door let in before it went by that sentence.

The sentence: each place of main after a push is as main had it, or as a single change in a commit of the push made it,
allowed today to whoever wrote that change; a merge decides nothing by itself but what its maker may write.

In: a push of commits as `places` has them. Out: what lands against the sentence (`violations`), whether the push is
plainly someone's lawful work (`is_lawful`), and what the former rules would have said (`former_accepts`). Asks `iup`
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from tests.support.place_rights import Rights, is_later, is_sensitive
from tests.support.places import (
    FIELDS,
    PUPILS,
    Commit,
    differing,
    goal_begins,
    goal_of,
    in_plan,
    merge_bases,
    term_of,
    three_way,
    whole_goal,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.places import Place, State

_Steps = set[tuple[object, object]]


class Violation(NamedTuple):
    """What landed against the sentence: which kind of attack it looks like, and where."""

    kind: str
    place: Place


@dataclass(frozen=True)
class Push:
    """Main before and after, who pushes, and what the server had on its branches."""

    before: Commit
    after: Commit
    pusher: str
    known: frozenset[Commit]

    @cached_property
    def new(self) -> tuple[Commit, ...]:
        """The commits that main gets, the oldest first."""
        return tuple(sorted(self.after.line - self.before.line, key=lambda commit: len(commit.past)))

    @cached_property
    def rights(self) -> Rights:
        """Who may do what, as main stood before the push."""
        return Rights(self.before.state)


def violations(push: Push) -> list[Violation]:
    """Return every place that does not come from main by single changes which their writers may make."""
    landed = _Landed(push)
    return [*landed.places(), *landed.files(), *_final_on_a_parent(push), *_dropped(push)]


class _Landed:
    """Main before and after a push, place by place."""

    def __init__(self, push: Push) -> None:
        self._push = push
        self._before, self._after = push.before.state, push.after.state

    def places(self) -> Iterator[Violation]:
        for place in sorted(differing(self._before, self._after)):
            goal = goal_of(place)
            if in_plan(place) or place[0] == "termin":
                if wrong := self._plan(place):
                    yield wrong
            elif goal and goal_begins(*goal) in self._before and goal_begins(*goal) not in self._after:
                if place == goal_begins(*goal) and not self._leads(place, _goal_of_place):
                    yield Violation("shared goal gone", place)
                elif place[0] == "kommentar" and not self._leads(place, dict.get):
                    yield Violation("comment gone with a goal", place)
            elif not self._leads(place, dict.get):
                yield Violation(self._kind(place), place)

    def files(self) -> Iterator[Violation]:
        """Yield sensitive files that somebody lets into main who may not write them."""
        push = self._push
        for place in sorted(differing(self._before, self._after)):
            if place[0] == "fil" and is_sensitive(place[1]) and not push.rights.may_file(push.pusher, place[1]):
                yield Violation("sensitive file landed by another", place)

    def _plan(self, place: Place) -> Violation | None:
        pupil = place[1]
        was, now = term_of(self._before, pupil), term_of(self._after, pupil)
        if was != now and not is_later(now, was):
            return Violation("term goes back", place) if place[0] == "termin" else None
        if was == now and self._before[("läge", pupil, was)] == ("fastställd",):
            return Violation("final plan rewritten", place)
        if in_plan(place) and place[2] != now:
            return None  # it goes with its plan
        return None if self._leads(place, dict.get) else Violation(self._kind(place), place)

    def _leads(self, place: Place, value: Callable[[State, Place], object]) -> bool:
        """Say whether single changes lead from main's value to the one that lands."""
        steps: _Steps = set()
        for commit in self._push.new:
            for parent in commit.parents:
                old, new = value(parent.state, place), value(commit.state, place)
                if old != new and self._allowed(commit, parent, place):
                    steps.add((old, new))
        reached, more = {value(self._before, place)}, True
        while more:
            found = {new for old, new in steps if old in reached} - reached
            reached |= found
            more = bool(found)
        return value(self._after, place) in reached

    def _allowed(self, commit: Commit, parent: Commit, place: Place) -> bool:
        """Say whether a commit's writer may make its change of a place from a parent; of a goal, all that differs."""
        rights, goal = self._push.rights, goal_of(place)
        places = [place]
        if goal and place == goal_begins(*goal):
            gone = place in parent.state and place not in commit.state
            own = differing(whole_goal(parent.state, *goal), whole_goal(commit.state, *goal))
            places = [place] if gone or not own else sorted(own)
        return all(
            rights.may(commit.author, parent.state, commit.state, each, anyone_s=_picked(commit, each))
            for each in places
        )

    def _kind(self, place: Place) -> str:
        """Return which attack it looks like: where the value that lands comes from."""
        push, after = self._push, self._after.get(place)
        of = "rules or school" if place[0] == "fil" else "text"
        makers = [c for c in push.new if len(c.parents) == 1 and c.parents[0].state.get(place) != after]
        makers = [c for c in makers if c.state.get(place) == after]
        for commit in makers:
            asked = (commit.author, commit.parents[0].state, commit.state, place)
            if push.rights.may(*asked):
                return f"{of}: conflict settled without the right"
            if any(Rights(main.state).may(*asked) for main in push.before.past):
                return f"{of} by one who has lost the right"
            if push.rights.may(*asked, anyone_s=True):
                return f"{of} in another's name"
        if any(commit.state.get(place) == after for commit in push.before.past):
            return f"{of} rolled back"
        return f"{of} without the right" if makers else f"{of} made by a merge"


def _goal_of_place(state: State, place: Place) -> object:
    """Return all of a goal but its comments, which are places of their own."""
    return frozenset((p, value) for p, value in whole_goal(state, place[1], place[2]).items() if p[0] == "mål")


def _picked(commit: Commit, place: Place) -> bool:
    """Say whether a merge took a value from one of those it merges, so that somebody else may have written it."""
    sides = [*commit.parents, *(merge_bases(*commit.parents) if len(commit.parents) > 1 else ())]
    return len(commit.parents) > 1 and any(s.state.get(place) == commit.state.get(place) for s in sides)


def _final_on_a_parent(push: Push) -> Iterator[Violation]:
    """Yield what a merge changes in a plan that is final on a side of it, where no later term's takes its place.

    Where main has that term final too, two lines made it so, and main's words are the plan's. Of a term that main has
    left behind nothing can land.
    """
    for commit in push.new:
        for parent in commit.parents if len(commit.parents) > 1 else ():
            for pupil in PUPILS:
                was, now = term_of(parent.state, pupil), term_of(commit.state, pupil)
                final, main = ("läge", pupil, was), push.before.state
                if is_later(term_of(main, pupil), was):
                    continue
                if parent.state[final] != ("fastställd",) or is_later(now, was):
                    continue
                if main.get(final) == ("fastställd",) and _as_main(main, commit.state, pupil):
                    continue
                for place in sorted(differing(parent.state, commit.state)):
                    if in_plan(place, pupil) or place == ("termin", pupil):
                        yield Violation("plan that is final on a side changed by a merge", place)


def _as_main(main: State, state: State, pupil: str) -> bool:
    return not any(in_plan(place, pupil) or place == ("termin", pupil) for place in differing(main, state))


def _dropped(push: Push) -> Iterator[Violation]:
    """Yield what a merge leaves out of a side that alone had changed it, by somebody who may not write there.

    What the maker of the merge had written and nobody else is the maker's to leave out. What main has had and gone on
    from is not lost where main stays as it is.
    """
    for commit in push.new:
        if len(commit.parents) != 2:
            continue
        one, other = (parent.state for parent in commit.parents)
        for base in merge_bases(*commit.parents):
            clean, conflicts = three_way(base.state, one, other)
            for place in sorted(differing(clean, commit.state) - conflicts):
                if _settled(push.rights, commit, place, clean) or _is_own(push, commit, place):
                    continue
                if in_plan(place) and is_later(term_of(push.before.state, place[1]), place[2]):
                    continue
                if _is_had(push, place, clean):
                    continue
                goal = goal_of(place)
                if goal and place != goal_begins(*goal) and goal_begins(*goal) not in commit.state:
                    continue
                yield Violation("dropped by a merge", place)


def _is_had(push: Push, place: Place, state: State) -> bool:
    """Say whether a push leaves main's value in a place, and main has had another state's there."""
    stays = push.before.state.get(place) == push.after.state.get(place)
    return stays and any(commit.state.get(place) == state.get(place) for commit in push.before.line)


def _settled(rights: Rights, commit: Commit, place: Place, clean: State) -> bool:
    """Say whether the maker of a merge may change a place from the clean merge, or from either side, to what it is."""
    states = (clean, *(parent.state for parent in commit.parents))
    return any(
        state.get(place) != commit.state.get(place)
        and rights.may(commit.author, state, commit.state, place, anyone_s=True)
        for state in states
    )


def _is_own(push: Push, merge: Commit, place: Place) -> bool:
    """Say whether only the maker of a merge has changed a place on the side whose value the merge leaves."""
    kept = merge.state.get(place)
    for parent in merge.parents:
        if parent.state.get(place) != kept:
            lost = [c for c in push.new if c in parent.line and all(_differs(c, p, place) for p in c.parents)]
            if not lost or any(commit.author != merge.author for commit in lost):
                return False
    return True


def _differs(one: Commit, other: Commit, place: Place) -> bool:
    return one.state.get(place) != other.state.get(place)


def is_lawful(push: Push) -> bool:
    """Say whether a push is plainly lawful: single changes allowed, merges as git makes them or settled by right.

    A push that brings a fault which `check` reports is none: here that is a final plan without what the law wants.
    """
    if violations(push) or not all(_is_whole(push.after.state, pupil) for pupil in PUPILS):
        return False
    return all(_is_lawful_commit(push, commit) for commit in push.new)


def _is_whole(state: State, pupil: str) -> bool:
    term = term_of(state, pupil)
    wanted = [("samtal", pupil, term), *(("omdöme", pupil, term, subject) for subject in ("Bild", "Svenska"))]
    wanted.append(("fält", pupil, term, FIELDS[1]))
    return state[("läge", pupil, term)] != ("fastställd",) or all(place in state for place in wanted)


def _is_lawful_commit(push: Push, commit: Commit) -> bool:
    rights = push.rights
    if len(commit.parents) == 1:
        before = commit.parents[0].state
        places = differing(before, commit.state)
        return not any(_is_overtaken(push.before.state, before, place) for place in places) and all(
            rights.may(commit.author, before, commit.state, place) for place in places
        )
    one, other = (parent.state for parent in commit.parents)
    for base in merge_bases(*commit.parents):
        clean, conflicts = three_way(base.state, one, other)
        if differing(clean, commit.state) - conflicts:
            return False
        for place in conflicts | _commented_and_gone(base.state, (one, other), commit.state):
            for state in (one, other):
                changed = state.get(place) != commit.state.get(place)
                if changed and not rights.may(commit.author, state, commit.state, place):
                    return False
    return True


def _commented_and_gone(base: State, sides: tuple[State, State], merged: State) -> set[Place]:
    """Return the goals gone in a merge that have a new comment on a side: whoever leaves them out must be able to."""
    new = {goal_of(place) for side in sides for place in side.keys() - base.keys() if place[0] == "kommentar"}
    return {goal_begins(*goal) for goal in new if goal} - merged.keys()


def _is_overtaken(main: State, before: State, place: Place) -> bool:
    """Say whether main has gone past what a change is made in: it may be refused, though nothing of it lands."""
    goal = goal_of(place)
    if goal is not None:
        key = ("mål", *goal, "läge")
        return key in main and key in before and main[key] != before[key]
    if not in_plan(place) and place[0] != "termin":
        return False
    pupil = place[1]
    then, now = term_of(before, pupil), term_of(main, pupil)
    return is_later(now, then) or (now == then and main[("läge", pupil, now)] == ("fastställd",))


# --- what was, before the sentence


def former_accepts(push: Push) -> bool:
    """Say what the former rules say: only commits new to the server are judged, each against what it comes from.

    A plain commit is held against its parent. Of a merge its maker answers for what neither side alone had changed
    since they parted, unless a true conflict was settled in favour of what the server had.
    """
    for commit in push.after.line - push.known - push.before.line:
        if len(commit.parents) == 1:
            before = commit.parents[0].state
            places = differing(before, commit.state)
            if not all(push.rights.may(commit.author, before, commit.state, place) for place in places):
                return False
        elif not all(
            push.rights.may(commit.author, side.state, commit.state, place) for side, place in _answerable(push, commit)
        ):
            return False
    return True


def _answerable(push: Push, commit: Commit) -> Iterator[tuple[Commit, Place]]:
    """Yield what the maker of a merge answered for, and the side that it differs from."""
    base = merge_bases(*commit.parents)[0].state
    since = [_changed(base, parent.state) for parent in commit.parents]
    now = [_changed(parent.state, commit.state) for parent in commit.parents]
    fresh = [parent not in push.known and parent not in push.before.line for parent in commit.parents]
    for side, other in ((0, 1), (1, 0)):
        for place in now[side]:
            taken = place not in now[other] and place in since[other]
            if not (taken and (place not in since[side] or (fresh[side] and not fresh[other]))):
                yield commit.parents[side], place


def _changed(old: State, new: State) -> set[Place]:
    """Return the places that differ; a goal that comes or goes was one place, apart from those in it."""
    found = set()
    for place in differing(old, new):
        goal = goal_of(place)
        comes_or_goes = goal is not None and (goal_begins(*goal) in old) is not (goal_begins(*goal) in new)
        found.add(goal_begins(*goal) if goal is not None and comes_or_goes else place)
    return found
