"""May somebody change a file that is no pupil's plan: the policy's answer, and whom the change is about.

In: what a push is judged by, a path with its contents before and after, and who changes it. Out: located findings. A
principal keeps the files of the own school and of the people who belong to it. Pupils of another school, the office's
staff and another school's principals and teachers are the office's to move, whatever file names them: else a principal
could take another school's pupil into a class of their own, or put their own key or account in the office's place.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from iup.checks.push import office_files
from iup.checks.push.rules import OFFICE_FILES, OTHERS
from iup.model.role import Role
from iup.model.school import SchoolUnit
from iup.policy.access import Action, Item, Kind, decide
from iup.policy.change_rights import no_right
from iup.policy.relations import standing, standing_at
from iup.site import decode, strict_yaml
from iup.site.load import MUNICIPALITY, ROSTER, SITE, roster_of
from iup.site.paths import KEYS, PEOPLE, ROUTES, plan_file, routed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from iup.checks.push.context import PushContext
    from iup.model.people import Account
    from iup.model.school import Post
    from iup.problems import Finding
    from iup.system.git.history import Difference
    from iup.system.git.objects import Objects

_KINDS: tuple[tuple[Callable[[str], re.Match[str] | None], Kind], ...] = tuple(
    (re.compile(pattern).fullmatch, kind)
    for pattern, kind in (
        (ROUTES["pupil"], Kind.PUPIL_FILE),
        (ROUTES["unit"], Kind.SCHOOL_FILE),
        (rf"({PEOPLE}|{KEYS})/[^/]+|{re.escape(ROSTER)}", Kind.PERSON_FILE),
        (f"{re.escape(MUNICIPALITY)}|{re.escape(SITE)}", Kind.MUNICIPAL_FILE),
        (r"policies/forms/.+", Kind.FORM_FILE),
        (r"policies/.+", Kind.RULES_FILE),
        (r".*", Kind.OTHER_FILE),
    )
)


class FileRights:
    """Judges changes of files by main's school and policy before the push."""

    def __init__(self, ground: PushContext, objects: Objects) -> None:
        self._ground = ground
        self._objects = objects
        self._circles: dict[str, frozenset[str]] = {}

    def faults(self, difference: Difference, who: str) -> Iterator[Finding]:
        """Yield why somebody may not change a file."""
        school, day = self._ground.school, self._ground.day
        if office_files.is_office_file(difference.path):
            if not office_files.may_change(school, who, day):
                yield OFFICE_FILES.at(difference.path)
            return
        kind = next(kind for test, kind in _KINDS if test(difference.path))
        of, name = routed(difference.path)
        if of == "pupil" and name in school.pupils:
            standing_of = standing(school, who, name, day)
        else:
            standing_of = standing_at(school, who, name if of == "unit" else "", day)
        item = Item(kind, standing_of.pupil)
        action = Action.REMOVE if difference.new is None else Action.WRITE
        decision = decide(self._ground.policy, action, item, standing_of)
        if not decision.allowed:
            yield no_right(decision, difference.path)
        elif Role.REGISTRAR not in standing_at(school, who, "", day).roles and self._of_others(difference, who):
            yield OTHERS.at(difference.path)

    def _of_others(self, difference: Difference, who: str) -> bool:
        """Say whether a file or its change is about somebody of whom only the office decides."""
        of, name = routed(difference.path)
        match of:
            case "unit":
                return any(self._belongs_elsewhere(pupil, name) for pupil in self._moved(difference))
            case "person":
                return not self._in_reach(name, who)
            case "key":
                return any(not self._in_reach(owner, who) for owner in self._ground.owners(name))
            case _ if difference.path == ROSTER:
                return any(not self._in_reach(person, who) for person in self._reassigned(difference))
            case _:
                return False

    def _moved(self, difference: Difference) -> list[str]:
        """Return the pupils who get a time in a class that they did not have."""
        before, after = self._unit(difference.old), self._unit(difference.new)
        had = {(group.id, place) for group in (before.classes if before else ()) for place in group.pupils}
        has = {(group.id, place) for group in (after.classes if after else ()) for place in group.pupils}
        return sorted({place.pupil for _, place in has - had})

    def _unit(self, oid: str | None) -> SchoolUnit | None:
        if oid is None:
            return None
        try:
            values = strict_yaml.parse(self._objects.read(oid))
        except strict_yaml.StrictYamlError:
            return None
        return decode.decode(SchoolUnit, {**values, "id": "none"}, "")[0]

    def _belongs_elsewhere(self, pupil: str, unit: str) -> bool:
        """Say whether main has a pupil in another school, or in none but with a plan."""
        places = self._ground.school.places(pupil)
        if not places:
            return self._ground.has(plan_file(pupil))
        newest = max(places, key=lambda found: found[2].begins)
        return newest[0].id != unit

    def _reassigned(self, difference: Difference) -> set[str]:
        """Return the people whose row in the roster differs."""
        before, after = (self._rows(oid) for oid in (difference.old, difference.new))
        return {row.person for row in before ^ after}

    def _rows(self, oid: str | None) -> frozenset[Account]:
        return frozenset(roster_of(self._objects.read(oid)) if oid else ())

    def _in_reach(self, person: str, who: str) -> bool:
        """Say whether a person has nothing to do with the office or another school, or is somebody's own school's."""
        school, day = self._ground.school, self._ground.day
        municipality = school.municipality

        def holds(posts: tuple[Post, ...]) -> bool:
            return any(post.person == person and (post.ends is None or post.ends >= day) for post in posts)

        if holds(municipality.office) or holds(municipality.readers):
            return False
        own = frozenset(n for n in school.units if Role.PRINCIPAL in standing_at(school, who, n, day).roles)
        tied = self._circle(person)
        leads = {name for name, unit in school.units.items() if holds(unit.principals)}
        return leads <= own and (not tied or not tied.isdisjoint(own))

    def _circle(self, person: str) -> frozenset[str]:
        """Return the schools that a person works at or has a child in."""
        if person not in self._circles:
            school = self._ground.school
            found = set()
            for name, unit in school.units.items():
                posts = [*unit.principals, *(post for group in unit.classes for post in group.mentors)]
                teachers = {row.teacher for group in unit.classes for row in group.teaching}
                if person in teachers or any(post.person == person for post in posts):
                    found.add(name)
            for pupil in self._ground.children(person):
                found |= {unit.id for unit, _, _ in school.places(pupil)}
            self._circles[person] = frozenset(found)
        return self._circles[person]
