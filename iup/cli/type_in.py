"""Type in what a home has written on a return form, place by place.

In: a session with the inbox, and answers at a terminal or piped in. Out: the id of the reply, kept in the office like
any other. Does not judge what was written.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from iup.cli.questions import typed, wanted
from iup.errors import UsageError
from iup.model.reply import ReplyChannel
from iup.office.replies import reply
from iup.office.replies.inbox import InboxItem
from iup.policy import writable
from iup.policy.writable import PlaceKind
from iup.system import clock
from iup.text import digits

if TYPE_CHECKING:
    from iup.office.replies.receive import Reception
    from iup.office.replies.reply import Value
    from iup.policy.writable import WritablePlace


def type_in(sitting: Reception) -> str:
    """Ask for what stands on a return form, place by place, keep it, and return its id."""
    sender = wanted("Vem har svarat? (id)")
    pupil = wanted("Om vilken elev? (id)")
    places = writable.places(sitting.school, sitting.policy, sender, pupil, sitting.day)
    if not places:
        raise UsageError("den personen får inte skriva något om den eleven i dag")
    version = wanted("Version på pappret (XXXX-XXXX)").upper()
    values: dict[str, Value] = {}
    for number, place in enumerate(places, 1):
        value = _value(number, place)
        if value:
            values[place.key] = value
    data = reply.typed(secrets.token_hex(16), sender, pupil, version, values.items())
    return sitting.take(InboxItem("", data), clock.now(), ReplyChannel.PAPER)[0]


def _value(number: int, place: WritablePlace) -> Value:
    """Return what stands in one place of the form: text, one of the choices, a tick, or nothing."""
    if place.kind is PlaceKind.TICK:
        return (typed(f"F{number} {place.label} (x om det är kryssat, annars tomt)") or "").lower() == "x"
    if place.kind is PlaceKind.CHOICE:
        told = ", ".join(f"{n} {word}" for n, word in enumerate(place.words, 1))
        said = typed(f"F{number} {place.label} ({told}; tomt om inget)") or ""
        choice = digits.number(said) or 0
        return place.choices[choice - 1] if 0 < choice <= len(place.choices) else said
    if place.kind is PlaceKind.LINE:
        return typed(f"F{number} {place.label} (tomt om inget)") or ""
    lines: list[str] = []
    question = f"F{number} {place.label} (avsluta med en ensam punkt; bara en punkt om inget)"
    while (line := typed(question)) is not None and line != ".":
        lines.append(line)
        question = "…"
    return "\n".join(lines).strip()
