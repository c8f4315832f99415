"""The lines of a commit that brings what the office has signed, as values.

In: a commit. Out: what its lines say, or None where they are not exactly as the office's commands write them. Judges
nothing of what they say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from iup.model.reply import ReplyChannel
from iup.policy.change_statement import CORRECTION_LINES, REPLY_LINES, read_lines
from iup.policy.correction import CorrectionReason

if TYPE_CHECKING:
    from enum import StrEnum

    from iup.system.git.history import Commit

_IDENTITY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class ReplyLines:
    """The lines of a reply's commit."""

    identity: str
    sender: str
    channel: str
    receiver: str
    day: date
    signature: str

    @classmethod
    def read(cls, commit: Commit) -> ReplyLines | None:
        """Read them from a message; None where they are not as `receive` writes them."""
        said = _read(commit, REPLY_LINES, ReplyChannel)
        if said is None:
            return None
        (identity, sender, channel, receiver, _, signature), day = said
        return cls(identity, sender, channel, receiver, day, signature)


@dataclass(frozen=True)
class CorrectionLines:
    """The lines of a correction's commit."""

    identity: str
    who: str
    reason: str
    day: date
    signature: str

    @classmethod
    def read(cls, commit: Commit) -> CorrectionLines | None:
        """Read them from a message; None where they are not as `finalise --correct` writes them."""
        said = _read(commit, CORRECTION_LINES, CorrectionReason)
        if said is None:
            return None
        (identity, who, reason, _, signature), day = said
        return cls(identity, who, reason, day, signature)


def _read(commit: Commit, names: tuple[str, ...], words: type[StrEnum]) -> tuple[tuple[str, ...], date] | None:
    """Return what lines say, and their day; the first is an id, the third one of some words, the last but one a day."""
    said = read_lines(commit.message, names)
    if said is None or not _IDENTITY.fullmatch(said[0]):
        return None
    try:
        words(said[2])
        return said, date.fromisoformat(said[-2])
    except ValueError:
        return None
