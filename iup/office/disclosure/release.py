"""Have a decision signed by one who may decide, and hand out what it gives.

In: a `Review`, the school and the certificates as committed, a key, a day. Out: first `decision.asc` beside the
decision. Then, in one commit: `released/` with the files, a line in `register.yaml`, and the request's state.

    OFFICE/requests/<n>/decision.asc   a signature over the decision, the digest of its quotes, and the copies' versions
    OFFICE/requests/<n>/released/      copy.pdf, beslut.pdf: what whoever asked gets
    OFFICE/requests/register.yaml      when and how each request was answered, and the digests of the files; no content

The signature covers everything that decides what is handed out, so a decision, a quote or an archive that has changed
since is refused. So is every key but that of somebody who may decide that day. The files are set and searched before
anything is written. After a killed run the next one does it all again: nothing half done is trusted.
"""

from __future__ import annotations

import json
import secrets
import shutil
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from iup.errors import ContentError, OutputError, RefusedError, UsageError
from iup.model.disclosure import RequestState
from iup.office.disclosure import decision_file
from iup.office.disclosure.deciders import deciders
from iup.office.disclosure.register import is_open
from iup.office.disclosure.response import answer
from iup.seal import openpgp
from iup.site import strict_yaml
from iup.site.paths import ANSWERED, certificate_file
from iup.system import files
from iup.system.git.signatures import Verifier

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    from iup.model.disclosure import DisclosureDecision
    from iup.model.school import School
    from iup.office.disclosure.deciders import Decider
    from iup.office.disclosure.decision_file import DecisionStore
    from iup.office.disclosure.masked_pdf import CopyRenderer
    from iup.office.disclosure.response import RequestAnswer
    from iup.office.disclosure.review import Review
    from iup.system.git.trees import Tree

SIGNATURE, RELEASED = "decision.asc", "released"
COPY, DECISION = "copy.pdf", "beslut.pdf"
_UNKNOWN = "nyckeln tillhör ingen som får besluta om elevens handlingar i dag"


@dataclass(frozen=True)
class DisclosureCase:
    """A request under review at the office's desk; the school and its certificates are those that are committed."""

    desk: DecisionStore
    review: Review
    school: School
    tree: Tree
    day: date

    @property
    def decision(self) -> DisclosureDecision:
        """The decision, complete; raise where there is none, where it has faults, or where the request is answered."""
        number = self.review.request.number
        if not is_open(self.review.request):
            raise RefusedError("begäran är redan besvarad; det som lämnades ut ligger i released/")
        if self.review.problems:
            raise ContentError(self.review.problems)
        if self.review.decision is None:
            raise UsageError("begäran är inte granskad än", f"börja med build.py disclose review {number}")
        return self.review.decision

    @property
    def deciders(self) -> tuple[Decider, ...]:
        """Everybody who may decide today."""
        return deciders(self.school, self.review.rules, self.review.request.pupil or "", self.day)

    def decider(self, key: str) -> Decider:
        """Return the decider with a key; raise `RefusedError` for anybody else's."""
        for known in self.deciders:
            if known.key and known.key == key.upper().replace(" ", ""):
                return known
        raise RefusedError(_UNKNOWN, "bara rektorn på elevens skola och de som nämnden har delegerat till beslutar")

    def answer(self, made: DisclosureDecision, decider: Decider) -> RequestAnswer:
        """Return the answer that the decision gives, as views."""
        return answer(self.review, made, self.school, decider, self.day)


def sign(case: DisclosureCase, key: str, home: Path | None) -> DisclosureDecision:
    """Sign a decision with a decider's key, from a GnuPG home or the user's own; return it as it was signed."""
    decider = case.decider(key)
    made = case.desk.keep(case.decision.model_copy(update={"day": case.day, "decided_by": decider.person}))
    signature = openpgp.sign_as(_statement(case, made, decider), home, decider.key)
    _proved(case, made, decider, signature)
    files.write_whole(case.desk.requests.folder(made.number) / SIGNATURE, signature)
    case.desk.requests.settle()
    return made


