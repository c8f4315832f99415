"""Read and write a principal's decision on a request, and keep what it quotes sealed and apart.

In: `decision.yaml` and `spans.pgp` of a request, and the public copies it is about. Out: the decision with its quotes,
findings with keys into the file, the cuts for `mask`, and the bytes that are signed. What a masking quotes is secret:
it lies sealed to the office's key, and `decision.yaml` in the repository names it by a random id. Other modules judge
who may decide and whether a signature is right.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from iup.errors import BrokenSealError, RefusedError
from iup.model.disclosure import Choice, DisclosureDecision, Masking, PlaceDecision, TermDecision
from iup.office.disclosure.mask import Cut
from iup.office.disclosure.maskable_places import places
from iup.office.disclosure.register import Register
from iup.seal import certificate, openpgp
from iup.site import decode, strict_yaml, yaml_diagnosis
from iup.site.paths import request_folder
from iup.system import files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from iup.keys.keyring import UnlockedOffice
    from iup.model.disclosure import DisclosureRules, Request
    from iup.office.disclosure.public_copy import PublicTerm
    from iup.problems import Finding

DECISION = "decision.yaml"
SPANS = "spans.pgp"
SCHEMA = "decision.schema.json"
_HEAD = f"""# yaml-language-server: $schema=../{SCHEMA}
# val: behåll, maskera eller maskera delar. Varje maskering har grund, prövning (ja eller nej) och skäl; för en del
# också text, orden som de står. disclose check flyttar orden till {SPANS}, där bara kontorets nyckel öppnar dem.
""".encode()


@dataclass(frozen=True)
class Secrets:
    """What the maskings of a decision quote, by id. The salt prevents guessing from the digest."""

    salt: str = ""
    quotes: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class DecisionStore:
    """Reads and keeps decisions: the office, whose key opens the quotes, and an empty GnuPG home to seal in."""

    office: UnlockedOffice
    home: Path

    @property
    def requests(self) -> Register:
        """The office's requests."""
        return Register(self.office.root)

    def read(self, number: int) -> tuple[DisclosureDecision | None, tuple[Finding, ...]]:
        """Return a request's decision with what it quotes; None where there is none yet or it has faults."""
        decision, findings = self._written(number)
        return (_filled(decision, self._secrets(number).quotes), ()) if decision else (None, findings)

    def keep(self, decision: DisclosureDecision) -> DisclosureDecision:
        """Seal what the maskings quote, write the decision without it, commit, and return the decision with quotes.

        The quotes are written first, together with those of before, so that a killed run leaves a whole decision. A
        file that says the same already is left as it is, with the notes somebody has made in it.
        """
        folder = files.private_directory(self.requests.folder(decision.number))
        before, (stands, faults) = self._secrets(decision.number), self._written(decision.number)
        named = _named(decision, before.quotes)
        quotes = {m.span: m.text for m in _maskings(named) if m.span and m.text}
        used = {m.span for m in _maskings(stands)} if stands else before.quotes.keys() if faults else set()
        sealed = {**{span: text for span, text in before.quotes.items() if span in used}, **quotes}
        if sealed != before.quotes:
            salt = before.salt or secrets.token_hex(16)
            self._seal(folder / SPANS, json.dumps({"salt": salt, "quotes": sealed}, ensure_ascii=False).encode())
        files.write_whole(folder.parent / SCHEMA, schema())
        if stands != _bare(named):
            files.write_whole(folder / DECISION, _HEAD + strict_yaml.written(_plain(named)))
        self.requests.settle(path_of(decision.number))
        return named

    def digest(self, decision: DisclosureDecision) -> str:
        """Return the salted sha256 of what a decision quotes; a signature covers it in place of the secret quotes.

        It is of the quotes as they would be used: one that was typed into the file afterwards gives another digest.
        """
        quotes = [[masking.span or "", masking.text or ""] for masking in _maskings(decision)]
        salted = json.dumps([self._secrets(decision.number).salt, quotes], ensure_ascii=False)
        return sha256(salted.encode()).hexdigest()

    def _written(self, number: int) -> tuple[DisclosureDecision | None, tuple[Finding, ...]]:
        """Return a request's decision as its file says it."""
        path = self.requests.folder(number) / DECISION
        if not path.is_file():
            return None, ()
        return yaml_diagnosis.read(path_of(number), path.read_bytes(), DisclosureDecision)

    def _seal(self, path: Path, plain: bytes) -> None:
        key = certificate.inspect(self.office.certificate, self.office.key, self.home)
        ring = self.office.ring
        files.write_whole(path, openpgp.seal(plain, key, ring, self.home, None))

    def _secrets(self, number: int) -> Secrets:
        return held_secrets(self.office, number)


