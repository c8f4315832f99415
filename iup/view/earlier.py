"""Earlier terms for one reader: shown as they were sent, to those whom the relations of today let read them.

In: what is kept of a pupil, a policy, and the reader's relation to the pupil today. Out: the reader's copy of each
earlier term, and what has changed since the last plan that was made final. Words are never taken from later data. A
person gets the copy that was theirs while they still have that role, else the one kept for the role they have today.
The protection of today is applied last: it removes where a pupil goes to school from earlier documents too.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from iup.model.plan import Step
from iup.model.role import Role
from iup.policy.access import Action, Item, Kind, decide
from iup.text.prose import unwrapped
from iup.view.change_types import ChangedLevel, ChangedText, MovedGoal, SinceView, TermCount, WordRun

if TYPE_CHECKING:
    from iup.view.types import PlanView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from iup.policy.access import Policy
    from iup.policy.relations import Standing
    from iup.view.types import Author, FieldView, OfficeView, PlanView

# Whoever has several roles gets the copy of the first.
_ORDER = (Role.PUPIL, Role.GUARDIAN, Role.MENTOR, Role.PRINCIPAL, Role.TEACHER)
_HOME = ("eleven", "vårdnadshavare")
# So many words in a row are shown as the same, and so large a part of the longer text must be, for words to be marked.
_FEWEST, _ALIKE = 3, 0.5


def earlier(
    policy: Policy, who: Standing, terms: tuple[PastTerm, ...], now: str, term_now: str, office: OfficeView
) -> tuple[tuple[PastTerm, PlanView], ...]:
    """Return the reader's copy of each kept term, the oldest first.

    Left out are the term of the present plan (`now`), and goals alone of the present term (`term_now`) or of a term
    that has a plan too.
    """
    if not decide(policy, Action.READ, Item(Kind.ARCHIVE, who.pupil), who).allowed:
        return ()
    named = decide(policy, Action.READ, Item(Kind.SCHOOL, who.pupil), who).allowed
    found = []
    planned = {term.name for term in terms if term.plan}
    for term in terms:
        present = term.name == now if term.plan else term.name in {now, term_now, *planned}
        copy = None if present else _copy_of(term, who)
        if copy is not None:
            view = copy.read()
            shown = view if named else protected(view, office, received=term.received)
            found.append((term, as_archive(shown, term.name, term.final)))
    return tuple(found)


def _copy_of(term: PastTerm, who: Standing) -> PastCopy | None:
    """Return the copy that somebody may open today.

    A teacher gets the one kept for teachers: what was sent to them then may go by subjects that they no longer have.
    """
    roles = [role for role in _ORDER if role in who.roles]
    mine = [copy for copy in term.copies if who.reader in copy.recipients]
    own = [copy for copy in mine if copy.role in roles and copy.role is not Role.TEACHER]
    kept = [copy for copy in term.copies if not copy.recipients and copy.role in roles]
    by_role = sorted(own, key=lambda c: roles.index(c.role)) + sorted(kept, key=lambda c: roles.index(c.role))
    return by_role[0] if by_role else None


def as_archive(view: PlanView, term: str, final: str) -> PlanView:
    """Return a kept view as an earlier term; `final`: the day it was made final, or empty."""
    return replace(view, document="arkiv", kept_term=term, made_final=final)


def protected(view: PlanView, office: OfficeView, *, received: bool) -> PlanView:
    """Remove what reveals where the pupil goes or went to school; `office` is whom to contact instead.

    For a term that was `received` from another school, the municipality reveals that too.
    """
    sections = []
    for section in view.sections:
        fields = tuple(
            replace(f, entries=tuple(replace(e, author=_untitled(e.author)) for e in f.entries)) for f in section.fields
        )
        rows = tuple(replace(row, author=_untitled(row.author) if row.author else None) for row in section.assessments)
        goals = tuple(
            replace(
                goal,
                proposed_by=_untitled(goal.proposed_by),
                course=tuple(replace(move, author=_untitled(move.author)) for move in goal.course),
                comments=tuple(replace(c, author=_untitled(c.author)) for c in goal.comments),
            )
            for goal in section.goals
        )
        sections.append(replace(section, fields=fields, assessments=rows, goals=goals))
    readings = tuple(replace(reading, author=_untitled(reading.author)) for reading in view.readings)
    view = replace(view, group="", school="", office=office, sections=tuple(sections), readings=readings)
    return replace(view, municipality="", board="", public_documents="") if received else view


def _untitled(author: Author) -> Author:
    return author if author.role in _HOME else replace(author, role="personal")


def since(views: tuple[tuple[PastTerm, PlanView], ...], now: PlanView) -> SinceView | None:
    """Return what has changed since the last plan that was made final; None where there is none, or no change.

    A plan of another school has another form, so everything in it would be shown as gone.
    """
    final = [(term, view) for term, view in views if term.final and not term.received]
    if not final or not now.sections:
        return None
    term, before = final[-1]
    return SinceView(
        pupil=now.pupil,
        group=now.group,
        school=now.school,
        municipality=now.municipality,
        since=term.name,
        final=term.final,
        goals=tuple(_goals(before, now)),
        levels=tuple(_levels(before, now)),
        texts=tuple(_texts(before, now)),
        terms=(*(_count(t.name, view) for t, view in views), _count(now.term or "nu", now)),
    )


def _goals(before: PlanView, now: PlanView) -> Iterator[MovedGoal]:
    old = {goal.id: goal for section in before.sections for goal in section.goals}
    new = {goal.id: goal for section in now.sections for goal in section.goals}
    for name in dict.fromkeys((*new, *old)):
        was, is_now = old.get(name), new.get(name)
        goal = is_now or was
        steps = (was.step if was else "", is_now.step if is_now else "")
        if goal is not None and steps[0] != steps[1]:
            yield MovedGoal(goal.subject, goal.text, *steps)


def _levels(before: PlanView, now: PlanView) -> Iterator[ChangedLevel]:
    old = {row.subject: row.label for section in before.sections for row in section.assessments}
    new = {row.subject: row.label for section in now.sections for row in section.assessments}
    for subject in dict.fromkeys((*new, *old)):
        if old.get(subject, "") != new.get(subject, ""):
            yield ChangedLevel(subject, old.get(subject, ""), new.get(subject, ""))


def _texts(before: PlanView, now: PlanView) -> Iterator[ChangedText]:
    old, new = dict(_all_texts(before)), dict(_all_texts(now))
    for place in dict.fromkeys((*new, *old)):
        if old.get(place, "") != new.get(place, ""):
            yield ChangedText(*place, *compared(old.get(place, ""), new.get(place, "")))


def _all_texts(view: PlanView) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield every text of the plan's own with where it stands; goals are told apart from these."""
    for section in view.sections:
        for shown in section.fields:
            if shown.entries:
                yield (section.title, shown.label), _joined(shown)
        for row in section.assessments:
            if row.comment:
                yield (section.title, row.subject), row.comment.strip()


