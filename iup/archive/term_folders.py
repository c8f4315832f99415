"""The folder of a kept term: its name in a pupil's archive, the files in it, and the order of terms in time.

In: a term, or the name of a folder. Out: the other of the two. Reads nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iup.model.role import Role

INDEX = "arkiv.yaml"
PLAN, GOALS, FORM, PEOPLE = "plan.yaml", "goals.yaml", "form.yaml", "people.yaml"
FOR_ROLES = "roles.json"
# What the form says, which is the same file in everybody's archive.
FORM_TEXTS = "texts.json"
_GOALS = "-goals"
_RECEIVED = "-mottagen-"


@dataclass(frozen=True)
class Copy:
    """A kept document: its mark and title, the role it is for, and to whom it was sent (nobody: kept for the role)."""

    mark: str
    title: str
    role: Role
    recipients: tuple[str, ...] = ()


def folder(term: str, *, plan: bool) -> str:
    """Return the name of a term's folder: `HT 2026` is `2026-HT`.

    Goals that go home without a plan have a folder of their own, so that goals alone never replace a plan that was
    sent: not when the plan is taken back, and not when the next term's is begun early.
    """
    season, _, year = term.partition(" ")
    return f"{year}-{season}" if plan else f"{year}-{season}{_GOALS}"


def received(name: str, tree: str) -> str:
    """Return the name of a folder that came from another school; its content is part of the name.

    So two schools' folders of one term stand beside each other, and the same folder has one name however it came.
    """
    return name if is_received(name) else f"{name}{_RECEIVED}{tree[:12]}"


def is_received(name: str) -> bool:
    """Say whether a folder came from another school."""
    return _RECEIVED in name


def term_of(name: str) -> str:
    """Return the term of a folder, marked as received when it came from another school."""
    year, season, *_ = name.split("-")
    return f"{season} {year}{' (tidigare skola)' if is_received(name) else ''}"


def in_time(name: str) -> tuple[str, bool, str]:
    """Return a key that puts folders of terms in their order in time: spring comes first in a year."""
    year, _, season = name.partition("-")
    return year, season.startswith("HT"), season
