"""Whose id was meant where a name stands: `av: Ingrid`.

In: what was found wrong in a pupil's files. Out: the same, with the id to write where the name is that of one person
around the pupil: the pupil, a guardian, or somebody on the staff of their school. Nobody else's id is ever told, and no
name is repeated.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from iup.site import decode, strict_yaml
from iup.text.names import parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iup.checks.case import CheckContext
    from iup.model.people import Name
    from iup.problems import Finding
    from iup.system.git.trees import Tree

_PERSONS = frozenset({"av", "åt", "föreslaget_av", "person", "deltagare"})


def with_ids(case: CheckContext, pupil: str, tree: Tree, found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return findings; those about a name where an id belongs say which id."""
    return tuple(_with_id(case, pupil, tree, one) if _is_person(one) else one for one in found)


def _is_person(finding: Finding) -> bool:
    return finding.rule is decode.SHAPE and not _PERSONS.isdisjoint(finding.keys[-2:])


def _with_id(case: CheckContext, pupil: str, tree: Tree, finding: Finding) -> Finding:
    typed = parts(str(decode.value_at(strict_yaml.parse(tree.read(finding.path)), finding.keys)))
    meant = {person for person, name in _around(case, pupil) if typed and typed in _forms(name)}
    said = "här ska stå ett id, inte ett namn; ett id är en liten bokstav a–z följd av fyra tecken a–z eller 0–9"
    if len(meant) == 1:
        return replace(finding, message=said, hint=f"skriv {meant.pop()}, som är den personens id")
    if typed and not any(character.isdigit() for word in typed for character in word):
        return replace(finding, message=said, hint="id:n är namnen på filerna i content/people/")
    return finding


def _around(case: CheckContext, pupil: str) -> Iterator[tuple[str, Name]]:
    """Yield the id and the name of everybody whose id may be told beside a pupil."""
    school = case.school
    own = school.pupils.get(pupil)
    people = set(own.guardians_ever()) if own else set()
    if own is not None:
        yield pupil, own.name
    for unit in {place[0].id: place[0] for place in school.places(pupil)}.values():
        people |= {post.person for post in unit.principals}
        for group in unit.classes:
            people |= {post.person for post in group.mentors} | {row.teacher for row in group.teaching}
    yield from ((person, known.name) for person in sorted(people) if (known := school.people.get(person)))


def _forms(name: Name) -> tuple[tuple[str, ...], ...]:
    """Return the ways in which somebody may be named: in full, by one name, and with the first letter of the other."""
    given, family = parts(name.given), parts(name.family)
    return (
        given,
        family,
        (*given, *family),
        (*family, *given),
        (*given, *(word[:1] for word in family[:1])),
        given[:1],
    )