def signed(case: DisclosureCase) -> Decider:
    """Return who has signed the decision in its present form; raise `RefusedError` unless they may decide today."""
    made = case.decision
    decider = next((known for known in case.deciders if known.person == made.decided_by), None)
    path = case.desk.requests.folder(made.number) / SIGNATURE
    if decider is None or not path.is_file():
        raise RefusedError(
            "beslutet är inte underskrivet av någon som får besluta i dag",
            f"skriv under det: build.py disclose sign {made.number} --key NYCKEL",
        )
    _proved(case, made, decider, path.read_bytes())
    return decider


def release(case: DisclosureCase, press: CopyRenderer) -> tuple[Path, ...]:
    """Render, search and write what a signed decision gives; return the files. After a finding nothing is written."""
    made, decider = case.decision, signed(case)
    given = case.answer(made, decider)
    finished: dict[str, bytes] = {}
    if given.copy is not None:
        finished[COPY] = press.copy(given.copy, given.withheld, given.kept, case.day)
    if given.decision is not None:
        finished[DECISION] = press.decision(given.decision, given.withheld, case.day)
    return _written(case, made, decider, finished)


def _statement(case: DisclosureCase, made: DisclosureDecision, decider: Decider) -> bytes:
    """Return what is signed: all that decides what is handed out, and where a masked text is known to stay."""
    left = [[row.term, row.key] for row in case.answer(made, decider).left]
    said = {
        "iup-beslut": "1",
        "begäran": made.number,
        "elev": case.review.request.pupil,
        "beslut": sha256(decision_file.canonical(made)).hexdigest(),
        "citat": case.desk.digest(made),
        "källor": {source.folder: source.commit for source in case.review.sources},
        "kvar": left,
    }
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _proved(case: DisclosureCase, made: DisclosureDecision, decider: Decider, signature: bytes) -> None:
    """Raise `RefusedError` unless the decider signed this very decision about these very copies."""
    path = certificate_file(decider.key)
    certificates = {decider.key: case.tree.read(path)} if decider.key and path in case.tree else {}
    with Verifier(certificates, unknown=_UNKNOWN) as verifier:
        verdict = verifier.verify(_statement(case, made, decider), signature)
    if verdict.fault:
        raise RefusedError(
            f"underskriften under beslutet gäller inte: {verdict.fault}",
            "är beslutet eller handlingen ändrad sedan dess ska den som beslutar läsa igenom och skriva under på nytt",
        )


def _written(
    case: DisclosureCase, made: DisclosureDecision, decider: Decider, finished: Mapping[str, bytes]
) -> tuple[Path, ...]:
    """Put the files in place whole, enter the answer in the register, close the request, and commit all of it."""
    requests, number = case.desk.requests, made.number
    place = requests.folder(number) / RELEASED
    for left in place.parent.glob(f".{RELEASED}-*"):  # by a run that was killed
        shutil.rmtree(left, ignore_errors=True)
    beside = place.with_name(f".{RELEASED}-{secrets.token_hex(4)}")
    try:
        files.private_directory(beside)
        for name, data in finished.items():
            files.write_whole(beside / name, data)
        shutil.rmtree(place, ignore_errors=True)  # of a killed run too: the request still waits
        beside.rename(place)
    except OSError as error:
        raise OutputError(f"filen {place} går inte att skriva: {error.strerror}") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    state = _state(finished, made)
    entry = {
        "begäran": number,
        "inkom": case.review.request.arrived.date().isoformat(),
        "besvarad": case.day.isoformat(),
        "utfall": state.value,
        "beslutsfattare": decider.person,
        "delegation": decider.delegation,
        "filer": {name: sha256(data).hexdigest() for name, data in sorted(finished.items())},
    }
    rows = [row for row in requests.answered() if str(row.get("begäran")) != str(number)]
    files.write_whole(requests.root / ANSWERED, strict_yaml.written({"poster": [*rows, entry]}))
    requests.write(case.review.request.model_copy(update={"state": state}))
    return tuple(place / name for name in finished)


def _state(finished: Mapping[str, bytes], made: DisclosureDecision) -> RequestState:
    if made.refusal is not None:
        return RequestState.REFUSED
    return RequestState.PARTLY if DECISION in finished else RequestState.GIVEN
