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
    from iup.system.git.history import Commit

_IDENTITY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class ReplyLines:
    """The lines of a reply's commit."""

    identity: str
    sender: str
    receiver: str
    day: date
    signature: str

    @classmethod
    def read(cls, commit: Commit) -> ReplyLines | None:
        """Read them from a message; None where they are not as `receive` writes them."""
        said = read_lines(commit.message, REPLY_LINES)
        if said is None:
            return None
        identity, sender, channel, receiver, day, signature = said
        try:
            moment, _ = date.fromisoformat(day), ReplyChannel(channel)
        except ValueError:
            return None
        return cls(identity, sender, receiver, moment, signature) if _IDENTITY.fullmatch(identity) else None


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
        said = read_lines(commit.message, CORRECTION_LINES)
        if said is None:
            return None
        identity, who, reason, day, signature = said
        try:
            moment, _ = date.fromisoformat(day), CorrectionReason(reason)
        except ValueError:
            return None
        return cls(identity, who, reason, moment, signature) if _IDENTITY.fullmatch(identity) else None
