"""Is a decision complete, lawful in its form and true of the copy? Each fault is reported at its place in the file.

In: the decision on a request with its quotes, the public copies of what was asked for, the grounds, and the proposals
about each copy. Out: findings by `RULES`; none means that the decision can be signed. Does not judge whether the
answers to the harm tests are right: that is for the principal to know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.model.disclosure import Choice
from iup.office.disclosure.decision_file import path_of
from iup.office.disclosure.mask import Cut, found, withheld
from iup.office.disclosure.maskable_places import places
from iup.problems import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from iup.model.disclosure import DisclosureDecision, DisclosureRules, Masking, PlaceDecision, Refusal, TermDecision
    from iup.office.disclosure.maskable_places import MaskablePlace
    from iup.office.disclosure.proposals import Proposal
    from iup.office.disclosure.public_copy import PublicTerm
    from iup.problems import Finding

Keys = tuple[str | int, ...]
_TOO_SHORT = 3  # a reason may well hold a word of so few letters


def incompleteness(
    decision: DisclosureDecision,
    sources: Sequence[PublicTerm],
    rules: DisclosureRules,
    proposals: Mapping[str, Sequence[Proposal]],
) -> tuple[Finding, ...]:
    """Return what is wrong with a decision; `proposals` are those about each copy, by its folder."""
    path = path_of(decision.number)
    if decision.refusal is not None:
        return tuple(_ground(path, ("avslag",), decision.refusal, rules, whole=True))
    if not sources:
        return (REFUSAL.at(path),)
    faults: list[Finding] = []
    known = {source.folder: source for source in sources}
    missing = [folder for folder in known if folder not in {term.folder for term in decision.terms}]
    faults += [SOURCE.at(path, "terminer", message=f"terminen {name} saknas i beslutet") for name in missing]
    seen: set[str] = set()
    gone: list[str] = []
    for number, term in enumerate(decision.terms):
        source = known.get(term.folder)
        if source is None or source.commit != term.commit or term.folder in seen:
            faults.append(SOURCE.at(path, "terminer", number))
        else:
            judged = _TermCheck(path, ("terminer", number, "platser"), term, source, rules)
            faults += judged.faults(proposals.get(term.folder, ()))
            gone += judged.gone()
        seen.add(term.folder)
    return (*faults, *_reasons(path, decision, gone))


def covered(text: str, decided: PlaceDecision, proposal: Proposal) -> bool:
    """Say whether everything that a proposal points at in a text is masked."""
    if decided.choice is Choice.MASK:
        return True
    gone = {at for m in decided.maskings for start, end in found(text, m.text or "") for at in range(start, end)}
    return all(at in gone or not text[at].isalnum() for at in range(proposal.start, proposal.end))


def _reasons(path: str, decision: DisclosureDecision, gone: Sequence[str]) -> Iterator[Finding]:
    """Look in each reason for what is taken away anywhere."""
    secret = [text.casefold() for text in gone if len(text.strip()) > _TOO_SHORT]
    for at, term in enumerate(decision.terms):
        for key, decided in term.places.items():
            for number, masking in enumerate(decided.maskings):
                if any(found(masking.reason.casefold(), text) for text in secret):
                    yield REASON.at(path, "terminer", at, "platser", key, "maskeringar", number, "skäl")


def _ground(
    path: str, keys: Keys, said: Masking | Refusal, rules: DisclosureRules, *, whole: bool = False
) -> Iterator[Finding]:
    ground = rules.ground(said.ground)
    if ground is None or (ground.whole and not whole):
        yield GROUND.at(path, *keys, "grund")
    elif not ground.holds(said.answer):
        yield HARM.at(path, *keys, "prövning")


class _TermCheck:
    """One term's decisions, compared with its copy."""

    def __init__(self, path: str, keys: Keys, term: TermDecision, source: PublicTerm, rules: DisclosureRules) -> None:
        self._path = path
        self._keys = keys
        self._term = term
        self._rules = rules
        self._view = source.view
        self._places = {place.key: place for place in places(source.view)}

    def faults(self, proposals: Sequence[Proposal]) -> list[Finding]:
        faults = [
            UNDECIDED.at(self._path, *self._keys, message=f"stället {key} saknas i beslutet")
            for key in self._places
            if key not in self._term.places
        ]
        for key, decided in self._term.places.items():
            place = self._places.get(key)
            if place is None:
                faults.append(STRANGER.at(self._path, *self._keys, key))
            else:
                faults += self._place(place, decided)
        for proposal in proposals:
            said = self._term.places.get(proposal.place)
            if said is not None and not self._settles(said, proposal):
                keys = (*self._keys, proposal.place)
                faults.append(PROPOSAL.at(self._path, *keys, message=_open(proposal)))
        return faults

    def _place(self, place: MaskablePlace, decided: PlaceDecision) -> Iterator[Finding]:
        keys = (*self._keys, place.key)
        count = len(decided.maskings)
        fits = {
            Choice.OPEN: True,
            Choice.KEEP: count == 0,
            Choice.MASK: count == 1 and not decided.maskings[0].text,
            Choice.SPANS: count > 0 and not place.whole and all(masking.text for masking in decided.maskings),
        }
        if decided.choice is Choice.OPEN:
            yield UNDECIDED.at(self._path, *keys)
        elif not fits[decided.choice]:
            yield SHAPE.at(self._path, *keys)
        for number, masking in enumerate(decided.maskings):
            at = (*keys, "maskeringar", number)
            yield from _ground(self._path, at, masking, self._rules)
            if masking.text and not found(place.text, masking.text):
                yield SPAN.at(self._path, *at)

    def _settles(self, decided: PlaceDecision, proposal: Proposal) -> bool:
        """Say whether a person has decided on a proposal; an undecided place has a fault of its own."""
        if decided.choice is Choice.OPEN or proposal.id in decided.reviewed:
            return True
        return covered(self._places[proposal.place].text, decided, proposal)

    def gone(self) -> tuple[str, ...]:
        """Return the texts that are removed, as they stand in the copy."""
        cuts = {
            key: tuple(Cut("-", m.text or "") for m in decided.maskings)
            for key, decided in self._term.places.items()
            if decided.choice in (Choice.MASK, Choice.SPANS)
        }
        return withheld(self._view, cuts)


