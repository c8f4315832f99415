"""Note which pupils' plans and goals a piece of work reads, while it reads them.

In: a `School`. Out: the same school, whose plans and goals note who is asked for. So a build knows of each recipient
which pupils' files decided what they get, and nobody has to maintain a list of dependencies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, replace
from typing import TYPE_CHECKING, TypeVar

from iup.model.coverage import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iup.model.school import School

EVERY = "*"  # noted by work that goes through all plans or goals: no id of a pupil

T = TypeVar("T")
# What is remembered of counting: the numbers, and whose files were looked at for them.
Counted = tuple[tuple[int, ...], frozenset[str]]


class _Noted(Mapping[str, T]):
    """A mapping that notes every name it is asked for, also one that it does not have."""

    def __init__(self, records: Mapping[str, T], note: Callable[[str], None]) -> None:
        self._records = records
        self._note = note

    def __getitem__(self, name: str) -> T:
        self._note(name)
        return self._records[name]

    def __iter__(self) -> Iterator[str]:
        self._note(EVERY)
        return iter(self._records)

    def __len__(self) -> int:
        self._note(EVERY)
        return len(self._records)


class Reads:
    """Notes what is read of one school. `tallies` holds counts remembered from an earlier build, and new ones."""

    def __init__(self, school: School, tallies: Mapping[str, Counted]) -> None:
        self._seen: set[str] = set()
        self.tallies = dict(tallies)
        self.school = replace(school, plans=_Noted(school.plans, self._note), goals=_Noted(school.goals, self._note))

    def _note(self, name: str) -> None:
        self._seen.add(name)

    def noting(self, work: Callable[[], T]) -> tuple[T, frozenset[str]]:
        """Do some work; return its result, and whose plans or goals it read."""
        before, self._seen = self._seen, set()
        made = work()
        seen = frozenset(self._seen)
        self._seen = before | seen
        return made, seen

    def tally(self, name: str, count: Callable[[], Tally]) -> Tally:
        """Return a remembered tally or count it now; either way it is noted whose plans it rests on."""
        if name not in self.tallies:
            counted, seen = self.noting(count)
            self.tallies[name] = astuple(counted), seen
        numbers, seen = self.tallies[name]
        self._seen |= seen
        return Tally(*numbers)
