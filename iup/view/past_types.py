"""What is kept of earlier terms, as a view is given it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iup.model.role import Role
    from iup.view.types import PlanView


@dataclass(frozen=True)
class PastCopy:
    """A kept document: for which role, whose copy it was (nobody's: kept for the role), and how to read it."""

    role: Role
    recipients: tuple[str, ...]
    read: Callable[[], PlanView] = field(repr=False, compare=False)


@dataclass(frozen=True)
class PastTerm:
    """A term of a pupil that is kept; `final` is the day it was made final, or empty; `plan`: more than goals alone.

    `received`: it came from another school.
    """

    name: str
    final: str
    plan: bool
    copies: tuple[PastCopy, ...]
    received: bool = False


Past = Callable[[str], tuple[PastTerm, ...]]


def nothing_past(_pupil: str) -> tuple[PastTerm, ...]:
    """Say that nothing is kept: what a site without an archive has, and the preview."""
    return ()
