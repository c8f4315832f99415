"""Move plans from draft to shared, and from shared to final, in the teachers' files and in the archive.

In: a site and the pupils whose plans are meant. Out: one commit in the teachers' repository and one entry in the
ledger. Faults are reported with file and line, and then nothing is done. A final plan must have the lawful minimum: a
samtal held, an omdöme in every subject, the school's insatser, and what was agreed. It has no working material left in
it. After an interruption, run it again: it does what is left, and nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from iup.archive import ledger, reader
from iup.archive.keep import keep_now
from iup.archive.ledger import Event, required_signer
from iup.checks.runner import checked_paths
from iup.errors import ContentError, UsageError
from iup.model.base import Handling, State
from iup.problems import Severity
from iup.site.paths import plan_file
from iup.site.yaml_edit import amend
from iup.system.git import commit, plumbing
from iup.system.git.trees import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from iup.keys.keyring import UnlockedOffice
    from iup.model.plan import Plan
    from iup.model.school import School
    from iup.site.layout import Site
    from iup.system.git.trees import Tree

TRAILER = "Plan-Steg"


@dataclass(frozen=True)
class StateChange:
    """What a run will do: plans whose läge changes, what is left out of each, and plans that are done already."""

    state: State
    contents: Mapping[str, bytes]
    pupils: tuple[str, ...]
    left_out: Mapping[str, tuple[str, ...]]
    standing: tuple[str, ...]
    term: str = ""


def chosen(school: School, day: date, pupils: Iterable[str], group: str) -> tuple[str, ...]:
    """Return the pupils that a command is about: those named, or those of a class today."""
    named = tuple(pupils)
    if bool(named) == bool(group):
        raise UsageError("ange antingen elever eller en klass (--class)")
    if group:
        units = school.units.values()
        found = next((known for unit in units for known in unit.classes if known.id == group), None)
        named = tuple(place.pupil for place in found.pupils if place.covers(day)) if found else ()
    unknown = [pupil for pupil in named if pupil not in school.pupils]
    if unknown:
        raise UsageError("det finns ingen elev med det id:t", "elevernas id:n är katalognamnen i content/pupils")
    return named


def share(tree: Tree, school: School, pupils: tuple[str, ...], day: date) -> StateChange:
    """Plan to share drafts with the home; plans that already are shared or final are left as they are."""
    plans = {pupil: school.plans[pupil] for pupil in pupils if pupil in school.plans}
    drafts = tuple(pupil for pupil, plan in plans.items() if plan.state is State.DRAFT)
    return _step(tree, school, State.SHARED, drafts, tuple(sorted(plans.keys() - set(drafts))), day)


def finalise(tree: Tree, school: School, pupils: tuple[str, ...], term: str, day: date) -> StateChange:
    """Plan to make shared plans of a term final. A draft, or a plan of another term, is refused by name of its file."""
    plans = {pupil: school.plans[pupil] for pupil in pupils if pupil in school.plans}
    missing = sorted(set(pupils) - plans.keys())
    other = [pupil for pupil, plan in plans.items() if plan.term != term]
    drafts = [pupil for pupil, plan in plans.items() if plan.state is State.DRAFT]
    if missing:
        raise UsageError(f"ingen plan finns för {', '.join(missing)}", "ange de andra eleverna var för sig")
    if other:
        raise UsageError(f"planen är för en annan termin: {', '.join(other)}", "terminen står i plan.yaml")
    if drafts:
        raise UsageError(f"planen är ett utkast: {', '.join(drafts)}", "dela den först med build.py share")
    shared = tuple(pupil for pupil, plan in plans.items() if plan.state is State.SHARED)
    step = _step(tree, school, State.FINAL, shared, tuple(sorted(plans.keys() - set(shared))), day)
    return replace(step, term=term)


def _step(
    tree: Tree, school: School, state: State, pupils: tuple[str, ...], standing: tuple[str, ...], day: date
) -> StateChange:
    contents: dict[str, bytes] = {}
    left_out: dict[str, tuple[str, ...]] = {}
    for pupil in pupils:
        path = plan_file(pupil)
        if state is State.FINAL:
            left_out[pupil] = _working(school, school.plans[pupil])
        contents[path] = amend(path, tree.read(path), partial(_moved, state, left_out.get(pupil, ())))
    refuse_faulty(tree, contents, day)
    return StateChange(state, contents, pupils, {p: names for p, names in left_out.items() if names}, standing)


def _moved(state: State, left_out: tuple[str, ...], plan: Any, _maker: object) -> None:  # noqa: ANN401  plain or ruamel's
    """Set a plan's läge, and take out the fields that do not go on."""
    plan["läge"] = state.value
    for name in left_out:
        del plan["fält"][name]


def _working(school: School, plan: Plan) -> tuple[str, ...]:
    form = school.forms.get(plan.form)
    known = form.fields if form else {}
    return tuple(n for n in plan.fields if n in known and known[n].handling is Handling.WORKING)


def refuse_faulty(tree: Tree, contents: Mapping[str, bytes], day: date) -> None:
    """Raise `ContentError` with every fault that the files would have afterwards."""
    after = MemoryTree({path: contents.get(path) or tree.read(path) for path in tree.paths})
    faults = tuple(p for p in checked_paths(after, day, contents.keys()) if p.severity is Severity.FAULT)
    if faults:
        raise ContentError(faults)


def carry_out(site: Site, office: UnlockedOffice, step: StateChange, day: date) -> int:
    """Commit a step and archive it; return how many archives got something new.

    First lets the index and files catch up with the last such commit, in case the run that made it was killed.
    """
    required_signer(office)
    event = Event.FINAL if step.state is State.FINAL else Event.SHARED
    cut_off = commit.trailers(site.root, TRAILER).get(step.state.value)
    if cut_off:
        commit.follow(site.root, cut_off)
    if step.contents:
        plans = f"{len(step.pupils)} plan{'' if len(step.pupils) == 1 else 'er'}"
        base = plumbing.resolve(site.root, "HEAD")
        commit.refuse_unless_clean(site.root, base, step.contents)
        message = f"{event}: {plans}\n\n{TRAILER}: {step.state}\n"
        made = commit.make(site.root, base, step.contents, message, commit.author(site.root))
        commit.land(site.root, base, made)
    final = day if step.state is State.FINAL else None
    pupils = {*step.pupils, *_unkept(office, step)}
    return keep_now(site, office, pupils, event, day, final=final) if pupils else 0


def _unkept(office: UnlockedOffice, step: StateChange) -> set[str]:
    """Return the pupils that a run which was cut off committed and did not archive."""
    if step.state is not State.FINAL:
        return set(step.standing)  # what is archived already makes no new commit
    heads = ledger.heads(office.root)
    with reader.ArchiveReader(office.root) as shelf:
        kept = {
            pupil
            for pupil in step.standing
            if pupil in heads
            for term in shelf.terms(pupil, heads[pupil])
            if term.name == step.term and term.final
        }
    return set(step.standing) - kept