def _joined(field: FieldView) -> str:
    return "\n\n".join(entry.text.strip() for entry in field.entries)


def compared(before: str, now: str) -> tuple[tuple[WordRun, ...], tuple[WordRun, ...]]:
    """Return two texts as runs of words, each the same, gone or new; or both whole, if little is the same.

    Two texts about different things still share their small words. Marks around all the others would hide both texts.
    """
    old, new = _words(before), _words(now)
    blocks = difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    same = [block for block in blocks if block.size >= min(_FEWEST, len(old), len(new))]
    if sum(block.size for block in same) < max(len(old), len(new)) * _ALIKE:
        return _whole(before), _whole(now)
    left: list[WordRun] = []
    right: list[WordRun] = []
    i = k = 0
    for block in (*same, blocks[-1]):
        _run(left, "borta", old[i : block.a])
        _run(right, "nytt", new[k : block.b])
        i, k = block.a + block.size, block.b + block.size
        _run(left, "samma", old[block.a : i])
        _run(right, "samma", new[block.b : k])
    return tuple(left), tuple(right)


def _words(text: str) -> list[str]:
    """Return the words of a text; the last one of a line or a cell ends with it."""
    return re.findall(r"\S+[\t\n]*", unwrapped(text))


def _whole(text: str) -> tuple[WordRun, ...]:
    return (WordRun("hel", text),) if text else ()


def _run(runs: list[WordRun], kind: str, words: list[str]) -> None:
    if words:
        runs.append(WordRun(kind, " ".join(words)))


def _count(term: str, view: PlanView) -> TermCount:
    counted = Counter(goal.step for section in view.sections for goal in section.goals)
    return TermCount(term, tuple((step.value, counted[step.value]) for step in Step))


@dataclass(frozen=True)
class PastCopy:
    """A kept document: for which role, whose copy it was (empty: kept for the role), and how to read it."""

    role: Role
    recipients: tuple[str, ...]
    read: Callable[[], PlanView] = field(repr=False, compare=False)


@dataclass(frozen=True)
class PastTerm:
    """A term of a pupil that is kept; `final` is the day it was made final, or empty; `plan`: more than goals alone.

    `received`: it came from another school.
    """

    name: str
    final: str
    plan: bool
    copies: tuple[PastCopy, ...]
    received: bool = False


PastTermsOf = Callable[[str], tuple[PastTerm, ...]]


def nothing_past(_pupil: str) -> tuple[PastTerm, ...]:
    """Return no earlier terms: for a site without an archive, and for the preview."""
    return ()
