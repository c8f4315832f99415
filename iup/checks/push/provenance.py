"""Where the value of a place comes from, commit by commit, and what the maker of a merge decides.

In: how two commits differ, place by place, for whatever a place is (a path, a field of a plan). Out: for each commit of
a push what it changed itself, and for a merge which of its differences neither line had settled before. Reads no git,
knows no policy and judges nothing.

The rule of the door rests on this: each place of main after a push is as main had it, or as a single change in a commit
of the push made it. A value that differs from main's and that no commit of the push made is an older one: anything may
take its place, and it takes the place of nothing. One line has gone on from another where it knew the change that made
the other's value. Commits that change nothing in a place do not come into it, however many lie between.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

MAIN = "main"
OLDER = "older"
K = TypeVar("K", bound="Hashable")
V = TypeVar("V")


class Origin(NamedTuple):
    """What made the value that stands in a place, and every change there that its line knew: commits, MAIN or OLDER."""

    current: frozenset[str]
    seen: frozenset[str]


class TakenOver(NamedTuple, Generic[K, V]):
    """A difference between a merge and the parent on `side`, made by commits of the push on the other side."""

    key: K
    value: V
    side: int
    by: frozenset[str]


class MergeChoice(NamedTuple, Generic[K, V]):
    """A difference that only the merge makes; `chosen` says that the value stands on the other side as new as this."""

    key: K
    value: V
    chosen: bool


@dataclass
class Lines(Generic[K, V]):
    """The places of one kind. `between` tells how a later commit differs from an earlier, `value` what it became.

    `bases` are the commits from which two lines parted.
    """

    main: str
    between: Callable[[str, str], Mapping[K, V]]
    value: Callable[[V], object]
    bases: Callable[[str, str], tuple[str, ...]]
    _origins: dict[str, dict[K, Origin]] = field(default_factory=dict)

    def origin(self, commit: str, key: K) -> Origin:
        """Return where the value in a place of a commit comes from."""
        known = self._origins.get(commit, {}).get(key)
        if known is not None:
            return known
        begun = frozenset({OLDER if commit != self.main and key in self.between(self.main, commit) else MAIN})
        return Origin(begun, begun)

    def single(self, commit: str, parent: str) -> None:
        """Follow a commit with one parent."""
        changed = self.between(parent, commit)
        before, after = self.between(self.main, parent), self.between(self.main, commit)
        # What is altered may have one name seen from the parent and others seen from main: what main does not have is
        # named by what it says. The new name then knows no more than every name that it can have come from.
        gone = [key for key in before if key not in after]
        origins = dict(self._origins.get(parent, {}))
        for key in (*changed, *gone):
            origins[key] = Origin(frozenset({commit}), self.origin(parent, key).seen | {commit})
        for key in after:
            if key not in changed and (key not in before or self._differ(before[key], after[key])):
                donors = [self.origin(parent, name) for name in gone] or [self.origin(parent, key)]
                origins[key] = Origin(frozenset({commit}), _cautious(donors) | {commit})
        self._origins[commit] = origins

    def _differ(self, one: V, other: V) -> bool:
        return self.value(one) != self.value(other)

    def merge(
        self, commit: str, parents: tuple[str, str], droppable: Callable[[frozenset[str]], bool]
    ) -> tuple[list[TakenOver[K, V]], list[MergeChoice[K, V]]]:
        """Follow a merge, and return what it takes from either side and what it decides.

        `droppable` says whether its maker may leave out what some commits of the push made, where the other side's
        value stands.
        """
        mine = tuple(self.between(parent, commit) for parent in parents)
        known = [self._origins.get(parent, {}) for parent in parents]
        origins: dict[K, Origin] = {}
        settled: list[TakenOver[K, V]] = []
        decided: list[MergeChoice[K, V]] = []
        for key in dict.fromkeys((*mine[0], *mine[1], *known[0], *known[1])):
            here = [self.origin(parent, key) for parent in parents]
            seen = here[0].seen | here[1].seen
            differing = [side for side in (0, 1) if key in mine[side]]
            if not differing:
                origins[key] = Origin(here[0].current | here[1].current, seen)
            elif len(differing) == 1 and (
                self._follows(here, differing[0], droppable) or self._is_back(commit, parents, differing[0], key)
            ):
                side = differing[0]
                origins[key] = Origin(here[1 - side].current, seen)
                settled.append(TakenOver(key, mine[side][key], side, here[1 - side].current - here[side].seen))
            else:
                chosen = len(differing) == 1 and OLDER not in here[1 - differing[0]].current
                decided += [MergeChoice(key, mine[side][key], chosen) for side in differing]
                origins[key] = Origin(frozenset({commit}), seen | {commit})
        self._renamed(commit, parents, origins)
        self._origins[commit] = origins
        return settled, decided

    def _renamed(self, commit: str, parents: tuple[str, str], origins: dict[K, Origin]) -> None:
        """Add what has a name of its own only after the merge: a new goal that each side had added something to."""
        after, before = self.between(self.main, commit), [self.between(self.main, parent) for parent in parents]
        gone = [(side, key) for side in (0, 1) for key in before[side] if key not in after]
        donors = [self.origin(parents[side], key) for side, key in gone]
        for key in after:
            if donors and key not in origins and key not in before[0] and key not in before[1]:
                current = frozenset[str]().union(*(donor.current for donor in donors))
                origins[key] = Origin(current, _cautious(donors))

    @staticmethod
    def _follows(here: list[Origin], side: int, droppable: Callable[[frozenset[str]], bool]) -> bool:
        """Say whether the other side's value may take the place of this side's without anybody's decision."""
        behind, ahead = here[side], here[1 - side]
        lost, made = behind.current - ahead.seen - {OLDER}, ahead.current - {OLDER}
        if not behind.current - {OLDER}:
            return True
        if not made:
            return False
        if lost:
            return MAIN not in lost and droppable(lost)
        return not made <= behind.seen

    def _is_back(self, commit: str, parents: tuple[str, str], side: int, key: K) -> bool:
        """Say whether a side has put back what stood there when the lines parted, so that only the other changed it.

        What has another name seen from there, as the text of a goal that came later, has not been put back. Where the
        other side's value is an older one of main's, it stays one: it never takes the place of what main has.
        """
        bases = self.bases(*parents)
        return bool(bases) and all(
            key in self.between(base, commit) and key not in self.between(base, parents[side]) for base in bases
        )


def _cautious(donors: list[Origin]) -> frozenset[str]:
    """Return what several origins have seen; main only where each of them has."""
    seen = frozenset[str]().union(*(donor.seen for donor in donors))
    return seen if all(MAIN in donor.seen for donor in donors) else seen - {MAIN}
