"""The office's word that a reply's changes are its sender's: the signature, and the message of the commit that has it.

In: a reply that is taken in, the pupil's plan and goals before and after it, and the office's key. Out: a commit
message. Writes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.policy.change_statement import REPLY_LINES, SignedChanges, StatementKind, lines
from iup.policy.changes import changes
from iup.seal import openpgp
from iup.system.git.signatures import to_line

if TYPE_CHECKING:
    from datetime import date

    from iup.office.replies.reply import Reply
    from iup.policy.changes import Records
    from iup.seal.openpgp import Signer


def message(
    reply: Reply, states: tuple[Records, Records], municipality: str, received: tuple[str, date], signer: Signer
) -> str:
    """Return the message of a reply's commit, signed for its changes; `received` is by whom, and on which day."""
    receiver, day = received
    found = changes(*states)
    pupil = reply.pupil if found else ""
    signed = SignedChanges(
        *(StatementKind.REPLY, municipality, reply.id, reply.sender, day, pupil, found),
        channel=reply.channel.value,
        receiver=receiver,
    )
    signature = to_line(openpgp.sign(signed.payload, signer))
    said = (reply.id, reply.sender, reply.channel.value, receiver, day.isoformat(), signature)
    return f"svar: {reply.id}\n\n{lines(REPLY_LINES, *said)}"
