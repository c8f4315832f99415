"""What waits for a person's decision: a reply, opened and judged, or something that no program can take in.

In: a record of the store, and what was found when it was opened. Out: a `Waiting`, with what there is to say and to do.
Decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iup.model.reply import ArrivalKind, ReplyChannel
from iup.office.replies.verdict import ValueVerdict

if TYPE_CHECKING:
    from iup.model.reply import ReceivedReply
    from iup.office.replies.reply import Reply
    from iup.office.replies.verdict import ValidatedValue

_NEEDS_EYES = frozenset({ReplyChannel.PDF})
_TYPE_IN = "läs den; är det ett svar skrivs det in med receive --type-in, och sedan receive --handled"
_WHAT_TO_DO = {
    ArrivalKind.LETTER: "läs brevet (receive --show); är det ett svar skrivs det in med receive --type-in",
    ArrivalKind.PICTURE: _TYPE_IN,
    ArrivalKind.DOCUMENT: _TYPE_IN,
    ArrivalKind.OUTLOOK: "öppna den i Outlook, spara det som är bifogat och lägg det i inkorgen",
    ArrivalKind.TNEF: "be avsändaren skicka filen som vanlig bilaga; Outlook har packat in den",
    ArrivalKind.ARCHIVE: "packa upp den, eller be avsändaren skicka filerna som de är",
    ArrivalKind.OTHER: "se efter vad det är; är det ett svar skrivs det in med receive --type-in",
}


@dataclass(frozen=True)
class Waiting:
    """A reply that waits: opened and judged, or why it cannot be."""

    record: ReceivedReply
    reply: Reply | None = None
    judged: tuple[ValidatedValue, ...] = ()
    fault: str = ""

    @property
    def faults(self) -> tuple[str, ...]:
        """What there is to say of the clock of the sender's device, and of the file."""
        found = (self.reply.clock_fault, self.reply.file_fault) if self.reply else ()
        return tuple(filter(None, found))

    @property
    def what_to_do(self) -> str:
        """What to do with what is no reply."""
        return _WHAT_TO_DO[self.record.kind] if self.record.kind else ""

    @property
    def is_plain(self) -> bool:
        """Say whether it may be taken in before a person has looked at it."""
        return (
            self.reply is not None
            and self.reply.channel not in _NEEDS_EYES
            and any(one.verdict is ValueVerdict.FINE for one in self.judged)
            and all(one.verdict in (ValueVerdict.FINE, ValueVerdict.KNOWN) for one in self.judged)
        )


def fault_of(judged: tuple[ValidatedValue, ...]) -> str:
    """Say why nothing of a reply can be taken in, whoever decides."""
    if not judged:
        return "inget fält är ifyllt"
    known = all(one.verdict is ValueVerdict.KNOWN for one in judged)
    return "allt i svaret är redan infört" if known else ""