def _open(proposal: Proposal) -> str:
    return f"förslaget {proposal.id} ({proposal.reason}) är varken maskerat eller avfärdat"


RULES = (
    SOURCE := Rule(
        "beslut-källa",
        Severity.FAULT,
        "beslutet gäller inte de handlingar som begäran gäller",
        "Varje termin som begäran gäller ska finnas i beslutet precis en gång, med den version av elevens arkiv som "
        "har granskats. Har något arkiverats sedan dess måste granskningen göras om för den terminen.",
        "börja om granskningen med build.py disclose review N --again",
    ),
    STRANGER := Rule(
        "beslut-okänt-ställe",
        Severity.FAULT,
        "stället finns inte i handlingen",
        "Ett ställe har en bestämd nyckel, som build.py disclose review skriver in. En felstavad nyckel skulle göra "
        "att det man ville maskera ändå lämnades ut.",
        "rätta nyckeln, eller ta bort raden",
    ),
    UNDECIDED := Rule(
        "beslut-saknas",
        Severity.FAULT,
        "det är inte beslutat om stället ska lämnas ut eller maskeras",
        "Allt i handlingen ska prövas av en människa. Det som inte är prövat lämnas varken ut eller maskeras av sig "
        "självt.",
        "skriv val: behåll, maskera eller maskera delar",
    ),
    GROUND := Rule(
        "beslut-grund",
        Severity.FAULT,
        "grunden finns inte i policies/disclosure.yaml",
        "Bara det som någon grund i lagen skyddar får maskeras. Grunderna står i policies/disclosure.yaml, med sin "
        "paragraf och sin skadeprövning. En grund som bara gäller hela begäran går inte att maskera ett ställe med.",
        "välj en av grunderna; skyddar ingen av dem uppgiften ska den lämnas ut",
    ),
    HARM := Rule(
        "beslut-prövning",
        Severity.FAULT,
        "svaret på skadeprövningen säger att uppgiften ska lämnas ut",
        "Varje grund har en fråga. Med ett rakt skaderekvisit är uppgiften hemlig bara om svaret är ja, med ett omvänt "
        "bara om svaret är nej. Är svaret ett annat finns ingen sekretess, och uppgiften ska lämnas ut.",
        "läs frågan i policies/disclosure.yaml en gång till; annars val: behåll",
    ),
    SHAPE := Rule(
        "beslut-val",
        Severity.FAULT,
        "valet och maskeringarna på stället går inte ihop",
        "Valet behåll har inga maskeringar, maskera har precis en utan text, och maskera delar en eller flera som var "
        "och en citerar det som ska bort. Namn, klass, skola, ämnen, nivåer och roller maskeras hela eller inte alls.",
        "ändra valet eller maskeringarna",
    ),
    SPAN := Rule(
        "beslut-citat",
        Severity.FAULT,
        "det som maskeringen citerar står inte på stället",
        "Citatet ska stå som i handlingen, med samma bokstäver; radbrytningar och mellanslag spelar ingen roll. Ett "
        "citat som inte stämmer maskerar ingenting.",
        "kopiera orden ur handlingen",
    ),
    PROPOSAL := Rule(
        "beslut-förslag",
        Severity.FAULT,
        "ett förslag på stället är varken maskerat eller avfärdat",
        "Programmet pekar ut sådant som någon bör se på: namn, nummer, adresser, talande ämnen, ord om hälsa. Varje "
        "förslag avgörs av en människa. Meddelandet säger vilket det är.",
        "maskera det, eller skriv förslagets namn under granskat",
    ),
    REASON := Rule(
        "beslut-skäl",
        Severity.FAULT,
        "skälet nämner det som maskeras",
        "Skälen skrivs ut i beslutet, som den som begärde handlingen får. De ska gå att förstå utan att det som hålls "
        "hemligt står i dem.",
        "skriv om skälet utan de orden",
    ),
    REFUSAL := Rule(
        "beslut-avslag",
        Severity.FAULT,
        "det finns ingenting att lämna ut, men begäran är inte avslagen",
        "Finns ingen handling att lämna ut är svaret ett avslag, med en grund, ett skäl och hur det överklagas. Att "
        "bara tiga är inte ett beslut.",
        "skriv avslag: med grund, prövning och skäl",
    ),
)
