"""Pupils, guardians and staff, and what ties a pupil to a guardian."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import Field

from iup.model.base import Day, Fingerprint, Id, Line, Period, Record, Text, YesNo


class Name(Record):
    """A person's name in its two parts; of one who has one name only, the second is empty and stands in no file."""

    given: Line = Field(alias="förnamn")
    family: Line = Field(default="", alias="efternamn")

    @property
    def full(self) -> str:
        """The name as it is written in a document."""
        return f"{self.given} {self.family}" if self.family else self.given


class Channel(StrEnum):
    """How a recipient's bundle is sealed."""

    OPENPGP = "openpgp"
    PASSPHRASE = "lösenfras"  # noqa: S105  the word, not one of them
    PAPER = "papper"


class Labels(StrEnum):
    """In which words the labels of a document are."""

    USUAL = "vanliga"
    EASY = "lättlästa"


class Receiving(Record):
    """How a person gets their bundle; a certificate goes with OpenPGP only."""

    channel: Channel = Field(alias="sätt")
    certificate: Fingerprint | None = Field(default=None, alias="certifikat")
    labels: Labels = Field(default=Labels.USUAL, alias="etiketter")


class Contact(Record):
    """Where a person is reached."""

    phone: Line | None = Field(default=None, alias="telefon")
    email: Line | None = Field(default=None, alias="e-post")


class Person(Record):
    """A guardian or a member of staff; only relations say which."""

    id: Id
    name: Name = Field(alias="namn")
    title: Line | None = Field(default=None, alias="titel")
    contact: Contact | None = Field(default=None, alias="kontakt")
    receiving: Receiving = Field(alias="mottagning")


class Account(Record):
    """Who somebody is to git: the e-mail addresses they commit under, and their accounts on the server."""

    person: Id
    emails: tuple[Line, ...] = Field(default=(), alias="e-post")
    accounts: tuple[Line, ...] = Field(default=(), alias="konto")


class Guardianship(Period):
    """A guardian's custody of a pupil."""

    person: Id


class Protection(Period):
    """Protected personal data (DOMAIN 2.4)."""

    kind: Literal["sekretessmarkering", "skyddad folkbokföring", "fingerade uppgifter"] = Field(alias="slag")


class Pupil(Record):
    """A pupil as `pupil.yaml` has them."""

    id: Id
    label: Line = Field(alias="barn")
    name: Name = Field(alias="namn")
    enrolled: Period = Field(alias="inskriven")
    guardians: tuple[Guardianship, ...] = Field(alias="vårdnadshavare", min_length=1)
    receiving: Receiving = Field(alias="mottagning")
    literate_from: Day | None = Field(default=None, alias="skrivkunnig_från")
    protections: tuple[Protection, ...] = Field(default=(), alias="skyddade_personuppgifter")

    def guardians_on(self, day: date) -> tuple[str, ...]:
        """Return the guardians of a day, in the order of the file."""
        return tuple(tie.person for tie in self.guardians if tie.covers(day))

    def guardians_ever(self) -> tuple[str, ...]:
        """Return all who are or were guardians, in the order of the file. Gives no right: that takes a day."""
        return tuple(tie.person for tie in self.guardians)

    def is_literate(self, day: date) -> bool:
        """Say whether the pupil writes for themself on a day (FAQ: the guardian's right to alter ends then)."""
        return self.literate_from is not None and self.literate_from <= day

    def is_protected(self, day: date) -> bool:
        """Say whether any protection holds on a day."""
        return any(protection.covers(day) for protection in self.protections)

    def has_new_identity(self, day: date) -> bool:
        """Say whether the pupil has another name than before, and nothing may reveal that both are one person."""
        return any(p.kind == "fingerade uppgifter" and p.covers(day) for p in self.protections)


class Registered(Record):
    """A person in the office's register; never in the teachers' repository."""

    id: Id
    personnummer: Line | None = None
    address: Text | None = Field(default=None, alias="adress")
    protected_address: YesNo = Field(default=False, alias="skyddad_adress")
