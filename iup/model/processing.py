"""How personal data are processed, as `policies/processing.yaml` has it: purposes, legal basis, sources, recipients.

This is what the record of processing (GDPR art. 30), the information to those concerned (art. 13–14) and the extract
(art. 15) say beside the data themselves. How long data are kept is in `policies/retention.yaml`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from iup.model.base import Line, Record, Text, YesNo

ProcessingId = Annotated[str, StringConstraints(pattern=r"^[a-zåäö0-9-]{3,60}$")]
Category = Literal["elever", "vårdnadshavare", "personal"]


class Reach(Record):
    """Where to turn about personal data."""

    name: Line = Field(alias="namn")
    address: Line | None = Field(default=None, alias="adress")
    phone: Line | None = Field(default=None, alias="telefon")
    email: Line | None = Field(default=None, alias="e-post")


class LegalBasis(Record):
    """A legal basis: the point of art. 6 (or 9), why it holds, and the rule of law it rests on."""

    article: Line = Field(alias="artikel")
    text: Text
    source: Line = Field(alias="källa")
    verified: YesNo = Field(default=True, alias="verifierad")


class Activity(Record):
    """One processing activity."""

    id: ProcessingId
    name: Line = Field(alias="namn")
    purposes: tuple[Text, ...] = Field(alias="ändamål", min_length=1)
    basis: tuple[LegalBasis, ...] = Field(alias="rättslig_grund", min_length=1)
    subjects: tuple[Category, ...] = Field(alias="registrerade", min_length=1)
    kinds: tuple[Text, ...] = Field(alias="uppgifter", min_length=1)
    sensitive: Text | None = Field(default=None, alias="känsliga_uppgifter")
    sources: tuple[Text, ...] = Field(alias="källor", min_length=1)
    recipients: tuple[Text, ...] = Field(alias="mottagare", min_length=1)
    third_countries: Text = Field(alias="tredje_land")
    safeguards: Text = Field(alias="skydd")
    retention: tuple[ProcessingId, ...] = Field(default=(), alias="lagring")


class Right(Record):
    """A right of the person that the data are about, in plain words."""

    name: Line = Field(alias="namn")
    text: Text
    source: Line = Field(alias="källa")


class Exemption(Record):
    """When something may be left out of an extract, for the person of the office who reads it first."""

    text: Text
    source: Line = Field(alias="källa")
    verified: YesNo = Field(default=True, alias="verifierad")


class Processing(Record):
    """`policies/processing.yaml`."""

    officer: Reach = Field(alias="dataskyddsombud")
    activities: tuple[Activity, ...] = Field(alias="behandlingar", min_length=1)
    rights: tuple[Right, ...] = Field(alias="rättigheter", min_length=1)
    exemptions: tuple[Exemption, ...] = Field(default=(), alias="undantag")
    authority: Reach = Field(alias="klagomål")
