"""Where one person stands in a file's values, and what of it is theirs. Values in, values out; reads nothing.

A file of the person's own is given value by value. Of anybody else's file, only the rows with the person's id are
given, and of a row only what is about the person: days, what they are or did there, and what they wrote themselves
where they did so at home. Every other person's id becomes a mark that says what they are. Every text goes through
`redact_others`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from iup.office.subject_access.redact_others import MARK
from iup.policy.relations import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from iup.model.school import School
    from iup.office.subject_access.redact_others import OtherPeople

Key = str | int
Leaf = tuple[tuple[Key, ...], str]
SELF = "personen själv"
_ID = re.compile(r"[a-z][a-z0-9]{4}")
# Under these keys stands a person's id, also of one who is no longer here.
_PEOPLE = frozenset(
    {"person", "av", "åt", "elev", "lärare", "deltagare", "endast", "utom", "mottagare", "avsändare", "föreslaget_av"}
    | {"hänvisad_av", "beslutsfattare", "beslutad_av"}
)
# What of a row in another's file is about the person who stands in it.
_ABOUT_ROW = frozenset(
    {"från", "till", "datum", "bokat", "hållet", "ämne", "steg", "inkom", "hänvisad", "kanal", "läge", "beslut"}
    | {"roll", "benämnd", "e-post", "konto", "nummer", "besvarad", "utfall", "delegation"}
)
# What somebody at home wrote, in the row that says that they did.
_WRITTEN = frozenset({"text", "kommentar", "mål", "etikett", "värde"})


@dataclass(frozen=True)
class Row:
    """The parts of a record that belong together: where they stand, and pairs of a label and a value."""

    where: str
    values: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True)
class Trace:
    """A record in which the person was found: where it lies, what kind, whose or when, and its rows."""

    store: str
    kind: str
    rows: tuple[Row, ...] = field(repr=False)
    note: str = ""


@dataclass(frozen=True)
class RowFilter:
    """Picks out of a file's values what is one person's."""

    school: School
    others: OtherPeople
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def person(self) -> str:
        """The person it is about."""
        return self.others.person

    def own(self, values: Any) -> Iterator[Leaf]:  # noqa: ANN401  YAML is any shape
        """Yield every leaf of a record of the person's own."""
        for keys, text in leaves(values):
            yield keys, self._told(keys, text)

    def rows(self, values: Any, *, wrote: bool) -> Iterator[Leaf]:  # noqa: ANN401  likewise
        """Yield what is about the person in a record that is somebody else's, or nobody's own.

        `wrote`: the texts are given too, because they were written at home and not by staff about a pupil.
        """
        for keys, row in _rows(values, self.person, ()):
            told = [(key, text) for key in row if key in _ABOUT_ROW for _, text in leaves(row[key])]
            own = row.get("av", row.get("föreslaget_av")) == self.person
            if wrote and own:
                told += [(key, text) for key, text in row.items() if key in _WRITTEN and isinstance(text, str)]
            for key in (key for key, value in row.items() if _holds(value, self.person)):
                yield (*keys, key), SELF
            for key, text in told:
                yield (*keys, key), self._told((key,), text)

    def together(self, found: Iterable[Leaf]) -> Iterator[Row]:
        """Yield values in the groups they belong to, each with the form's own words as its label where it has some."""
        for above, some in groupby(found, key=lambda leaf: leaf[0][:-1]):
            yield Row(self._label(above), tuple((self._label(keys[-1:]), text.strip()) for keys, text in some))

    def _label(self, keys: tuple[Key, ...]) -> str:
        words = [self.labels.get(key, key.replace("_", " ")) for key in keys if isinstance(key, str)]
        known = (
            self.named(word) if word in self.school.pupils or word in self.school.people else word for word in words
        )
        return self.others.without(" › ".join(known))

    def named(self, person: str) -> str:
        """Return what somebody is called here: the person, a child of theirs by name, anybody else by what they are."""
        if person == self.person:
            return SELF
        if person in self.others.kept:
            return self.school.name_of(person)
        return f"{MARK} ({kind_of(self.school, person)})"

    def _told(self, keys: tuple[Key, ...], text: str) -> str:
        named = next((key for key in reversed(keys) if isinstance(key, str)), "")
        if text in self.school.pupils or text in self.school.people or (named in _PEOPLE and _ID.fullmatch(text)):
            return self.named(text)
        return self.others.without(text)


def leaves(values: Any, keys: tuple[Key, ...] = ()) -> Iterator[Leaf]:  # noqa: ANN401  YAML is any shape
    """Yield every text of a record with the keys that lead to it."""
    if isinstance(values, dict):
        for key, inner in values.items():
            yield from leaves(inner, (*keys, str(key)))
    elif isinstance(values, list | tuple):
        for number, inner in enumerate(values):
            yield from leaves(inner, (*keys, number))
    elif isinstance(values, bool):
        yield keys, "ja" if values else "nej"
    elif values is not None and values != "":
        yield keys, str(values)


def _rows(values: Any, person: str, keys: tuple[Key, ...]) -> Iterator[tuple[tuple[Key, ...], dict[str, Any]]]:  # noqa: ANN401  likewise
    """Yield each mapping in which the person's id stands, by itself, in a list or as a key, with what is around it."""
    if isinstance(values, dict):
        if any(_holds(value, person) for value in values.values()):
            yield keys, values
        if isinstance(values.get(person), dict):
            inner = values[person]
            yield keys, {"person": person, "benämnd": inner.get("namn"), "roll": inner.get("roll")}
        around = (values["namn"],) if isinstance(values.get("namn"), str) else ()
        for key, inner in values.items():
            yield from _rows(inner, person, (*keys, *around, str(key)))
    elif isinstance(values, list):
        for number, inner in enumerate(values):
            yield from _rows(inner, person, (*keys, number))


def _holds(value: Any, person: str) -> bool:  # noqa: ANN401  likewise
    return value == person or (isinstance(value, list) and person in value)