def held_secrets(office: UnlockedOffice, number: int) -> Secrets:
    """Open what the maskings of a request's decision quote; raise `BrokenSealError` where it cannot be read."""
    path = Register(office.root).folder(number) / SPANS
    if not path.is_file():
        return Secrets()
    opened = openpgp.unseal(path.read_bytes(), office.home)
    try:
        held = json.loads(opened)
        return Secrets(str(held["salt"]), {str(name): str(text) for name, text in held["quotes"].items()})
    except (KeyError, ValueError, AttributeError):
        raise BrokenSealError("det som beslutet maskerar går inte att läsa ur spans.pgp") from None


def path_of(number: int) -> str:
    """Return the path of a decision in the office, as problems name it."""
    return f"{request_folder(number)}/{DECISION}"


def schema() -> bytes:
    """Return the JSON Schema of a decision, for the editor of whoever fills it in."""
    return (
        json.dumps(DisclosureDecision.model_json_schema(by_alias=True), ensure_ascii=False, indent=1).encode() + b"\n"
    )


def begun(request: Request, sources: Sequence[PublicTerm]) -> DisclosureDecision:
    """Return a decision on a request in which every place of every copy is still to be decided."""
    terms = tuple(
        TermDecision(mapp=s.folder, version=s.commit, platser={p.key: PlaceDecision() for p in places(s.view)})
        for s in sources
    )
    return DisclosureDecision(begäran=request.number, terminer=terms)


def cuts(term: TermDecision, rules: DisclosureRules) -> dict[str, tuple[Cut, ...]]:
    """Return what is cut from a term's copy, by place; raise `RefusedError` where something is not decided."""
    made: dict[str, tuple[Cut, ...]] = {}
    for key, place in term.places.items():
        match place.choice:
            case Choice.KEEP:
                continue
            case Choice.OPEN:
                raise RefusedError("beslutet är inte klart: något ställe är inte beslutat")
            case Choice.MASK:
                made[key] = tuple(Cut(_mark(rules, m.ground)) for m in place.maskings)
            case Choice.SPANS:
                made[key] = tuple(Cut(_mark(rules, m.ground), m.text or "") for m in place.maskings)
        if not made[key] or (place.choice is Choice.SPANS and not all(cut.quote for cut in made[key])):
            raise RefusedError("beslutet är inte klart: en maskering saknar grund eller text")
    return made


def _mark(rules: DisclosureRules, name: str) -> str:
    ground = rules.ground(name)
    if ground is None:
        raise RefusedError("beslutet åberopar en grund som inte finns i policies/disclosure.yaml")
    return ground.placeholder


def canonical(decision: DisclosureDecision) -> bytes:
    """Return a decision's bytes in one fixed form and without its quotes: what is signed, beside their digest."""
    return json.dumps(_plain(decision), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _maskings(decision: DisclosureDecision) -> Iterator[Masking]:
    for term in decision.terms:
        for place in term.places.values():
            yield from place.maskings


def _rewritten(decision: DisclosureDecision, change: Any) -> DisclosureDecision:  # noqa: ANN401  a masking to a masking
    terms = []
    for term in decision.terms:
        places_ = {
            key: place.model_copy(update={"maskings": tuple(change(m) for m in place.maskings)})
            for key, place in term.places.items()
        }
        terms.append(term.model_copy(update={"places": places_}))
    return decision.model_copy(update={"terms": tuple(terms)})


def _filled(decision: DisclosureDecision, quotes: Mapping[str, str]) -> DisclosureDecision:
    """Return a decision with what its maskings quote."""

    def fill(masking: Masking) -> Masking:
        quote = quotes.get(masking.span or "")
        return masking.model_copy(update={"text": quote}) if quote and masking.text is None else masking

    return _rewritten(decision, fill)


def _named(decision: DisclosureDecision, quotes: Mapping[str, str]) -> DisclosureDecision:
    """Return a decision in which every quote has an id; one that is sealed already keeps its own."""

    def name(masking: Masking) -> Masking:
        if not masking.text or quotes.get(masking.span or "") == masking.text:
            return masking
        return masking.model_copy(update={"span": secrets.token_hex(4)})

    return _rewritten(decision, name)


def _bare(decision: DisclosureDecision) -> DisclosureDecision:
    """Return a decision without what it quotes."""
    return _rewritten(decision, lambda masking: masking.model_copy(update={"text": None}))


def _plain(decision: DisclosureDecision) -> dict[str, Any]:
    """Return a decision as the values of its file, without what it quotes."""
    return decode.encode(_bare(decision), empty=False)
