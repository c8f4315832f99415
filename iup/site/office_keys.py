"""The office's signing certificates, as the teachers' repository has them in `content/office/`.

In: a tree. Out: each key with the days it holds for, its certificate and the former key's word for it; and findings
where a certificate, a word or a day is not as it should be. Verifies no signature: that takes gpg, and is for the hook.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from iup.model.signing import SigningPeriods
from iup.problems import Finding, Rule, Severity
from iup.seal import certificate
from iup.site import yaml_diagnosis
from iup.site.paths import SIGNING, signing_certificate, signing_handover

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from iup.model.signing import SigningPeriod
    from iup.system.git.trees import Tree

RULES = (
    CERTIFICATE := Rule(
        "kontorsnyckel-fil",
        Severity.FAULT,
        "kontorets nyckel har inte den fil som hör till den",
        "I content/office/ ligger varje signeringsnyckels certifikat: en binär fil med precis en öppen nyckel, "
        "med fingeravtrycket som namn. Utan det går det inte att pröva vad kontoret har skrivit under.",
        "hämta tillbaka filen med git, eller kör build.py keys publish-signing",
    ),
    HANDOVER := Rule(
        "kontorsnyckel-byte",
        Severity.FAULT,
        "den förra nyckelns underskrift om bytet saknas",
        "När kontoret byter nyckel skriver den gamla under på den nya. Bara den första nyckeln har ingen sådan "
        "underskrift.",
        "hämta tillbaka filen med git; nycklar byts med build.py keys new-signing",
    ),
    DAYS := Rule(
        "kontorsnyckel-tid",
        Severity.FAULT,
        "kontorets nycklar följer inte på varandra i tiden",
        "Nycklarna står i ordning, den nyaste sist, och varje nyckel en gång. En nyckel gäller till och med dagen "
        "då nästa börjar. Bara den sista är utan till.",
        "hämta tillbaka filen med git; nycklar byts med build.py keys new-signing",
    ),
)
# For so long after its last day what a key has signed may still come in: replies lie in a clone over a holiday. Whoever
# has stolen a former key can give a day when it held, so not for ever.
_LATE = timedelta(days=31)


@dataclass(frozen=True)
class OfficeKey:
    """A key that the office signs with, or did. `handover` is empty for the first."""

    period: SigningPeriod
    certificate: bytes
    handover: bytes = b""

    @property
    def fingerprint(self) -> str:
        """What the key is known by."""
        return self.period.key

    def vouches(self, day: date, arrives: date) -> bool:
        """Say whether what the key says it signed on a day counts when it arrives on another."""
        ends = self.period.ends
        return day <= arrives and self.period.covers(day) and (ends is None or arrives <= ends + _LATE)


def read(tree: Tree) -> tuple[tuple[OfficeKey, ...], tuple[Finding, ...]]:
    """Return the office's keys, the oldest first, and what is wrong with them; none where there is no such file."""
    if SIGNING not in tree:
        return (), ()
    record, findings = yaml_diagnosis.read(SIGNING, tree.read(SIGNING), SigningPeriods)
    if record is None:
        return (), findings
    keys = tuple(_key(tree, period) for period in record.keys)
    return keys, (*findings, *_faults(keys))


def _key(tree: Tree, period: SigningPeriod) -> OfficeKey:
    paths = signing_certificate(period.key), signing_handover(period.key)
    return OfficeKey(period, *(tree.read(path) if path in tree else b"" for path in paths))


def _faults(keys: tuple[OfficeKey, ...]) -> Iterator[Finding]:
    seen: set[str] = set()
    for number, key in enumerate(keys):
        where = ("nycklar", number)
        if key.fingerprint in seen:
            yield DAYS.at(SIGNING, *where, "nyckel", message="nyckeln står redan här")
        seen.add(key.fingerprint)
        found = certificate.primary_fingerprint(key.certificate)
        if found != key.fingerprint:
            said = "certifikatet är en annan nyckels" if found else "certifikatet saknas eller går inte att läsa"
            yield CERTIFICATE.at(SIGNING, *where, "nyckel", message=said)
        if number and not key.handover:
            yield HANDOVER.at(SIGNING, *where, "nyckel")
        ends = key.period.ends
        if ends is not None and ends < key.period.begins:
            yield DAYS.at(SIGNING, *where, "till", message="nyckeln slutar gälla innan den börjar")
        if number + 1 < len(keys) and (ends is None or ends > keys[number + 1].period.begins):
            yield DAYS.at(SIGNING, *where, "nyckel", message="nyckeln gäller ännu när nästa har börjat")
