"""The grounds for keeping something back, a request for disclosure, and the principal's decision.

The contents of `policies/disclosure.yaml`, `OFFICE/requests/<n>/request.yaml` and `OFFICE/requests/<n>/decision.yaml`.
A request says when it came and what it is about, never who asks or why (tryckfrihetsförordningen 2 kap. 18 §).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, StringConstraints

from iup.model.base import Day, Id, Line, Moment, Period, Record, ShortId, Term, Text, YesNo
from iup.model.reply import CommitId

GroundId = Annotated[str, StringConstraints(pattern=r"^[a-zåäö0-9-]{3,60}$")]


HealthWord = Annotated[str, StringConstraints(pattern=r"^[^\s*][^*]{0,59}[^\s*]\*?$")]


class Presumption(StrEnum):
    """Which way a harm test presumes: `rakt` openness, `omvänt` secrecy."""

    OPEN = "rakt"
    SECRET = "omvänt"  # noqa: S105  a word of the law, not one that opens anything


class Ground(Record):
    """A rule of law on which something may be kept back. The harm test is one question, answered ja or nej."""

    id: GroundId
    mark: Line = Field(alias="märke")
    paragraph: Line = Field(alias="paragraf")
    protects: Text = Field(alias="skyddar")
    question: Line = Field(alias="prövning")
    presumption: Presumption = Field(alias="skaderekvisit")
    whole: YesNo = Field(default=False, alias="bara_hela")
    source: Line = Field(alias="källa")
    verified: YesNo = Field(default=True, alias="verifierad")

    def holds(self, answer: bool) -> bool:  # noqa: FBT001  the answer to the one question
        """Say whether an answer to the harm test means that the ground may be used."""
        return answer is (self.presumption is Presumption.OPEN)

    @property
    def placeholder(self) -> str:
        """What stands where something was taken away; its width tells the ground and nothing else."""
        return f"[MASKAT {self.mark}]"


class Delegation(Period):
    """Who decides for the board, and by which decision of the board; without a person each principal does."""

    reference: Line = Field(alias="beslut")
    person: Id | None = None


class Appeal(Record):
    """How a decision is appealed, as it is printed under it."""

    court: Line = Field(alias="domstol")
    within: Line = Field(alias="inom")
    text: Text


class DisclosureRules(Record):
    """`policies/disclosure.yaml`."""

    grounds: tuple[Ground, ...] = Field(alias="grunder", min_length=1)
    delegations: tuple[Delegation, ...] = Field(alias="delegationer")
    appeal: Appeal = Field(alias="överklagande")
    private_from: Day | None = Field(default=None, alias="enskilda_huvudmän_från")

    def ground(self, name: str) -> Ground | None:
        """Return a ground by its id."""
        return next((ground for ground in self.grounds if ground.id == name), None)


class HealthWords(Record):
    """A group of words to look for in a review; a word that ends in * stands for every word that begins so."""

    reason: Line = Field(alias="skäl")
    words: tuple[HealthWord, ...] = Field(alias="ord", min_length=1)


class RequestChannel(StrEnum):
    """How a request came."""

    LETTER = "brev"
    EMAIL = "e-post"
    PHONE = "telefon"
    VISIT = "besök"
    OTHER = "annat"


class RequestState(StrEnum):
    """What has become of a request."""

    WAITING = "inkommen"
    GIVEN = "utlämnad"
    PARTLY = "delvis utlämnad"
    REFUSED = "avslagen"
    WITHDRAWN = "återkallad"


def _terms(value: object) -> object:
    return () if value == "hela" else value


class Request(Record):
    """A request to see one pupil's plans. No terms means all there is; no pupil means that it is not yet clear whose.

    `arrived` is when it came to the first person at the school, whoever that was; `referred` when that person passed
    it on. `commit` is an earlier version of the archive, where that is the one asked for.
    """

    number: int = Field(ge=1)
    arrived: Moment = Field(alias="inkom")
    channel: RequestChannel = Field(alias="kanal")
    pupil: Id | None = Field(default=None, alias="elev")
    terms: Annotated[tuple[Term, ...], BeforeValidator(_terms)] = Field(default=(), alias="terminer")
    referred_by: Id | None = Field(default=None, alias="hänvisad_av")
    referred: Moment | None = Field(default=None, alias="hänvisad")
    commit: CommitId | None = Field(default=None, alias="version")
    state: RequestState = Field(default=RequestState.WAITING, alias="läge")


class Choice(StrEnum):
    """What is decided about one place."""

    OPEN = "obeslutad"
    KEEP = "behåll"
    MASK = "maskera"
    SPANS = "maskera delar"


class Masking(Record):
    """One masking: the ground, the answer to its harm test, and the reason that is printed in the decision.

    `text` is what a span quotes. It is secret: in the repository `span` stands instead, the name under which the quote
    lies sealed in `spans.pgp`.
    """

    ground: GroundId = Field(alias="grund")
    answer: YesNo = Field(alias="prövning")
    reason: Text = Field(alias="skäl")
    span: ShortId | None = Field(default=None, alias="spann")
    text: Text | None = None


class PlaceDecision(Record):
    """What is decided about one place of the copy; `reviewed` are the proposals that a person put aside."""

    choice: Choice = Field(default=Choice.OPEN, alias="val")
    maskings: tuple[Masking, ...] = Field(default=(), alias="maskeringar")
    reviewed: tuple[Line, ...] = Field(default=(), alias="granskat")


class TermDecision(Record):
    """What is decided about one term, at one commit of the pupil's archive."""

    folder: Line = Field(alias="mapp")
    commit: CommitId = Field(alias="version")
    places: dict[Line, PlaceDecision] = Field(alias="platser")


class Refusal(Record):
    """A refusal of the whole request."""

    ground: GroundId = Field(alias="grund")
    answer: YesNo = Field(alias="prövning")
    reason: Text = Field(alias="skäl")


class DisclosureDecision(Record):
    """The decision on one request: each place of each term, or a refusal of the whole."""

    model_config = ConfigDict(title="Decision")  # what its JSON Schema is called, whatever the class is

    number: int = Field(ge=1, alias="begäran")
    day: Day | None = Field(default=None, alias="datum")
    decided_by: Id | None = Field(default=None, alias="beslutsfattare")
    terms: tuple[TermDecision, ...] = Field(default=(), alias="terminer")
    refusal: Refusal | None = Field(default=None, alias="avslag")
    version: Literal["1"] = "1"
