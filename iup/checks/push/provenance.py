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
    """The places of one kind. `between` tells how a later commit differs from an earlier, `value` what it became."""

    main: str
    between: Callable[[str, str], Mapping[K, V]]
    value: Callable[[V], object]
    _origins: dict[str, dict[K, Origin]] = field(default_factory=dict)

    def origin(self, commit: str, key: K) -> Origin:
        """Return where the value in a place of a commit comes from."""
        known = self._origins.get(commit, {}).get(key)
        if known is not None:
            return known
        begun = frozenset({OLDER if commit != self.main and key in self.between(self.main, commit) else MAIN})
        return Origin(begun, begun)

    def single(self, commit: str, parent: str) -> Mapping[K, V]:
        """Follow a commit with one parent, and return what it changed."""
        changed = self.between(parent, commit)
        before, after = self.between(self.main, parent), self.between(self.main, commit)
        # A place may have another name seen from main (a comment that is new there): it is changed under that too.
        renamed = {k for k in before.keys() | after.keys() if self._at(before, k) != self._at(after, k)}
        origins = dict(self._origins.get(parent, {}))
        for key in changed.keys() | renamed:
            origins[key] = Origin(frozenset({commit}), self.origin(parent, key).seen | {commit})
        self._origins[commit] = origins
        return changed

    def _at(self, differences: Mapping[K, V], key: K) -> object:
        return (self.value(differences[key]),) if key in differences else None

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
            elif len(differing) == 1 and self._follows(here, differing[0], droppable):
                side = differing[0]
                origins[key] = Origin(here[1 - side].current, seen)
                settled.append(TakenOver(key, mine[side][key], side, here[1 - side].current - here[side].seen))
            else:
                chosen = len(differing) == 1 and OLDER not in here[1 - differing[0]].current
                decided += [MergeChoice(key, mine[side][key], chosen) for side in differing]
                origins[key] = Origin(frozenset({commit}), seen | {commit})
        self._origins[commit] = origins
        return settled, decided

    @staticmethod
    def _follows(here: list[Origin], side: int, droppable: Callable[[frozenset[str]], bool]) -> bool:
        """Say whether the other side's value may take the place of this side's without anybody's decision."""
        behind, ahead = here[side], here[1 - side]
        lost = behind.current - ahead.seen - {OLDER}
        if not behind.current - {OLDER}:
            return True
        if OLDER in ahead.current:
            return False
        if lost:
            return MAIN not in lost and droppable(lost)
        return not ahead.current <= behind.seen
