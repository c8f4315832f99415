"""The principal's review of one request in a browser on this machine. Each choice is kept at once.

In: the office, a request's number, the school as committed. Out: answers for `system.local_server`: the page, the copy
and the decision as they would be, and the result of a choice. `decision_file` keeps what is chosen, and `release` signs
and hands out; nothing is written here. Nothing is logged, and the words that protect a key never pass through here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, ValidationError

from iup.documents.wording import waited
from iup.errors import IupError, RefusedError
from iup.keys import keyring
from iup.model.base import Id, Record, Text
from iup.model.disclosure import GroundId, Masking, Refusal
from iup.office.disclosure import decision_check, release, review
from iup.office.disclosure import decision_file as decisions
from iup.office.disclosure.masked_pdf import COPY_TITLE, DECISION_TITLE
from iup.office.disclosure.register import is_open
from iup.office.disclosure.release import DisclosureCase
from iup.office.disclosure.review_page import choices, content, outcome
from iup.system.local_server import HttpAnswer
from iup.view.types import canonical

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from datetime import date, datetime

    from iup.documents.html import Renderer
    from iup.model.disclosure import DisclosureDecision, DisclosureRules
    from iup.model.school import School
    from iup.office.disclosure.decision_file import DecisionStore
    from iup.office.disclosure.masked_pdf import CopyRenderer
    from iup.office.disclosure.review import Review
    from iup.system.git.trees import Tree

_TITLES = {"copy": COPY_TITLE, "decision": DECISION_TITLE}
_JSON = "application/json; charset=utf-8"


class _Spot(Record):
    """A place of a copy."""

    term: int = Field(ge=0)
    place: str


class _Aside(_Spot):
    proposal: str = ""


class _Numbered(_Spot):
    number: int = Field(ge=0)


class _Group(Record):
    term: int = Field(ge=0)
    group: int = Field(ge=0)


class _GroundChosen(Record):
    """A ground, the answer to its harm test, and the reason, as the page sends them."""

    ground: GroundId
    answer: bool
    reason: Annotated[Text, Field(min_length=1)]


class _Masked(_GroundChosen, _Spot):
    text: str
    replaces: int | None = None


class _Signing(Record):
    """Who signs, and a digest of what that person has been shown."""

    person: Id
    seen: str


@dataclass
class ReviewPage:
    """One request under review. Choices come one at a time, and each is kept before the page is answered.

    `school` and `tree` are what was committed when the page was opened. Who may decide is asked of `committed` again
    when a decision is signed and handed out.
    """

    desk: DecisionStore
    number: int
    school: School
    tree: Tree
    committed: Callable[[], AbstractContextManager[tuple[School, Tree]]]
    today: Callable[[], date]
    now: Callable[[], datetime]
    renderer: Renderer
    press: Callable[[], CopyRenderer]
    _lock: Lock = field(default_factory=Lock)
    _revision: int = 0

    def __post_init__(self) -> None:
        with self._locked():
            review.begin(self.desk, self.school, self.number)

    def page(self, name: str, query: Mapping[str, str]) -> HttpAnswer | None:
        """Return the page (the empty name), the copy or the decision as they will be, or a released file."""
        with self._lock:
            match name:
                case "":
                    return HttpAnswer(self._html())
                case "copy" | "decision":
                    return self._shown(name)
                case "file":
                    return self._file(query.get("name", ""))
                case _:
                    return None

    def act(self, name: str, values: Mapping[str, Any]) -> HttpAnswer | None:
        """Do what the principal chose, keep it, and answer with the page as it is now; or with why not."""
        with self._lock:
            try:
                return self._acted(name, values)
            except ValidationError:
                return _refused("det som skickades går inte att läsa", "skälet får vara högst 4 000 tecken")
            except IupError as error:
                return _refused(error.message, error.hint)

    def _acted(self, name: str, values: Mapping[str, Any]) -> HttpAnswer | None:
        """Read what stands (somebody may have written in the file meanwhile), make the choice, keep it."""
        with self._locked():
            match name:
                case "sign":
                    self._sign(_Signing.model_validate(values))
                case "release":
                    with self.committed() as (school, tree):
                        release.release(self._case(school, tree), self.press())
                case "again":
                    review.begin(self.desk, self.school, self.number, again=True)
                case _:
                    found = self._case(self.school, self.tree).review
                    if not is_open(found.request):
                        raise RefusedError("begäran är redan besvarad", "läs in sidan igen")
                    if found.decision is None:
                        raise RefusedError("beslutsfilen går inte att läsa", "rätta den först")
                    chosen = _chosen(found, found.decision, name, values)
                    if chosen is None:
                        return None
                    self.desk.keep(chosen)
        self._revision += 1
        return HttpAnswer(self._html())

    def _sign(self, signing: _Signing) -> None:
        """Let gpg sign with the principal's own key; gpg asks for its words itself, in a window or at the terminal."""
        with self.committed() as (school, tree):
            case = self._case(school, tree)
            if outcome.seen(case) != signing.seen:
                raise RefusedError(
                    "beslutet har ändrats sedan sidan visade det", "läs in sidan igen och läs igenom det"
                )
            key = next((known.key for known in case.deciders if known.person == signing.person), "")
            release.sign(case, key, None)

    def _locked(self) -> AbstractContextManager[None]:
        """Hold the office for one choice, so that others can work while the page is open."""
        return keyring.lock(self.desk.office.root)

    def _case(self, school: School, tree: Tree) -> DisclosureCase:
        day = self.today()
        return DisclosureCase(self.desk, review.opened(self.desk, school, self.number, day), school, tree, day)

    def _html(self) -> str:
        case = self._case(self.school, self.tree)
        found = case.review
        made = found.decision or decisions.begun(found.request, found.sources)
        sheet = content.sheet(found, made)
        return self.renderer.review(
            sheet=sheet,
            where={(term.source.name, card.place.key): card.id for term in sheet.terms for card in term.cards},
            request=found.request,
            rules=found.rules,
            pupil=next((source.view.pupil for source in found.sources), ""),
            waited=waited(found.request.arrived, self.now()),
            by_eye=found.by_eye,
            broken=found.problems if found.unread else (),
            moved=any(finding.rule is decision_check.SOURCE for finding in found.findings),
            refusal_ground=found.rules.ground(made.refusal.ground) if made.refusal else None,
            revision=self._revision,
            end=outcome.status(case),
            grounds=_grounds(found.rules),
        )

    def _shown(self, name: str) -> HttpAnswer | None:
        case = self._case(self.school, self.tree)
        view = outcome.copy(case) if name == "copy" else outcome.decision(case)
        if view is None:
            return None
        mark = sha256(canonical(view)).hexdigest()[:8]  # as on paper
        return HttpAnswer(self.renderer.shown(view, mark, _TITLES[name]), framed=True)

    def _file(self, name: str) -> HttpAnswer | None:
        path = self.desk.requests.folder(self.number) / release.RELEASED / name
        if name not in {release.COPY, release.DECISION} or not path.is_file():
            return None
        return HttpAnswer(path.read_bytes(), kind="application/pdf")


