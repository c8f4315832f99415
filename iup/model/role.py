"""Roles: what somebody is to a pupil, by relation; and the conditions that a right can depend on."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A relation to a pupil, or for the nämnd to the municipality, in the words that `policies/` uses."""

    PUPIL = "eleven"
    GUARDIAN = "vårdnadshavare"
    MENTOR = "mentor"
    TEACHER = "undervisar"
    SUBJECT_TEACHER = "undervisar_ämnet"
    PRINCIPAL = "rektor"
    AUTHOR = "skribenten"
    SELF = "personen själv"
    CLASSMATE = "klasskamrat"
    CLASSMATE_GUARDIAN = "klasskamrats vårdnadshavare"
    REGISTRAR = "expeditionen"
    BOARD = "nämnden"


class Condition(StrEnum):
    """What must hold about the pupil on the day for a right to hold."""

    NOT_LITERATE = "ej skrivkunnig"
    LITERATE = "skrivkunnig"
    NOT_PROTECTED = "ej skyddad"
