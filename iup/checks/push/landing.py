"""What lands on main by a push: who lets it in, and no fault that main did not have.

In: the judged commits of a push, main's commit before and after it, and who lands it. Out: located problems. Whoever
writes the files that decide who gets what has been judged commit by commit; here it is asked whether the one who lets
them into main may write them too, and, where the school's rules want it, that these are two people. Then the files are
checked as `build.py check` does. Faults that main had stop nobody.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from iup.checks.push.history_reader import RECORDS
from iup.checks.push.office_files import is_office_file
from iup.checks.push.rules import LANDING, TWO_PEOPLE
from iup.checks.runner import Checker, checked_paths
from iup.policy.access import Sensitive
from iup.problems import Severity
from iup.site.load import MUNICIPALITY, ROSTER, SITE
from iup.site.paths import KEYS, PEOPLE, SCHOOLS, routed
from iup.system.git.trees import CommitTree

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date
    from pathlib import Path

    from iup.checks.push.commit import CommitInspector
    from iup.checks.push.context import PushContext
    from iup.checks.push.history_reader import HistoryReader
    from iup.problems import Finding, Problem

_FOLDERS = {
    Sensitive.POLICIES: ("policies/",),
    Sensitive.SCHOOLS: (f"{SCHOOLS}/",),
    Sensitive.PEOPLE: (f"{PEOPLE}/",),
    Sensitive.KEYS: (f"{KEYS}/",),
    Sensitive.MUNICIPALITY: (MUNICIPALITY, SITE),
    Sensitive.ROSTER: (ROSTER,),
}


def sensitive(path: str) -> Sensitive | None:
    """Return which of the files that decide who gets what a path belongs to, if any."""
    return next((kind for kind, beginnings in _FOLDERS.items() if path.startswith(beginnings)), None)


def let_in(
    ground: PushContext, reader: HistoryReader, inspector: CommitInspector, new: str, lander: str
) -> Iterator[Finding]:
    """Yield the sensitive files that come into main by somebody who may not let them in."""
    for path, difference in reader.files(ground.tip, new).items():
        kind = sensitive(path)
        if kind is None and not is_office_file(path):
            continue
        if any(True for _ in inspector.rights.faults(difference, lander)):
            yield LANDING.at(path)
        elif kind in ground.policy.two_people and lander in inspector.writers(new, path):
            yield TWO_PEOPLE.at(path)


def new_faults(directory: Path, old: str, new: str, paths: Collection[str], day: date) -> tuple[Problem, ...]:
    """Return the faults that the files of a later commit have and those of an earlier one do not.

    Where only plans and goals differ, those are checked; whatever else differs can make a fault anywhere. A fault is
    the same wherever in its file it stands. So of the earlier commit only the files with a fault now are checked.
    """
    after = _faults(directory, new, paths, day)
    if not after:
        return ()
    left = Counter(map(_what, _faults(directory, old, {fault.location.path for fault in after}, day, alone=True)))
    found = []
    for fault in after:
        what = _what(fault)
        if left[what]:
            left[what] -= 1
        else:
            found.append(fault)
    return tuple(found)


def _what(problem: Problem) -> tuple[str, str, str]:
    return problem.rule, problem.location.path, problem.message


def _faults(directory: Path, commit: str, paths: Collection[str], day: date, *, alone: bool = False) -> list[Problem]:
    """Return the faults of some files, and of all others that they can make one in unless these are asked for alone."""
    tree = CommitTree(directory, commit)
    try:
        if alone or all(routed(path)[0] in RECORDS for path in paths):
            found = checked_paths(tree, day, paths)
        else:
            found = Checker(tree, day).everything(os.cpu_count() or 1)
    finally:
        tree.close()
    return [problem for problem in found if problem.severity is Severity.FAULT]
