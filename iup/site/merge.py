"""Merge two edits of one pupil's file, place by place, so that edits of different places never conflict.

In: the file as it was and as either side has it. Out: the merged bytes, and the conflicts that are left. What only one
side has changed is taken as that side wrote it, line by line with its comments. Where both changed one place to
different things, that place alone gets git's usual markers. Where both added a comment or a goal under the same id,
each gets an id of its own. A file that is not strict YAML is left to git's own merge of lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from iup.site import strict_yaml
from iup.site.strict_yaml import StrictYamlError
from iup.site.yaml_outline import Outline, outline

if TYPE_CHECKING:
    from collections.abc import Sequence

Keys = tuple[str | int, ...]
_ID = re.compile(r"(?P<letters>[a-z]*)(?P<number>[0-9]+)")
_MARKS = ("<<<<<<< din version\n", "=======\n", ">>>>>>> den andra versionen\n")


class UnlikeError(Exception):
    """The files cannot be merged by place: one is not strict YAML, or they are laid out too differently."""


@dataclass(frozen=True)
class Conflict:
    """A place that both sides changed to different things, and whom each side says wrote it."""

    keys: Keys
    ours: str
    theirs: str


@dataclass(frozen=True)
class Merged:
    """The merged file and what is left to settle in it."""

    data: bytes
    conflicts: tuple[Conflict, ...]


@dataclass(frozen=True)
class _Side:
    """One version of a place."""

    at: Outline
    lines: Sequence[str]

    @property
    def value(self) -> Any:  # noqa: ANN401  whatever YAML held
        return self.at.value

    @property
    def text(self) -> list[str]:
        return list(self.lines[self.at.start : self.at.end])

    @property
    def head(self) -> list[str]:
        return list(self.lines[self.at.start : self.at.body])

    def parts(self) -> dict[object, _Side]:
        """Return the parts by key; those of a list by what identifies each item."""
        found: dict[object, _Side] = {}
        for key, below in self.at.children:
            name: object = key
            if isinstance(key, int):
                name = identity(below.value)
            if name is None or name in found:
                raise UnlikeError
            found[name] = _Side(below, self.lines)
        return found


def identity(item: object) -> object:
    """Return what identifies an item in a list: its id, or its author; None where nothing does."""
    if not isinstance(item, dict):
        return None
    if "id" in item:
        return "id", item["id"]
    return ("av", item.get("av"), item.get("åt")) if "av" in item and "steg" not in item else None


@dataclass
class _Merge:
    """A merge on its way."""

    conflicts: list[Conflict] = field(default_factory=list)

    def place(
        self, keys: Keys, base: _Side | None, ours: _Side | None, theirs: _Side | None
    ) -> tuple[list[str], Any] | None:
        """Return the lines and the value of one place; None where it is gone."""
        was, mine, other = (side.value if side else None for side in (base, ours, theirs))
        if mine in (other, was) or other == was:
            chosen = theirs if mine == was else ours
            return (chosen.text, chosen.value) if chosen else None
        if ours is not None and theirs is not None and _divisible(base, ours, theirs):
            lines, value = self.parts(keys, base, ours, theirs)
            return [*ours.head, *lines], value
        self.conflicts.append(Conflict(keys, _writer(mine), _writer(other)))
        left, right = (side.text if side else [] for side in (ours, theirs))
        return [_MARKS[0], *left, _MARKS[1], *right, _MARKS[2]], mine

    def parts(self, keys: Keys, base: _Side | None, ours: _Side, theirs: _Side) -> tuple[list[str], Any]:
        """Return the lines and the value of a mapping or a list, merged part by part."""
        was, mine, other = (base.parts() if base else {}), ours.parts(), theirs.parts()
        other = _renamed(was, mine, other)
        is_list = isinstance(ours.value, list)
        lines: list[str] = []
        values: list[tuple[object, Any]] = []
        for name in _order(list(mine), list(other)):
            sides = was.get(name), mine.get(name), other.get(name)
            if sides[1] and sides[2] and sides[1].at.lead != sides[2].at.lead:
                raise UnlikeError
            step = name[1] if isinstance(name, tuple) else str(name)
            merged = self.place((*keys, str(step)), *sides)
            if merged is not None:
                lines += merged[0]
                values.append((name, merged[1]))
        return lines, [value for _, value in values] if is_list else dict(values)


def merge(base: bytes, ours: bytes, theirs: bytes) -> Merged:
    """Return both edits as one file; raise `UnlikeError` where that cannot be done place by place."""
    try:
        sides = [_Side(*outline(data)) for data in (base, ours, theirs)]
    except StrictYamlError:
        raise UnlikeError from None
    work = _Merge()
    lines, value = work.parts((), *sides)
    data = "".join([*sides[1].head, *lines]).encode()
    if not work.conflicts:
        try:
            if strict_yaml.parse(data) != value:
                raise UnlikeError
        except StrictYamlError:
            raise UnlikeError from None
    return Merged(data, tuple(work.conflicts))


def _divisible(base: _Side | None, ours: _Side, theirs: _Side) -> bool:
    """Say whether a place may be merged part by part: never a text with its writer and day, never a goal's course."""
    sides = [side for side in (base, ours, theirs) if side is not None]
    if any(not side.at.children or type(side.value) is not type(ours.value) for side in sides):
        return False
    if isinstance(ours.value, dict):
        return not any("av" in side.value for side in sides)
    return all(identity(item) is not None for side in sides for item in side.value)


def _order(mine: list[object], other: list[object]) -> list[object]:
    """Return every name once: ours in our order, and each that only they have behind what it stands behind there."""
    order = list(mine)
    for number, name in enumerate(other):
        if name not in order:
            behind = [order.index(known) for known in other[:number] if known in order]
            at = max(behind) + 1 if behind else 0
            while at < len(order) and order[at] not in other:  # what both added in the same spot: ours first
                at += 1
            order.insert(at, name)
    return order


def _renamed(was: dict[object, _Side], mine: dict[object, _Side], other: dict[object, _Side]) -> dict[object, _Side]:
    """Give what they added under an id that we took too a free one; what both added alike is left as one."""
    taken = {*was, *mine, *other}
    found: dict[object, _Side] = {}
    for name, side in other.items():
        new = name
        if name in mine and name not in was and mine[name].value != side.value:
            new = _free(name, taken)
            taken.add(new)
        found[new] = side if new == name else _with_id(side, new)
    return found


def _free(name: object, taken: set[object]) -> object:
    match = _ID.fullmatch(str(name[1])) if isinstance(name, tuple) and name[0] == "id" else None
    if match is None:
        return name
    number = int(match["number"])
    while ("id", f"{match['letters']}{number}") in taken:
        number += 1
    return "id", f"{match['letters']}{number}"


def _with_id(side: _Side, name: object) -> _Side:
    """Return an item of a list with another id."""
    assert isinstance(name, tuple)  # noqa: S101  only ids are given anew
    own = next(below for key, below in side.at.children if key == "id")
    lines = list(side.lines)
    lines[own.end - 1] = re.sub(r"id:.*", f"id: {name[1]}", lines[own.end - 1], count=1)
    at = Outline(
        {**side.value, "id": name[1]}, side.at.start, side.at.end, side.at.lead, side.at.body, side.at.children
    )
    return _Side(at, lines)


def _writer(value: object) -> str:
    """Return whom a place says it is by."""
    if isinstance(value, list):
        return _writer(value[-1]) if value else ""
    return str(value.get("av", "")) if isinstance(value, dict) else ""