def _chosen(
    found: Review, decision: DisclosureDecision, name: str, values: Mapping[str, Any]
) -> DisclosureDecision | None:
    """Return what a choice makes of a decision; None where there is no choice of that name."""
    match name:
        case "keep":
            spot = _Spot.model_validate(values)
            return choices.keep(found, decision, spot.term, spot.place)
        case "rest":
            group = _Group.model_validate(values)
            return choices.keep_rest(found, decision, group.term, group.group)
        case "put-aside":
            aside = _Aside.model_validate(values)
            return choices.put_aside(found, decision, aside.term, aside.place, aside.proposal)
        case "mask":
            masked = _Masked.model_validate(values)
            masking = Masking(grund=masked.ground, prövning=masked.answer, skäl=masked.reason, text=masked.text or None)
            return choices.add_masking(found, decision, masked.term, masked.place, masking, masked.replaces)
        case "remove":
            numbered = _Numbered.model_validate(values)
            return choices.remove_masking(found, decision, numbered.term, numbered.place, numbered.number)
        case "refuse":
            judged = _GroundChosen.model_validate(values)
            refusal = Refusal(grund=judged.ground, prövning=judged.answer, skäl=judged.reason)
            return choices.refuse(found, decision, refusal)
        case "take-back":
            return choices.take_back(decision)
        case _:
            return None


def _refused(message: str, hint: str) -> HttpAnswer:
    body = json.dumps({"message": message, "hint": hint}, ensure_ascii=False)
    return HttpAnswer(body, kind=_JSON, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _grounds(rules: DisclosureRules) -> list[dict[str, Any]]:
    """Return the grounds as the page's script explains them."""
    return [
        {
            "id": ground.id,
            "paragraph": ground.paragraph,
            "protects": " ".join(ground.protects.split()),
            "question": ground.question,
            "open": ground.holds(answer=True),
            "verified": ground.verified,
        }
        for ground in rules.grounds
    ]
