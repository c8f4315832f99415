"""One request under review: the public copies it asks for, what to look at in them, and the decision so far.

In: the office, the school as it is today and a request's number. Out: a `Review`, and a decision begun or begun again.
Puts `public_copy`, `proposals`, `decision_file` and `decision_check` together. Decides, shows and releases nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iup.errors import MissingError, UsageError
from iup.model.disclosure import Choice, PlaceDecision, TermDecision
from iup.office.disclosure import decision_file, public_copy
from iup.office.disclosure.decision_check import incompleteness
from iup.office.disclosure.maskable_places import places
from iup.office.disclosure.proposals import ProposalFinder
from iup.site.load import DISCLOSURE, located
from iup.system.git.trees import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from iup.model.disclosure import DisclosureDecision, DisclosureRules, Request
    from iup.model.school import School
    from iup.office.disclosure.decision_file import DecisionStore
    from iup.office.disclosure.proposals import Proposal
    from iup.office.disclosure.public_copy import PublicTerm
    from iup.problems import Finding, Problem


@dataclass(frozen=True)
class Review:
    """One request under review. `problems` is all that keeps the decision from being signed.

    `findings` are the faults of a decision that can be read, by their keys in the file, as a page needs them. `by_eye`:
    who around the pupil has one name only, which the reviewer has to look for, by name and id.
    """

    request: Request
    sources: tuple[PublicTerm, ...]
    rules: DisclosureRules
    proposals: Mapping[str, tuple[Proposal, ...]]
    decision: DisclosureDecision | None
    problems: tuple[Problem, ...]
    findings: tuple[Finding, ...] = ()
    by_eye: tuple[str, ...] = ()

    @property
    def unread(self) -> bool:
        """Say whether there is a decision file that cannot be read."""
        return self.decision is None and bool(self.problems)


def rules_of(school: School) -> DisclosureRules:
    """Return the grounds and delegations of a site; raise `MissingError` where it has none."""
    if school.disclosure is None:
        raise MissingError(
            f"{DISCLOSURE} saknas eller har fel, och utan grunder går inget att pröva",
            "hämta filen ur programmets policies/ och anpassa den; kör build.py check",
        )
    return school.disclosure


def sources(desk: DecisionStore, school: School, request: Request, commit: str = "") -> tuple[PublicTerm, ...]:
    """Return the public copies of what a request asks for: at one commit, the one it asks for, or the newest."""
    if request.pupil is None:
        raise UsageError(
            "begäran säger inte vilken elev den gäller",
            "ange den när det är klarlagt: build.py disclose review N --pupil ELEV",
        )
    found = public_copy.terms(desk.office.root, school.municipality, request.pupil, commit or request.commit or "")
    return tuple(term for term in found if not request.terms or term.name in request.terms)


def version(desk: DecisionStore, request: Request, typed: str) -> str:
    """Return the one version of a pupil's archive whose id begins so; raise `UsageError` where none or several do."""
    known = public_copy.revisions(desk.office.root, request.pupil or "")
    found = [one.commit for one in known if one.commit.startswith(typed)]
    if len(found) != 1:
        raise UsageError(
            "det finns inte en enda version med det id:t", "build.py disclose review N visar dem som finns"
        )
    return found[0]


def opened(desk: DecisionStore, school: School, number: int, day: date) -> Review:
    """Return a request with its copies and its checked decision. The copies are those that the decision is about."""
    request, rules = desk.requests.one(number), rules_of(school)
    made, unread = desk.read(number)
    shown = sources(desk, school, request)
    finder = ProposalFinder(school, request.pupil or "", day)
    looked = {source.folder: finder.propose(source, _gone(made, source.folder)) for source in shown}
    faults = incompleteness(made, shown, rules, looked) if made is not None else ()
    problems = _located(desk, number, unread or faults)
    return Review(request, shown, rules, looked, made, problems, faults, finder.by_eye(shown))


def begin(desk: DecisionStore, school: School, number: int, *, again: bool = False) -> DisclosureDecision:
    """Return a request's decision, begun where there is none; `again`: begin again for terms archived since then.

    What was decided about a place is kept where the copy still has that place with the same text, of the same person.
    """
    request = desk.requests.one(number)
    made, findings = desk.read(number)
    if findings:
        return decision_file.begun(request, ())
    if made is not None and not again:
        return made
    shown = sources(desk, school, request)
    fresh = decision_file.begun(request, shown)
    if made is not None:
        before = {term.folder: _Before(desk, school, request, term) for term in made.terms}
        terms = tuple(
            before[source.folder].carried(source, term) if source.folder in before else term
            for source, term in zip(shown, fresh.terms, strict=True)
        )
        fresh = fresh.model_copy(update={"terms": terms, "refusal": made.refusal})
    return desk.keep(fresh)


@dataclass(frozen=True)
class _Before:
    """What was decided about a term at an earlier commit of the archive."""

    desk: DecisionStore
    school: School
    request: Request
    term: TermDecision

    def carried(self, source: PublicTerm, fresh: TermDecision) -> TermDecision:
        """Return a new term decision, with the earlier choices about texts that are still the same."""
        former = sources(self.desk, self.school, self.request, self.term.commit)
        old = next((one for one in former if one.folder == source.folder), None)
        if old is None:
            return fresh
        was = {place.key: (place.text, place.person) for place in places(old.view)}
        now = {place.key: (place.text, place.person) for place in places(source.view)}
        kept = {
            key: self.term.places.get(key, PlaceDecision()) if was.get(key) == stands else PlaceDecision()
            for key, stands in now.items()
        }
        return fresh.model_copy(update={"places": kept})


def _gone(made: DisclosureDecision | None, folder: str) -> Sequence[str]:
    """Return the places of a term that are masked whole."""
    terms = made.terms if made else ()
    chosen = next((term.places for term in terms if term.folder == folder), {})
    return [key for key, decided in chosen.items() if decided.choice is Choice.MASK]


def _located(desk: DecisionStore, number: int, findings: tuple[Finding, ...]) -> tuple[Problem, ...]:
    path = desk.requests.folder(number) / decision_file.DECISION
    files = {decision_file.path_of(number): path.read_bytes()} if path.is_file() else {}
    return located(MemoryTree(files), findings)
