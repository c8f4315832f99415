"""What the office signs: that these changes of one pupil's plan and goals are what somebody has said.

In: changes as `changes` finds them, and what they belong to. Out: the bytes to sign, and the trailers of the commit
that carries them. The statement is stored nowhere. The hook works it out again from the commit and its parent, so that
it holds for a commit that was rebased, and for no other change, pupil, reply or municipality. Signs and verifies
nothing.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING

from iup.model.plan import Goal
from iup.policy.changes import ChangeKind, content
from iup.policy.place_keys import FieldKey, GoalKey, goal_part

if TYPE_CHECKING:
    from datetime import date

    from iup.policy.changes import Change

_VERSION = 2  # 1 did not sign by which channel a reply came, and who took it in
_KEY_VERSION = 1


class StatementKind(StrEnum):
    """What a signed commit brings, which is the beginning of its trailers too."""

    REPLY = "svar"
    CORRECTION = "rättelse"


@dataclass(frozen=True)
class SignedChanges:
    """Changes of one pupil's that the office vouches for, on the day it did.

    `identity` is the id of the reply or the correction, and stands once in a history. `reason` is a correction's,
    `channel` and `receiver` are a reply's: how it came, and who took it in. `pupil` is empty where nothing was changed.
    """

    kind: StatementKind
    municipality: str
    identity: str
    sender: str
    day: date
    pupil: str
    changes: tuple[Change, ...]
    reason: str = ""
    channel: str = ""
    receiver: str = ""

    @property
    def payload(self) -> bytes:
        """What is signed: the same bytes for the same changes, whatever stands around them."""
        rows = sorted((_row(change) for change in self.changes), key=_canonical)
        return _canonical(
            {
                "version": _VERSION,
                "slag": self.kind.value,
                "kommun": self.municipality,
                "id": self.identity,
                "avsändare": self.sender,
                "dag": self.day.isoformat(),
                "elev": self.pupil,
                "skäl": self.reason,
                "kanal": self.channel,
                "mottagare": self.receiver,
                "ändringar": rows,
            }
        )


def key_payload(municipality: str, fingerprint: str, certificate: bytes, begins: date) -> bytes:
    """Return what the office's former signing key signs about the new one."""
    return _canonical(
        {
            "version": _KEY_VERSION,
            "slag": "nyckel",
            "kommun": municipality,
            "nyckel": fingerprint,
            "sha256": sha256(certificate).hexdigest(),
            "från": begins.isoformat(),
        }
    )


def _row(change: Change) -> dict[str, str]:
    return {
        "plats": _place(change),
        "före": _before(change),
        "efter": content(change.new),
        "av": change.author,
        "åt": change.on_behalf,
        "datum": change.day.isoformat() if change.day else "",
    }


def _place(change: Change) -> str:
    """Return the name of a place, which is the same however much others have written beside it meanwhile."""
    match change.what:
        case ChangeKind.ENTRY:
            return str(FieldKey(change.name))
        case ChangeKind.STEP:
            return str(GoalKey(change.name, goal_part(change.key)))
        case _:
            return change.key


def _before(change: Change) -> str:
    """Return what stood in a place; before a step of a goal, the step that was the last."""
    if change.what is ChangeKind.STEP and isinstance(change.within, Goal):
        return content(change.within.course[-1])
    return content(change.old)


def _canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


# --- the lines of the commit

REPLY_LINES = ("Svar-Id", "Svar-Avsändare", "Svar-Kanal", "Svar-Mottagare", "Svar-Dag", "Svar-Underskrift")
CORRECTION_LINES = ("Rättelse-Id", "Rättelse-Av", "Rättelse-Skäl", "Rättelse-Dag", "Rättelse-Underskrift")
IDENTITIES = {StatementKind.REPLY: REPLY_LINES[0], StatementKind.CORRECTION: CORRECTION_LINES[0]}
_LINE = re.compile(r"(?P<name>[^\s:]+): (?P<value>\S+)")
# What looks like one of the lines to a person, or to git, which knows no case: it is one, or it is refused.
_LIKE = re.compile(r"[\W_]*(svar|rättelse|rattelse)\s*[-\u00ad\u2010-\u2015\u2212]\s*\w+\s*:")


def mark(identity: str) -> str:
    """Return what is kept of an id when the history that has it goes: enough to know it again, and no more."""
    return sha256(identity.encode()).hexdigest()[:20]


def looks_signed(message: str) -> bool:
    """Say whether any line of a message could be taken for one of the office's, wherever it stands."""
    return any(map(_is_like, message.splitlines()))


def lines(names: tuple[str, ...], *values: str) -> str:
    """Return the office's lines as they end a message."""
    return "".join(f"{name}: {value}\n" for name, value in zip(names, values, strict=True))


def read_lines(message: str, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return what the office's lines say; None where they are not exactly those, once each, last and in order."""
    said = message.rstrip("\n").rpartition("\n\n")[2].split("\n")
    found = [match for line in said if (match := _LINE.fullmatch(line))]
    if tuple(match["name"] for match in found) != names or len(said) != len(names):
        return None
    if sum(map(_is_like, message.splitlines())) != len(names):
        return None
    return tuple(match["value"] for match in found)


def _is_like(line: str) -> bool:
    return _LIKE.match(unicodedata.normalize("NFKC", line).casefold()) is not None
