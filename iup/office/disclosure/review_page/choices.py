"""What a principal's choice on the review page changes in a decision. Pure.

In: a request under review, its decision, and one choice. Out: a new decision, or a refusal that says why the choice is
not possible. Chooses nothing that a person has not chosen. Whether the whole decision holds is for `decision_check`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.errors import RefusedError
from iup.model.disclosure import Choice, PlaceDecision
from iup.office.disclosure.mask import found
from iup.office.disclosure.maskable_places import places
from iup.office.disclosure.review_page.content import decided, sheet

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iup.model.disclosure import DisclosureDecision, DisclosureRules, Masking, Refusal
    from iup.office.disclosure.maskable_places import MaskablePlace
    from iup.office.disclosure.proposals import Proposal
    from iup.office.disclosure.review import Review


def keep(review: Review, decision: DisclosureDecision, term: int, key: str) -> DisclosureDecision:
    """Keep a place as it is, and so put aside every proposal there."""
    _place(review, term, key)
    aside = tuple(p.id for p in _proposed(review, term, key))
    return _with(decision, term, {key: PlaceDecision(val=Choice.KEEP, granskat=aside)})


def keep_rest(review: Review, decision: DisclosureDecision, term: int, group: int) -> DisclosureDecision:
    """Keep every undecided place of a part that no open proposal points at."""
    shown = sheet(review, decision).terms[term].groups[group]
    kept = {
        card.place.key: PlaceDecision(val=Choice.KEEP, granskat=card.decision.reviewed)
        for card in shown.cards
        if card.plain
    }
    return _with(decision, term, kept)


def put_aside(
    review: Review, decision: DisclosureDecision, term: int, key: str, proposal: str = ""
) -> DisclosureDecision:
    """Put one proposal, or all of a place's, aside and so keep what it points at; what is masked there stays masked."""
    _place(review, term, key)
    known = [p.id for p in _proposed(review, term, key)]
    if proposal and proposal not in known:
        raise RefusedError("det förslaget finns inte längre; läs in sidan igen")
    before = decided(decision, term, key)
    aside = tuple(dict.fromkeys((*before.reviewed, *([proposal] if proposal else known))))
    return _with(decision, term, {key: before.model_copy(update={"reviewed": aside})})


def add_masking(
    review: Review, decision: DisclosureDecision, term: int, key: str, masking: Masking, replaces: int | None = None
) -> DisclosureDecision:
    """Mask a part of a place (what the masking quotes) or all of it; `replaces`: in place of that masking."""
    place = _place(review, term, key)
    _judged(review.rules, masking.ground, answer=masking.answer, whole=False)
    before = decided(decision, term, key)
    if not masking.text:
        made = PlaceDecision(val=Choice.MASK, maskeringar=(masking,), granskat=before.reviewed)
        return _with(decision, term, {key: made})
    if place.whole:
        raise RefusedError("det här går bara att maskera helt", "välj ”Maskera allt”")
    if not found(place.text, masking.text):
        raise RefusedError("det du markerat står inte så i texten", "markera orden på nytt")
    earlier = before.maskings if before.choice is Choice.SPANS else ()
    kept = tuple(m for n, m in enumerate(earlier) if n != replaces and m.text != masking.text)
    made = PlaceDecision(val=Choice.SPANS, maskeringar=(*kept, masking), granskat=before.reviewed)
    return _with(decision, term, {key: made})


def remove_masking(
    review: Review, decision: DisclosureDecision, term: int, key: str, number: int
) -> DisclosureDecision:
    """Take a masking back; a place without any is undecided again."""
    _place(review, term, key)
    before = decided(decision, term, key)
    left = tuple(m for n, m in enumerate(before.maskings) if n != number)
    choice = before.choice if left else Choice.OPEN
    made = PlaceDecision(val=choice, maskeringar=left, granskat=before.reviewed)
    return _with(decision, term, {key: made})


def refuse(review: Review, decision: DisclosureDecision, refusal: Refusal) -> DisclosureDecision:
    """Refuse the whole request; choices about places are kept, in case the refusal is withdrawn."""
    _judged(review.rules, refusal.ground, answer=refusal.answer, whole=True)
    return decision.model_copy(update={"refusal": refusal})


def take_back(decision: DisclosureDecision) -> DisclosureDecision:
    """Withdraw the refusal of the whole request."""
    return decision.model_copy(update={"refusal": None})


def _judged(rules: DisclosureRules, name: str, *, answer: bool, whole: bool) -> None:
    ground = rules.ground(name)
    if ground is None:
        raise RefusedError("den grunden finns inte", "välj en ur listan")
    if ground.whole and not whole:
        raise RefusedError("den grunden gäller bara hela begäran", "avslå hela begäran i stället, eller välj en annan")
    if not ground.holds(answer):
        raise RefusedError(
            "med det svaret håller inte grunden, och uppgiften ska lämnas ut",
            "välj en annan grund, eller behåll texten",
        )


def _proposed(review: Review, term: int, key: str) -> tuple[Proposal, ...]:
    return tuple(p for p in review.proposals.get(review.sources[term].folder, ()) if p.place == key)


def _place(review: Review, term: int, key: str) -> MaskablePlace:
    if 0 <= term < len(review.sources):
        for place in places(review.sources[term].view):
            if place.key == key:
                return place
    raise RefusedError("det stället finns inte i handlingen; läs in sidan igen")


def _with(decision: DisclosureDecision, term: int, changed: Mapping[str, PlaceDecision]) -> DisclosureDecision:
    terms = list(decision.terms)
    terms[term] = terms[term].model_copy(update={"places": {**terms[term].places, **changed}})
    return decision.model_copy(update={"terms": tuple(terms)})
