"""The office's signing keys, as the teachers' repository tells of them: which key holds for which days."""

from __future__ import annotations

from pydantic import Field

from iup.model.base import Fingerprint, Period, Record


class SigningPeriod(Period):
    """The days on which the office signs with a key; the last of them has no end yet."""

    key: Fingerprint = Field(alias="nyckel")


class SigningPeriods(Record):
    """`signing.yaml`; the newest key stands last."""

    keys: tuple[SigningPeriod, ...] = Field(alias="nycklar", min_length=1)
