"""What is left to do in a review, and how the copy and the decision will look, for the review page.

In: a request under review. Out: the review's status for the page; views of the copy and of the decision. What is not
decided yet is shown in the copy as undecided. Signs, sets and writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from iup.errors import IupError
from iup.office.disclosure import release
from iup.office.disclosure.decision_file import canonical
from iup.office.disclosure.mask import mask
from iup.office.disclosure.register import is_open
from iup.office.disclosure.review_page import content
from iup.view.types import CopyView

if TYPE_CHECKING:
    from iup.office.disclosure.deciders import Decider
    from iup.office.disclosure.release import DisclosureCase
    from iup.office.disclosure.response import RequestAnswer, UnmaskedOccurrence
    from iup.view.letter_types import DecisionView


@dataclass(frozen=True)
class ReviewStatus:
    """The end of a review: who may decide, who has signed, what was handed out, where a masked text still stays.

    `seen` is a digest of what is shown: a signature is for that, and not for anything written since.
    """

    ready: bool
    deciders: tuple[Decider, ...]
    signer: Decider | None
    closed: bool
    released: tuple[str, ...]
    folder: str
    left: tuple[UnmaskedOccurrence, ...]
    decision: bool
    seen: str


def status(case: DisclosureCase) -> ReviewStatus:
    """Return what is left to do in a review."""
    given = _answer(case)
    request = case.review.request
    folder = case.desk.requests.folder(request.number) / release.RELEASED
    closed = not is_open(request)
    out = tuple(name for name in (release.COPY, release.DECISION) if closed and (folder / name).is_file())
    return ReviewStatus(
        ready=given is not None,
        deciders=case.deciders,
        signer=_signer(case) if given and not closed else None,
        closed=closed,
        released=out,
        folder=str(folder),
        left=given.left if given else (),
        decision=given is not None and given.decision is not None,
        seen=seen(case),
    )


def seen(case: DisclosureCase) -> str:
    """Return a digest of the present decision with its quotes: what the person who signs it has looked at."""
    made = case.review.decision
    if made is None:
        return ""
    shown = made.model_copy(update={"day": None, "decided_by": None})  # signing adds these
    versions = [(source.folder, source.commit) for source in case.review.sources]
    return sha256(b"\0".join((canonical(shown), case.desk.digest(made).encode(), repr(versions).encode()))).hexdigest()


def copy(case: DisclosureCase) -> CopyView | None:
    """Return the copy as it will be; None where the whole is refused or the decision cannot be read."""
    given, found = _answer(case), case.review
    if given is not None:
        return given.copy
    made = found.decision
    if made is None or made.refusal is not None:
        return None
    plans = (mask(source.view, content.shown_cuts(found, made, number)) for number, source in enumerate(found.sources))
    return CopyView(
        case.school.municipality.name, str(found.request.number), case.day.isoformat(), tuple(plans), marks=()
    )


def decision(case: DisclosureCase) -> DecisionView | None:
    """Return the decision as it will be; None before everything is decided, or where nothing is refused."""
    given = _answer(case)
    return given.decision if given else None


def _answer(case: DisclosureCase) -> RequestAnswer | None:
    """Return what a decision without faults gives, by whoever it names or the first who may decide."""
    made, deciders = case.review.decision, case.deciders
    if made is None or case.review.problems or not deciders:
        return None
    named = next((known for known in deciders if known.person == made.decided_by), deciders[0])
    return case.answer(made, named)


def _signer(case: DisclosureCase) -> Decider | None:
    try:
        return release.signed(case)
    except IupError:  # not signed, changed since, or by somebody who may not: the page says that it is not signed
        return None
