"""The files that change when given people are erased. Writes nothing.

In: the committed tree, the school in it, and who is erased: pupils, guardians, staff. Out: files that change, and files
that are deleted. Somebody whose id is still used in what is left (a plan, a class of an earlier year) keeps a file with
the name and title for what they wrote.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from iup.office.retention.schedule import NOTHING
from iup.site import decode, strict_yaml, yaml_edit
from iup.site.load import ROSTER
from iup.site.paths import SCHOOLS, certificate_file, person_file, pupil_folder
from iup.system.git import plumbing

if TYPE_CHECKING:
    from pathlib import Path

    from iup.model.people import Person
    from iup.model.school import School
    from iup.office.retention.schedule import PurgeTargets
    from iup.system.git.trees import Tree


def without(
    tree: Tree, school: School, site: Path, meant: PurgeTargets, guardians: tuple[str, ...]
) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Return the teachers' files that change when some people are erased, and those that are deleted."""
    people = {person: school.people[person] for person in (*guardians, *meant.people) if person in school.people}
    kept = {person.receiving.certificate for person in school.people.values() if person.id not in people}
    known = (person.receiving.certificate for person in people.values())
    below = [pupil_folder(pupil) for pupil in meant.pupils]
    removed = [entry.path for entry in plumbing.entries(site, "HEAD", below)] if below else []
    removed += [path for key in known if key and key not in kept and (path := certificate_file(key)) in tree]
    contents = _rows(tree, {*meant.pupils, *guardians}, set(meant.people))
    gone = {*removed, *map(person_file, people)}
    named = _named(tree, {path: contents.get(path) for path in tree.paths if path not in gone}, meant.people)
    for person, record in people.items():
        path = person_file(person)
        if person in named:
            contents[path] = _name_alone(record)
        else:
            removed.append(path)
    return contents, tuple(sorted(removed))


def _rows(tree: Tree, ids: set[str], people: set[str]) -> dict[str, bytes]:
    """Return the schools' files and the roster without rows about some people; of staff the roster's row alone goes."""
    contents = {}
    for path in (ROSTER, *(p for p in tree.paths if p.startswith(f"{SCHOOLS}/"))):
        data, gone = tree.read(path) if path in tree else b"", ids | people if path == ROSTER else ids
        if any(name.encode() in data for name in gone):
            contents[path] = yaml_edit.amend(path, data, partial(_strip, ids=gone))
    return contents


def _named(tree: Tree, standing: dict[str, bytes | None], people: tuple[str, ...]) -> set[str]:
    """Return which of some people the files that are left name."""
    if not people:
        return set()
    data = (standing[path] or old for path, old in zip(standing, tree.read_all(standing), strict=True))
    left, words = set[str](), {person: person.encode() for person in people}
    for text in data:
        left |= {person for person, word in words.items() if word in text}
    return left


def _name_alone(person: Person) -> bytes:
    """Return a person's file with no more than what stands under what they wrote."""
    return strict_yaml.written(
        {
            "namn": decode.encode(person.name),
            **({"titel": person.title} if person.title else {}),
            "mottagning": {"sätt": NOTHING.channel.value},
        }
    )


def _strip(values: Any, _maker: object, ids: set[str]) -> None:  # noqa: ANN401  plain or ruamel's
    """Take every row about some people out of a school's file or the roster."""
    _drop(values.get("personer"), lambda row: str(row["person"]) in ids)
    for group in values.get("klasser") or ():
        _drop(group.get("elever"), lambda row: str(row["elev"]) in ids)
        for key in ("endast", "utom"):
            for row in group.get("undervisning") or ():
                _drop(row.get(key), lambda name: str(name) in ids)
        # A row about some pupils alone ends with the last of them; one about all but some is about all.
        _drop(group.get("undervisning"), lambda row: "endast" in row and not row["endast"])
        for row in group.get("undervisning") or ():
            if "utom" in row and not row["utom"]:
                del row["utom"]


def _drop(rows: Any, gone: Any) -> None:  # noqa: ANN401  plain or ruamel's
    for place in reversed(range(len(rows or ()))):
        if gone(rows[place]):
            del rows[place]
