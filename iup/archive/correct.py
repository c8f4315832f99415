"""Correct a final plan: the one way in which what is made final changes.

In: a site whose plan.yaml somebody has put right in the work tree (with the editor that they always use, so that
nothing has to be retyped), who they are, and a reason out of a list. Out: one commit that the office has signed, and
the term in the archive, which tells of the correction. Everything that may not be corrected stays, or nothing is done.
After an interruption, run it again.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iup.archive import finalise
from iup.archive.keep import keep_now
from iup.archive.ledger import Event
from iup.archive.signing_key import published_signer
from iup.errors import ContentError, UsageError
from iup.model.base import State
from iup.model.plan import Plan
from iup.policy.change_rights import ChangeContext
from iup.policy.change_statement import CORRECTION_LINES, SignedChanges, StatementKind, lines, read_lines
from iup.policy.changes import Records, changes
from iup.policy.correction import correction_faults
from iup.seal import openpgp
from iup.site import yaml_diagnosis
from iup.site.load import located
from iup.site.paths import plan_file
from iup.system.git import commit, history, plumbing
from iup.system.git.objects import Objects
from iup.system.git.signatures import to_line
from iup.system.git.trees import MemoryTree

if TYPE_CHECKING:
    from datetime import date

    from iup.keys.keyring import UnlockedOffice
    from iup.model.school import School
    from iup.policy.access import Policy
    from iup.policy.changes import Change
    from iup.policy.correction import CorrectionReason
    from iup.site.layout import Site
    from iup.system.git.trees import Tree


@dataclass(frozen=True)
class Correction:
    """What a run will do: the plan's new bytes, and the changes; none where an earlier run has committed them."""

    municipality: str
    pupil: str
    data: bytes
    changes: tuple[Change, ...]
    who: str
    reason: CorrectionReason


def corrector(site: Site, school: School, named: str) -> str:
    """Return who corrects: the person named, or the one whom git's address is in the roster."""
    if named:
        if named not in school.people:
            raise UsageError("ingen i content/people har det id:t", "skriv ditt eget id efter --as")
        return named
    email = commit.author(site.root).email.casefold()
    found = (row.person for row in school.roster if email in {one.casefold() for one in row.emails})
    if (person := next(found, None)) is None:
        raise UsageError("säg vem som rättar", "skriv ditt eget id efter --as")
    return person


def correct(
    site: Site, tree: Tree, rules: tuple[School, Policy, date], pupil: str, term: str, why: tuple[str, CorrectionReason]
) -> Correction:
    """Plan a correction of what the work tree says otherwise than the last commit; `why` is by whom and the reason."""
    school, policy, day = rules
    former = school.plans.get(pupil)
    path = plan_file(pupil)
    if former is None:
        raise UsageError(f"ingen plan finns för {pupil}", "elevernas id:n är katalognamnen i content/pupils")
    if former.term != term:
        raise UsageError(f"planen är för en annan termin: {pupil}", "terminen står i plan.yaml")
    if former.state is not State.FINAL:
        raise UsageError(f"planen är inte fastställd: {pupil}", "ändra den som vanligt, utan --correct")
    data = (site.root / path).read_bytes() if (site.root / path).is_file() else b""
    made = Correction(school.municipality.name, pupil, data, (), *why)
    if data == tree.read(path):
        return made
    after = _read(path, data)
    wrong = tuple(correction_faults(ChangeContext(school, policy, day), made.who, day, pupil, (former, after)))
    found = changes(Records(pupil, former), Records(pupil, after))
    if wrong:
        raise ContentError(located(MemoryTree({path: data}), wrong))
    if not found:
        raise UsageError("bara kommentarer eller radbrytningar är ändrade", "git checkout tar tillbaka filen")
    finalise.refuse_faulty(tree, {path: data}, day)
    return Correction(school.municipality.name, pupil, data, found, *why)


def _read(path: str, data: bytes) -> Plan:
    plan, findings = yaml_diagnosis.read(path, data, Plan)
    if plan is None or findings:
        raise ContentError(located(MemoryTree({path: data}), findings))
    return plan


def carry_out(site: Site, office: UnlockedOffice, made: Correction, day: date) -> int:
    """Commit a correction, signed, and archive it; return how many archives got something new.

    Where nothing is changed, archives what an earlier run committed last, if that was a correction of this plan.
    """
    signer = published_signer(office, site, day)
    if not made.changes:
        told = _finished(site, made.pupil)
        return keep_now(site, office, {made.pupil}, Event.CORRECTED, day, corrected=told)
    base = plumbing.resolve(site.root, "HEAD")
    commit.refuse_unless_clean(site.root, base, {})
    identity = secrets.token_hex(16)
    signed = SignedChanges(
        *(StatementKind.CORRECTION, made.municipality, identity, made.who, day, made.pupil, made.changes),
        reason=made.reason.value,
    )
    said = (identity, made.who, made.reason.value, day.isoformat(), to_line(openpgp.sign(signed.payload, signer)))
    message = f"{Event.CORRECTED}: 1 plan\n\n{lines(CORRECTION_LINES, *said)}"
    contents = {plan_file(made.pupil): made.data}
    commit.land(site.root, base, commit.make(site.root, base, contents, message, commit.author(site.root)))
    return keep_now(site, office, {made.pupil}, Event.CORRECTED, day, corrected=f"{day} {made.reason.value}")


def _finished(site: Site, pupil: str) -> str:
    """Return the day and reason of the newest correction, whose index and files are brought up with it."""
    newest = next(iter(commit.trailers(site.root, CORRECTION_LINES[0]).values()), "")
    with Objects(site.root) as objects:
        found = history.read((newest,), objects) if newest else ()
    for one in found:
        said = read_lines(one.message, CORRECTION_LINES)
        paths = {d.path for d in history.differences(site.root, one.parents[0], one.oid)}
        if said is not None and any(path.endswith(plan_file(pupil)) for path in paths):
            commit.follow(site.root, one.oid)
            return f"{said[3]} {said[2]}"
    raise UsageError(
        f"inget i planen är ändrat: {pupil}", "rätta först i plan.yaml, med ditt id i av och dagens datum i datum"
    )
