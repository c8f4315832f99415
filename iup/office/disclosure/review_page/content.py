"""What the review page shows of a decision, as plain values for its template. Pure.

In: a request under review and its decision. Out: the page's values: each place of each copy, its text divided where
something is proposed or masked, its choice, and what is wrong with it. Also the cuts of the copy as far as it is
decided. Changes, reads, writes and renders nothing.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from iup.model.disclosure import Choice, PlaceDecision
from iup.office.disclosure import decision_check
from iup.office.disclosure.decision_check import covered
from iup.office.disclosure.mask import Cut, found, without
from iup.office.disclosure.maskable_places import places
from iup.office.disclosure.review_page.types import (
    Card,
    CardGroup,
    Elsewhere,
    MaskingRow,
    ProposalRow,
    Sheet,
    Stretch,
    TermSheet,
    lot,
)
from iup.policy.place_keys import AssessmentKey, FieldKey, GoalKey, parse
from iup.text.encodings import folded
from iup.text.names import phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iup.model.disclosure import DisclosureDecision, DisclosureRules
    from iup.office.disclosure.maskable_places import MaskablePlace
    from iup.office.disclosure.proposals import Proposal
    from iup.office.disclosure.public_copy import PublicTerm
    from iup.office.disclosure.review import Review
    from iup.problems import Finding

UNDECIDED = "[INTE BESLUTAT]"
_HEAD = "Namn, klass och skola"
_WRAPPED = re.compile(r"(?<!\n)\n(?!\n|\s*(?:[-*•]|\d+[.)])\s)")
_CARDS_TELL = (decision_check.UNDECIDED, decision_check.PROPOSAL)  # by their own words and by the count
_LEAST = 3  # shorter texts stand everywhere by chance
_MOST = 200  # a whole text as long as this stands nowhere else


def sheet(review: Review, decision: DisclosureDecision) -> Sheet:
    """Return what the page shows: each place with its choice, its proposals and the faults that stand at it."""
    kept = _Kept(review, decision)
    terms = tuple(_Term(review, decision, n, kept).sheet() for n, _ in enumerate(review.sources))
    at_cards = {finding for term in terms for group in term.groups for card in group.cards for finding in card.problems}
    own = tuple(f for f in review.findings if f not in at_cards and f.rule not in _CARDS_TELL)
    return Sheet(decision, terms, own)


class _Kept:
    """What is left unmasked of each place, to find where else a masked text stands."""

    def __init__(self, review: Review, decision: DisclosureDecision) -> None:
        self._rows: list[tuple[str, str, bool, str]] = []
        for number, source in enumerate(review.sources):
            for order, place in enumerate(places(source.view)):
                made = decided(decision, number, place.key)
                if made.choice in (Choice.KEEP, Choice.SPANS):
                    left = without(place.text, [Cut(" ", m.text) for m in made.maskings if m.text])
                    self._rows.append((_card_id(number, order), place.label, place.whole, folded(left)))

    def holding(self, quote: str) -> Iterator[tuple[str, str, bool]]:
        """Yield the places that still show a text: card, label, whole."""
        sought = " ".join(folded(quote).split())
        if _LEAST <= len(sought) <= _MOST:
            word = phrase(sought)
            yield from ((card, label, whole) for card, label, whole, text in self._rows if word.search(text))


class _Term:
    """Makes the review of one term."""

    def __init__(self, review: Review, decision: DisclosureDecision, number: int, kept: _Kept) -> None:
        self._review = review
        self._decision = decision
        self._number = number
        self._source = review.sources[number]
        self._proposals: dict[str, list[Proposal]] = {}
        for proposal in review.proposals.get(self._source.folder, ()):
            self._proposals.setdefault(proposal.place, []).append(proposal)
        self._findings: dict[str, list[Finding]] = {}
        for finding in review.findings:
            if finding.keys[:2] == ("terminer", number) and len(finding.keys) > 3:  # noqa: PLR2004  platser, and which
                self._findings.setdefault(str(finding.keys[3]), []).append(finding)
        self._kept = kept

    def sheet(self) -> TermSheet:
        titles = _Titles(self._source)
        # A person's name and role stand together, wherever in the document they were first told.
        lots: dict[str, dict[str, list[Card]]] = {}
        for order, place in enumerate(places(self._source.view)):
            card = self._card(order, place)
            lots.setdefault(titles(place.key), {}).setdefault(lot(card), []).append(card)
        groups = (
            CardGroup(
                f"d{self._number}-{n}", self._number, n, title, tuple(card for lot in some.values() for card in lot)
            )
            for n, (title, some) in enumerate(lots.items())
        )
        return TermSheet(self._number, self._source, tuple(groups))

    def _card(self, order: int, place: MaskablePlace) -> Card:
        made = decided(self._decision, self._number, place.key)
        proposals = self._proposals.get(place.key, [])
        maskings = tuple(
            MaskingRow(n, m.text or "", self._review.rules.ground(m.ground), m) for n, m in enumerate(made.maskings)
        )
        card = _card_id(self._number, order)
        return Card(
            id=card,
            term=self._number,
            place=place,
            stretches=_stretches(place, made, proposals, self._review.rules),
            decision=made,
            proposals=tuple(
                ProposalRow(p.id, place.text[p.start : p.end], p.reason, _state(p, place, made)) for p in proposals
            ),
            maskings=maskings,
            problems=tuple(f for f in self._findings.get(place.key, ()) if f.rule not in _CARDS_TELL),
            elsewhere=tuple(
                Elsewhere(other, label, row.quote or place.text, whole, row.number)
                for row in maskings
                for other, label, whole in self._kept.holding(row.quote or place.text)
                if other != card
            ),
        )


def _card_id(term: int, order: int) -> str:
    return f"p{term}-{order}"


class _Titles:
    """Says under which heading of the document a place stands."""

    def __init__(self, source: PublicTerm) -> None:
        self._fields = {known.id: part.title for part in source.view.sections for known in part.fields}
        self._rows = next((part.title for part in source.view.sections if part.assessments), "")
        self._goals = {goal.id: part.title for part in source.view.sections for goal in part.goals}

    def __call__(self, key: str) -> str:
        match parse(key):
            case FieldKey(name):
                return self._fields.get(name, _HEAD)
            case AssessmentKey():
                return self._rows
            case GoalKey(name):
                return self._goals.get(name, _HEAD)
            case _:
                return _HEAD


def decided(decision: DisclosureDecision, term: int, key: str) -> PlaceDecision:
    """Return what is decided about a place; undecided where the decision does not name it."""
    return decision.terms[term].places.get(key, PlaceDecision()) if term < len(decision.terms) else PlaceDecision()


def _state(proposal: Proposal, place: MaskablePlace, made: PlaceDecision) -> str:
    if covered(place.text, made, proposal):
        return "maskerat"
    return "står kvar" if proposal.id in made.reviewed else "öppet"


def shown_cuts(review: Review, decision: DisclosureDecision, term: int) -> dict[str, tuple[Cut, ...]]:
    """Return what is removed from a copy, as far as it is decided; an undecided place goes whole, marked as such."""
    made: dict[str, tuple[Cut, ...]] = {}
    for place in places(review.sources[term].view):
        chosen = decided(decision, term, place.key)
        if chosen.choice is Choice.OPEN:
            made[place.key] = (Cut(UNDECIDED),)
        elif chosen.choice is not Choice.KEEP:
            grounds = [(review.rules.ground(m.ground), m.text or "") for m in chosen.maskings]
            made[place.key] = tuple(Cut(g.placeholder if g else UNDECIDED, text) for g, text in grounds)
    return made


def _stretches(
    place: MaskablePlace, made: PlaceDecision, proposals: Sequence[Proposal], rules: DisclosureRules
) -> tuple[Stretch, ...]:
    """Cut a place's text at the ends of what is masked and what is proposed."""
    text = _WRAPPED.sub(" ", place.text)  # the same length, so that every position holds
    masked = [
        (start, end, ground.placeholder if ground else "[MASKAT]")
        for m in made.maskings
        for ground in [rules.ground(m.ground)]
        for start, end in (found(place.text, m.text) if m.text else ((0, len(text)),))
    ]
    ends = {0, len(text), *(p.start for p in proposals), *(p.end for p in proposals)}
    ends |= {end for start, stop, _ in masked for end in (start, stop)}
    cuts = sorted(end for end in ends if 0 <= end <= len(text))
    return tuple(
        Stretch(
            text[start:end],
            any(p.start <= start and end <= p.end for p in proposals),
            next((mark for first, last, mark in masked if first <= start and end <= last), ""),
        )
        for start, end in pairwise(cuts)
    )
