"""What a push may change in `content/office/`: who may, and how its files go on from what main has.

In: main's folder before the push, the folder as a commit has it, and the municipality's name. Out: located findings. A
key is added last, and the key before it says so; nothing that stands there is altered but the last day of a key, which
only comes earlier. What was taken in is never forgotten. That only the office may change the folder is no rule in
`policies/`, so that nobody can give it away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.checks.push.rules import OFFICE_FILES
from iup.model.role import Role
from iup.policy.change_statement import key_payload
from iup.policy.relations import standing_at
from iup.site import office_keys
from iup.site.paths import OFFICE_FOLDER, SIGNING, TAKEN_IN, signing_handover
from iup.system.git.signatures import Verifier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from iup.model.school import School
    from iup.problems import Finding
    from iup.site.office_keys import OfficeKey
    from iup.system.git.trees import Tree


def is_office_file(path: str) -> bool:
    """Say whether a path lies in the office's own folder, in whatever case it is written."""
    return path.casefold() == OFFICE_FOLDER or path.casefold().startswith(f"{OFFICE_FOLDER}/")


def may_change(school: School, who: str, day: date) -> bool:
    """Say whether somebody is the office's."""
    return Role.REGISTRAR in standing_at(school, who, "", day).roles


def office_faults(municipality: str, before: Tree, after: Tree) -> Iterator[Finding]:
    """Yield what is wrong with the folder after a change."""
    former, _ = office_keys.read(before)
    later, wrong = office_keys.read(after)
    yield from wrong
    if len(later) < len(former) or not all(map(_goes_on, former, later)):
        yield OFFICE_FILES.at(SIGNING, message=f"{OFFICE_FILES.summary}: en nyckel är ändrad eller borttagen")
    elif not wrong:
        for number in range(max(1, len(former)), len(later)):
            if not _is_handed_over(municipality, later[number - 1], later[number]):
                path = signing_handover(later[number].fingerprint)
                yield OFFICE_FILES.at(path, message="underskriften är inte den förra nyckelns om den nya")
    if not taken_in(before) <= taken_in(after):
        yield OFFICE_FILES.at(TAKEN_IN, message=f"{OFFICE_FILES.summary}: det som är infört är struket")


def taken_in(tree: Tree) -> frozenset[str]:
    """Return the marks of replies and corrections that stand in no commit of main any more."""
    return frozenset(tree.read(TAKEN_IN).decode("ascii", "replace").split()) if TAKEN_IN in tree else frozenset()


def _goes_on(former: OfficeKey, later: OfficeKey) -> bool:
    same = (former.period.key, former.period.begins, former.certificate, former.handover) == (
        *(later.period.key, later.period.begins, later.certificate, later.handover),
    )
    ends, ended = former.period.ends, later.period.ends
    return same and (ends is None or (ended is not None and ended <= ends))


def _is_handed_over(municipality: str, former: OfficeKey, key: OfficeKey) -> bool:
    payload = key_payload(municipality, key.fingerprint, key.certificate, key.period.begins)
    with Verifier({former.fingerprint: former.certificate}, expired=True) as verifier:
        return verifier.verify(payload, key.handover).fingerprint == former.fingerprint
