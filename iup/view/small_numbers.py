"""Numbers about few children, shown so that no child can be singled out: not in a row, by subtraction or by a total.

A group's size is no secret. How many of it lack something is protected, when that is one to four. Then only that range
is shown, and the rest as a span of the same width, since whole minus rest would give the number away. In a group of
fewer than eight a span could still be narrowed down to one number, so nothing is shown. Totals are added up from what
is shown, so no total says more than its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iup.view.overview_types import CoverRow, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iup.model.coverage import Tally

FEWEST = 5
SMALLEST_GROUP = 8


@dataclass(frozen=True)
class Counted:
    """A class with its numbers."""

    group: str
    numbers: Tally


def size(number: int) -> Span:
    """Return how large a group is, as it may be shown."""
    return Span(1, FEWEST - 1) if 0 < number < FEWEST else Span(number, number)


def parted(part: int, whole: int) -> tuple[Span, Span]:
    """Return how many of a group have something and how many do not, as it may be shown."""
    rest = whole - part
    few = Span(1, FEWEST - 1)
    other = Span(whole - few.most, whole - few.least)
    if not whole:
        return Span(0, 0), Span(0, 0)
    if whole < SMALLEST_GROUP:
        most = size(whole).most
        return Span(0, most, hidden=True), Span(0, most, hidden=True)
    if 0 < rest < FEWEST:
        return other, few
    if 0 < part < FEWEST:
        return few, other
    return Span(part, part), Span(rest, rest)


def pooled(classes: Iterable[Counted]) -> tuple[tuple[Counted, ...], ...]:
    """Group a school's classes for the overview: small classes together, by their sizes alone."""
    ordered = sorted(classes, key=lambda one: (one.numbers.pupils, one.group))
    pool = [one for one in ordered if one.numbers.pupils < SMALLEST_GROUP]
    large = ordered[len(pool) :]
    while pool and large and sum(one.numbers.pupils for one in pool) < SMALLEST_GROUP:
        pool.append(large.pop(0))
    groups = [tuple(sorted(pool, key=lambda one: one.group)), *((one,) for one in large)]
    return tuple(sorted((group for group in groups if group), key=lambda group: group[0].group))


def row(school: str, group: Iterable[Counted]) -> CoverRow:
    """Return the row of one group."""
    group = tuple(group)
    pupils = sum(one.numbers.pupils for one in group)
    required = sum(one.numbers.required for one in group)
    held, not_held = parted(sum(one.numbers.held for one in group), pupils)
    planned, lacking = parted(sum(one.numbers.final + one.numbers.shared for one in group), required)
    names = tuple(one.group for one in group)
    return CoverRow(school, names, size(pupils), held, not_held, size(required), planned, lacking)
