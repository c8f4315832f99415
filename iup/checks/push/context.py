"""What a push is judged by: the school and the rules that main had before it, read from a few of its files.

In: a bare repository, main's commit, and the paths that the push changes. Out: one frozen `PushContext`. A
municipality has thousands of files, and what decides who may do what is in a few of them; what else is asked about a
person or a path is looked up when it is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from iup.checks.push.history_reader import RECORDS
from iup.policy.access import load_policy
from iup.site.load import LAW, MUNICIPALITY, ROSTER, SUBJECTS, SiteReader
from iup.site.paths import SCHOOLS, owner, person_file, pupil_file, pupil_folder, pupil_of, routed
from iup.system.git import history

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from iup.model.school import School
    from iup.policy.access import Policy
    from iup.system.git.objects import Objects

SHARED = (MUNICIPALITY, SUBJECTS, LAW)  # what no school can be read without


@dataclass(frozen=True)
class PushContext:
    """What a push is judged by: main's school and policy before it, its commit, and the day it is received."""

    school: School
    policy: Policy
    day: date
    tip: str
    directory: Path

    def has(self, path: str) -> bool:
        """Say whether main has a plain file."""
        return path in history.blobs(self.directory, self.tip, [path])

    def children(self, person: str) -> tuple[str, ...]:
        """Return the pupils in whose file main names a person."""
        found = history.files_with(self.directory, self.tip, [person], pupil_file("*"))
        return tuple(PurePosixPath(path).parent.name for path in found)

    def owners(self, fingerprint: str) -> tuple[str, ...]:
        """Return the people in whose file main names a certificate."""
        found = history.files_with(self.directory, self.tip, [fingerprint], person_file("*"))
        return tuple(PurePosixPath(path).stem for path in found)


def push_context(directory: Path, tip: str, objects: Objects, paths: Iterable[str], day: date) -> PushContext | None:
    """Read main's school and policy, as far as the paths that a push changes need; None where they make no school.

    For plans and goals alone those schools are enough that name the pupils: to read all is most of what a push costs.
    """
    touched = set(paths)
    pupils = {pupil_of(path) for path in touched} - {""}
    first = SiteReader(history.some_files(directory, tip, (*SHARED, ROSTER), objects)).school
    people = {row.person for row in first.roster} if first is not None else set()
    people |= {name for kind, name in map(owner, touched) if kind == "person"}
    wanted = (
        *(*SHARED, ROSTER, SCHOOLS, "policies"),
        *map(person_file, sorted(people)),
        *map(pupil_folder, sorted(pupils)),
    )
    tree = history.some_files(directory, tip, wanted, objects)
    plans_only = all(routed(path)[0] in RECORDS for path in touched)
    school = SiteReader(tree, pupils if plans_only else ()).school
    policy, _ = load_policy(tree)
    return None if school is None or policy is None else PushContext(school, policy, day, tip, directory)
