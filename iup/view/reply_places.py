"""Where a reader may answer in a document, and what they have answered, as plain values.

In: the places that `policy.writable` allows, and the replies that the office keeps. Out: what a plan's view carries of
them. Allows nothing itself, and shows a reply to nobody but its sender.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iup.model.reply import ReplyState
from iup.view.types import EchoRow, EchoView, PlaceView

if TYPE_CHECKING:
    from datetime import date

    from iup.model.reply import ReceivedValue
    from iup.model.school import School
    from iup.policy.relations import Standing
    from iup.policy.writable import WritablePlace


def placed(found: tuple[WritablePlace, ...], given: str) -> dict[str, PlaceView]:
    """Return a reader's places by key, numbered in the order of the document; `given` is what the pupil is called."""
    return {
        place.key: PlaceView(
            key=place.key,
            kind=place.kind.value,
            number=f"F{number}",
            label=place.label,
            choices=tuple(zip(place.choices, place.words, strict=True)),
            now=place.now,
            limit=place.limit,
            for_pupil=given if place.for_pupil else "",
        )
        for number, place in enumerate(found, 1)
    }


def echo(school: School, who: Standing) -> tuple[EchoView, ...]:
    """Return the reader's own replies about this pupil that the school has decided this term, newest first."""
    since = _term_began(school, who.day)
    own = [
        reply
        for reply in school.replies_about(who.pupil)
        if who.roles
        and reply.sender == who.reader
        and reply.state in (ReplyState.ACCEPTED, ReplyState.REFUSED)
        and reply.values
        and since <= reply.arrived.date() <= who.day
    ]
    return tuple(
        EchoView(
            day=reply.arrived.date().isoformat(),
            channel=reply.channel.value if reply.channel else "",
            rows=tuple(EchoRow(value.label, _said(value), value.refused or "") for value in reply.values),
        )
        for reply in sorted(own, key=lambda reply: (reply.arrived, reply.id), reverse=True)
    )


def _said(value: ReceivedValue) -> str:
    """Return what was written in a place; nothing where it cannot be shown, and a tick as a word."""
    return value.text or ("" if value.refused else "ja")


def _term_began(school: School, day: date) -> date:
    begun = [term.begins for year in school.municipality.years for term in (year.autumn, year.spring)]
    return max((first for first in begun if first <= day), default=day)
