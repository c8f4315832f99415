"""The values that the review page is made of: the places of each copy as cards, and what is decided about them.

A copy is reviewed part by part. In each part, the cards of one omdöme, one goal or one person stand together. Every
text is as it stands in the copy, so these values are shown to the reviewer and never written to disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from iup.model.disclosure import Choice
from iup.policy.place_keys import AssessmentKey, GoalKey, PersonKey, parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from iup.model.disclosure import DisclosureDecision, Ground, Masking, PlaceDecision
    from iup.office.disclosure.maskable_places import MaskablePlace
    from iup.office.disclosure.public_copy import PublicTerm
    from iup.problems import Finding


@dataclass(frozen=True)
class Stretch:
    """A piece of a place's text: plain, proposed, or masked (then with the mark that replaces it)."""

    text: str
    proposed: bool = False
    mark: str = ""


@dataclass(frozen=True)
class ProposalRow:
    """Something to look at: what is quoted, why, and whether it is open, masked or left standing."""

    id: str
    quote: str
    reason: str
    state: str


@dataclass(frozen=True)
class MaskingRow:
    """One masking of a place; no quote means all of it."""

    number: int
    quote: str
    ground: Ground | None
    masking: Masking


@dataclass(frozen=True)
class Elsewhere:
    """A masked text that also stands in a kept place: the card there, and whether a part of it can be masked."""

    card: str
    label: str
    quote: str
    whole: bool
    masking: int


@dataclass(frozen=True)
class Card:
    """A place of the copy, with what is decided about it and what is wrong with that."""

    id: str
    term: int
    place: MaskablePlace
    stretches: tuple[Stretch, ...]
    decision: PlaceDecision
    proposals: tuple[ProposalRow, ...]
    maskings: tuple[MaskingRow, ...]
    problems: tuple[Finding, ...]
    elsewhere: tuple[Elsewhere, ...]

    @property
    def left(self) -> bool:
        """Say whether something is still to be decided here."""
        return self.decision.choice is Choice.OPEN or bool(self.problems) or self.open > 0

    @property
    def open(self) -> int:
        """How many proposals nobody has decided on."""
        return sum(row.state == "öppet" for row in self.proposals)

    @property
    def plain(self) -> bool:
        """Say whether it is undecided and has no proposal; one choice for the part may keep all such cards."""
        return self.decision.choice is Choice.OPEN and not self.open


@dataclass(frozen=True)
class CardGroup:
    """The places of one part of the document."""

    id: str
    term: int
    number: int
    title: str
    cards: tuple[Card, ...]

    @property
    def left(self) -> int:
        """How many places are still to be decided."""
        return sum(card.left for card in self.cards)

    @property
    def plain(self) -> int:
        """How many places can be kept by one choice."""
        return sum(card.plain for card in self.cards)

    @property
    def lots(self) -> tuple[tuple[str, tuple[Card, ...]], ...]:
        """The cards in the groups they are shown in: those of one omdöme or one goal under its title, others alone."""
        lots = ((name, tuple(some)) for name, some in groupby(self.cards, key=lot))
        return tuple((_lot_title(name, some), some) for name, some in lots)


@dataclass(frozen=True)
class TermSheet:
    """One term's copy as it is reviewed."""

    number: int
    source: PublicTerm
    groups: tuple[CardGroup, ...]

    @property
    def left(self) -> int:
        """How many places are still to be decided."""
        return sum(group.left for group in self.groups)

    @property
    def cards(self) -> tuple[Card, ...]:
        """Every card in the order of the page."""
        return tuple(card for group in self.groups for card in group.cards)


@dataclass(frozen=True)
class Sheet:
    """A decision that is being made, as the page shows it."""

    decision: DisclosureDecision
    terms: tuple[TermSheet, ...]
    problems: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        """Say whether the whole request is refused."""
        return self.decision.refusal is not None

    @property
    def left(self) -> int:
        """How many places are still to be decided; none where the whole request is refused."""
        return 0 if self.refused else sum(term.left for term in self.terms)

    @property
    def count(self) -> int:
        """How many places there are."""
        return sum(len(group.cards) for term in self.terms for group in term.groups)

    @property
    def cards(self) -> tuple[Card, ...]:
        """Every card in the order of the page."""
        return tuple(card for term in self.terms for card in term.cards)

    @property
    def masked(self) -> tuple[Card, ...]:
        """The cards where something is masked."""
        return tuple(card for card in self.cards if card.maskings)

    @property
    def elsewhere(self) -> tuple[tuple[Card, Elsewhere], ...]:
        """Every masked text that also stands in a place that is kept."""
        return tuple((card, row) for card in self.cards for row in card.elsewhere)


def lot(card: Card) -> str:
    """Return the key of the group that a card is shown in: one omdöme, one goal, one person."""
    match parse(card.place.key):
        case AssessmentKey(number):
            return str(AssessmentKey(number))
        case GoalKey(goal):
            return str(GoalKey(goal))
        case PersonKey(number):
            return str(PersonKey(number))
        case _:
            return card.id


def _lot_title(name: str, cards: Sequence[Card]) -> str:
    about = next((card.place.about for card in cards if card.place.about), "")
    match parse(name):
        case AssessmentKey(number):
            return f"Omdöme {number}: {about}" if about else f"Omdöme {number}"
        case GoalKey():
            return f"Mål: {about}" if about else "Mål"
        case _:
            return ""
