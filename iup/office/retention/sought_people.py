"""Who a purge looks for afterwards: by which name, number and classes.

In: the school as it is now, the archive, and who goes. Out: a `SoughtPerson` for each. A pupil who is in no file any
more has the name that the archive's newest term has. One who shares a full name with somebody that stays is not looked
for by name, nor is somebody's only name looked for beside a class where another of that name stays.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from iup.archive.reader import ArchiveReader
from iup.archive.term_folders import GOALS, PEOPLE, PLAN, is_received
from iup.errors import RepositoryError
from iup.office.retention.search_terms import SoughtPerson
from iup.policy.relations import one_name, people_of
from iup.text.encodings import folded_markup
from iup.text.names import parts
from iup.text.one_name import is_one

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from iup.archive.reader import TermFiles
    from iup.model.school import School


def sought_people(
    school: School, office: Path, heads: Mapping[str, str], pupils: tuple[str, ...], guardians: tuple[str, ...]
) -> tuple[SoughtPerson, ...]:
    """Return the people to look for, the pupils first; `heads` are the commits at which pupils' archives stand."""
    gone = {*pupils, *guardians}
    names = {folded_markup(one.name.full) for one in school.pupils.values() if one.id not in gone}
    names |= {folded_markup(one.name.full) for one in school.people.values() if one.id not in gone}
    found = []
    for name in (*pupils, *guardians):
        known = school.pupils.get(name) or school.people.get(name)
        register = school.registered.get(name)
        number = (register.personnummer if register else "") or ""
        given, family = (known.name.given, known.name.family) if known else kept_name(office, heads[name], name)
        if name in pupils and given and is_one(family):
            kept = kept_classes(office, heads[name]) if name in heads else frozenset()
            classes = _own_classes(school, name, given, kept, gone)
            found.append(SoughtPerson(name, given, family, number, pupil=bool(classes), classes=classes))
            continue
        alone = name in pupils and folded_markup(f"{given} {family}") not in names
        found.append(SoughtPerson(name, given, family, number, pupil=alone))
    return tuple(found)


def _own_classes(school: School, pupil: str, name: str, kept: frozenset[str], gone: Collection[str]) -> tuple[str, ...]:
    """Return the classes of a pupil in which nobody who stays has the name."""
    own = one_name(school, pupil)
    shared = set()
    for group in (group for unit in school.units.values() for group in unit.classes):
        staying = (school.name_of(person) for person in people_of(school, group) if person not in gone)
        if any(set(parts(name)) <= set(parts(other)) for other in staying):
            shared.add(group.name)
    return tuple(sorted({*(own.classes if own else ()), *kept} - shared))


def kept_name(office: Path, head: str, pupil: str) -> tuple[str, str]:
    """Return the name, in its two parts, that the newest term of an archive has for its pupil.

    Who has one name only is told by the line `barn:`, which then has all of it.
    """
    with ArchiveReader(office) as shelf:
        for files in _own_terms(shelf, head):
            with suppress(RepositoryError):
                row = files.values(PEOPLE).get(pupil) or {}
                whole = str(row.get("namn", ""))
                given, _, family = whole.rpartition(" ")
                if whole and (not given or parts(whole) == parts(_labelled(files)[0])):
                    return whole, ""
                if family:
                    return given, family
    return "", ""


def kept_classes(office: Path, head: str) -> frozenset[str]:
    """Return the classes that an archive's plans and goals say their pupil was in."""
    found = set()
    with ArchiveReader(office) as shelf:
        for files in _own_terms(shelf, head):
            with suppress(RepositoryError):
                found.add(_labelled(files)[1])
    return frozenset(found - {""})


def _own_terms(shelf: ArchiveReader, head: str) -> Iterator[TermFiles]:
    """Yield the terms of an archive, the newest first; another school's ids are nobody's here, or somebody else's."""
    for folder, tree in reversed(shelf.folders(head).items()):
        if not is_received(folder):
            yield shelf.files(tree)


def _labelled(files: TermFiles) -> tuple[str, str]:
    """Return the name and the class that the line `barn:` of a term has."""
    line = str((files.values(PLAN) or files.values(GOALS)).get("barn", ""))
    name, comma, group = line.rpartition(",")
    return (name, group.strip()) if comma else (line, "")
