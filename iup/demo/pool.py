"""The names and sentences of the invented municipality, its terms, and how a random draw is made."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from iup.site import strict_yaml

# The invented school's files tell of this autumn.
YEAR = 2026


@dataclass(frozen=True)
class SchoolTerm:
    """A term of the invented school years."""

    year: int
    spring: bool

    @property
    def name(self) -> str:
        """The term as people say it: `HT 2026`."""
        return f"{'VT' if self.spring else 'HT'} {self.year}"

    @property
    def school_year(self) -> int:
        """The year that its school year began in."""
        return self.year - self.spring

    @property
    def years(self) -> str:
        """Its school year: `2026/2027`."""
        return f"{self.school_year}/{self.school_year + 1}"

    @property
    def begins(self) -> date:
        """The first day."""
        return date(self.year, 1, 8) if self.spring else date(self.year, 8, 17)

    @property
    def ends(self) -> date:
        """The last day."""
        return date(self.year, 6, 15) if self.spring else date(self.year, 12, 21)

    @property
    def talks(self) -> date:
        """The first day of the three weeks of samtal."""
        return date(self.year, 3, 16) if self.spring else date(self.year, 11, 2)


NOW = SchoolTerm(YEAR, spring=False)


def terms_before(many: int) -> tuple[SchoolTerm, ...]:
    """Return so many terms before the one that the files tell of, the oldest first."""
    found, term = [], NOW
    for _ in range(many):
        term = SchoolTerm(term.year - 1, spring=False) if term.spring else SchoolTerm(term.year, spring=True)
        found.append(term)
    return tuple(reversed(found))


@cache
def pool() -> dict[str, Any]:
    """Return `pool.yaml`."""
    return strict_yaml.parse(resources.files("iup.demo").joinpath("pool.yaml").read_bytes())


def draws(*about: object) -> random.Random:
    """Return the random draws for one thing; they depend on its name alone, not on how many others there are."""
    return random.Random("/".join(map(str, about)))  # noqa: S311  repeatable on purpose; nothing secret comes from it
