"""What is handed out on a decided request, as views: the copy, and the decision where something is refused.

In: a `Review` whose decision has no faults, the school, and who decides. Out: the copy, the decision, and the texts
that were withheld. A `DecisionView` holds nothing of the pupil beyond what the decider has written as a reason. Sets,
signs and writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from iup.documents import wording
from iup.documents.leak_check import standing
from iup.errors import LeakError
from iup.model.disclosure import Choice
from iup.office.disclosure import decision_file
from iup.office.disclosure.mask import found, mask, withheld, without
from iup.office.disclosure.maskable_places import places
from iup.policy import place_keys
from iup.policy.place_keys import PersonKey
from iup.view.letter_types import DecisionView, GroundView, MaskedRow
from iup.view.types import CopyView, OfficeView

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from iup.model.disclosure import DisclosureDecision, Ground, Masking, PlaceDecision
    from iup.model.school import Municipality, School
    from iup.office.disclosure.deciders import Decider
    from iup.office.disclosure.mask import Cut
    from iup.office.disclosure.public_copy import PublicTerm
    from iup.office.disclosure.review import Review
    from iup.view.types import PlanView


@dataclass(frozen=True)
class UnmaskedOccurrence:
    """A place that is kept and still holds a masked text: its term, its key and what it is called."""

    term: str
    key: str
    label: str


@dataclass(frozen=True)
class RequestAnswer:
    """The answer to a request: the copy (none where all is refused), the decision (none where nothing is refused).

    `withheld` are the texts that are removed, `kept` those that stay. `left` says where a removed text also stays.
    """

    copy: CopyView | None
    decision: DecisionView | None
    withheld: tuple[str, ...]
    kept: tuple[str, ...]
    left: tuple[UnmaskedOccurrence, ...]


def answer(review: Review, made: DisclosureDecision, school: School, decider: Decider, day: date) -> RequestAnswer:
    """Return what goes out on a day; raise `RefusedError` for a decision that is not complete."""
    told = _decision(review, made, school.municipality, decider, day)
    if made.refusal is not None:
        return RequestAnswer(None, told, tuple(_telling(review)), (), ())
    by_folder = {term.folder: term for term in made.terms}
    cuts = {s.folder: decision_file.cuts(by_folder[s.folder], review.rules) for s in review.sources}
    plans = {s.folder: _masked(s, cuts[s.folder]) for s in review.sources}
    gone = tuple(dict.fromkeys(t for s in review.sources for t in withheld(s.view, cuts[s.folder])))
    # By the plan as it was: people whose names are masked alike are one in the masked plan, and their titles merge.
    shown = {
        UnmaskedOccurrence(s.name, p.key, p.label): without(p.text, cuts[s.folder].get(p.key, ()))
        for s in review.sources
        for p in places(s.view)
    }
    copied = CopyView(
        municipality=school.municipality.name,
        number=str(review.request.number),
        day=day.isoformat(),
        plans=tuple(_addressed(plan, school) for plan in plans.values()),
        marks=tuple((g.placeholder, g.paragraph) for g, _ in _grounds(review, made)),
    )
    left = dict.fromkeys(place for _, place in standing(gone, shown))
    return RequestAnswer(copied, told if gone else None, gone, tuple(shown.values()), tuple(left))


def _telling(review: Review) -> Iterator[str]:
    """Yield what a refusal of the whole must not reveal: names and what was written, not the words of the form."""
    for source in review.sources:
        for place in places(source.view):
            if place_keys.names_somebody(place.key) or not place.whole:
                yield place.text


def _masked(source: PublicTerm, cuts: Mapping[str, Sequence[Cut]]) -> PlanView:
    """Mask a term's copy, and look again whether every quote is gone from where it was masked."""
    masked = mask(source.view, cuts)
    for place in places(masked):
        if isinstance(place_keys.parse(place.key), PersonKey):  # numbered again where names are masked
            continue
        mine = cuts.get(place.key, ())
        whole = [cut for cut in mine if not cut.quote]
        if any(found(place.text, cut.quote) for cut in mine if cut.quote) or (whole and place.text != whole[0].mark):
            raise LeakError("något som ska maskeras står kvar på sitt ställe; inget lämnas ut")
    return masked


def _addressed(plan: PlanView, school: School) -> PlanView:
    """Say where to turn: to the board's registrar, since the school may be what is masked."""
    known = school.municipality.registrar
    office = OfficeView(known.name, known.address or "", known.phone or "", known.email or "", known.hours or "")
    return replace(plan, office=office, public_documents=school.public_documents)


def _decision(
    review: Review, made: DisclosureDecision, municipality: Municipality, decider: Decider, day: date
) -> DecisionView:
    request, appeal = review.request, review.rules.appeal
    terms = wording.listed(request.terms) if request.terms else "alla terminer"
    known = municipality.registrar
    lines = (municipality.board, known.name, known.address, known.email, known.phone)
    return DecisionView(
        municipality=municipality.name,
        board=municipality.board,
        number=str(request.number),
        day=(made.day or day).isoformat(),
        arrived=request.arrived.date().isoformat(),
        channel=request.channel.value,
        asked=f"Begäran gäller en elevs individuella utvecklingsplan, {terms}.",
        whole=made.refusal is not None,
        reason=made.refusal.reason if made.refusal else "",
        rows=tuple(_rows(review, made)),
        grounds=tuple(
            GroundView(g.mark, g.paragraph, g.protects, g.question, "ja" if answer else "nej")
            for g, answer in _grounds(review, made)
        ),
        decided_by=decider.name,
        title=decider.title,
        delegation=decider.delegation,
        court=appeal.court,
        within=appeal.within,
        appeal=appeal.text,
        registrar=tuple(line for line in lines if line),
    )


def _rows(review: Review, made: DisclosureDecision) -> Iterator[MaskedRow]:
    """Yield what is masked, with the places of one term that have the same ground and reason in one row."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for source, key, decided in _decided(review, made):
        label = next(place.label for place in places(source.view) if place.key == key)
        for masking in decided.maskings:
            ground = _ground(review, masking)
            told = f"del av {label}" if decided.choice is Choice.SPANS else label
            known = rows.setdefault((source.name, ground.mark, masking.reason), [])
            if told not in known:
                known.append(told)
    for (term, mark, reason), labels in rows.items():
        yield MaskedRow(term, "; ".join(labels), mark, reason)


def _grounds(review: Review, made: DisclosureDecision) -> tuple[tuple[Ground, bool], ...]:
    """Return each ground that the decision uses with the answer to its harm test, in the order of the policy."""
    used = {m.ground: m.answer for _, _, decided in _decided(review, made) for m in decided.maskings}
    if made.refusal is not None:
        used = {made.refusal.ground: made.refusal.answer}
    return tuple((ground, used[ground.id]) for ground in review.rules.grounds if ground.id in used)


def _decided(review: Review, made: DisclosureDecision) -> Iterator[tuple[PublicTerm, str, PlaceDecision]]:
    if made.refusal is not None:
        return
    by_folder = {term.folder: term for term in made.terms}
    for source in review.sources:
        chosen = by_folder[source.folder].places
        for place in places(source.view):
            yield source, place.key, chosen[place.key]


def _ground(review: Review, masking: Masking) -> Ground:
    found_ = review.rules.ground(masking.ground)
    if found_ is None:  # `cuts` has refused it before
        raise LeakError("något som ska maskeras står kvar på sitt ställe; inget lämnas ut")
    return found_
