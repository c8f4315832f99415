"""Remove what a decision masks from a view, and put a mark where it stood. Pure: it only removes.

In: a `PlanView` and cuts by place. Out: a `PlanView` that never held what was cut. Quotes are matched with white space
and Unicode normalised and what is not seen left out, so that a quote survives re-wrapping. Knows no law: a mark is a
text, and its width tells the ground and nothing else.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iup.errors import LeakError, RefusedError
from iup.office.disclosure.maskable_places import MaskablePlace, places, with_texts
from iup.text.invisible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from iup.view.types import PlanView


@dataclass(frozen=True)
class Cut:
    """What is removed from a place, each time it stands there (no quote: all of it), and the mark that replaces it."""

    mark: str
    quote: str = ""


def mask(view: PlanView, cuts: Mapping[str, Sequence[Cut]]) -> PlanView:
    """Return the view without what is cut; raise `RefusedError` for a place or a quote that is not there."""
    known = {place.key: place for place in places(view)}
    for key, some in cuts.items():
        for cut in some:
            if key not in known or (cut.quote and not found(known[key].text, cut.quote)):
                raise RefusedError("en maskering stämmer inte med handlingen; inget lämnas ut")
            if cut.quote and known[key].whole:
                raise RefusedError("en maskering gäller en del av något som bara kan maskeras helt; inget lämnas ut")

    def put(place: MaskablePlace) -> str:
        if place.text != known[place.key].text:  # somebody has decided about the other text, not about this one
            raise LeakError("ett ställe i handlingen står för två olika texter; inget lämnas ut")
        return without(place.text, cuts.get(place.key, ()))

    return with_texts(view, put)


def withheld(view: PlanView, cuts: Mapping[str, Sequence[Cut]]) -> tuple[str, ...]:
    """Return every text that is removed, as it stood: a finished copy must not hold any of it in any form."""
    gone: dict[str, None] = {}
    for place in places(view):
        for start, end in _merged([span for cut in cuts.get(place.key, ()) for span in _spans(place.text, cut)]):
            gone[place.text[start:end]] = None
    return tuple(gone)


def without(text: str, cuts: Sequence[Cut]) -> str:
    """Return a text without what is cut; where cuts overlap, all their marks are put in."""
    marked = [(start, end, cut.mark) for cut in cuts for start, end in _spans(text, cut)]
    pieces, at = [], 0
    for start, end in _merged([(start, end) for start, end, _ in marked]):
        marks = dict.fromkeys(mark for first, last, mark in sorted(marked) if start <= first and last <= end)
        pieces += [text[at:start], " ".join(marks)]
        at = end
    return "".join([*pieces, text[at:]])


def found(text: str, quote: str) -> tuple[tuple[int, int], ...]:
    """Return where a quote stands in a text, compared as it is read: start and end, overlapping ones too."""
    read, origin = _as_read(text)
    sought = _as_read(quote)[0].strip()
    spans, at = [], read.find(sought) if sought else -1
    while at >= 0:
        spans.append((origin[at][0], origin[at + len(sought) - 1][1]))
        at = read.find(sought, at + 1)
    return tuple(spans)


def _spans(text: str, cut: Cut) -> tuple[tuple[int, int], ...]:
    return found(text, cut.quote) if cut.quote else ((0, len(text)),)


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _as_read(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return a text in NFC, each run of white space as one space and without unseen characters; and where it was.

    The second part tells for each character of the first the stretch of the given text that it came from.
    """
    read: list[str] = []
    origin: list[tuple[int, int]] = []
    for start, end in _clusters(text):
        piece = unicodedata.normalize("NFC", visible(text[start:end]))
        if not piece:
            if origin:  # it goes with what it stands behind
                origin[-1] = (origin[-1][0], end)
        elif piece.isspace():
            if read and read[-1] == " ":
                origin[-1] = (origin[-1][0], end)
            else:
                read.append(" ")
                origin.append((start, end))
        else:
            read += piece
            origin += [(start, end)] * len(piece)
    return "".join(read), origin


def _clusters(text: str) -> list[tuple[int, int]]:
    """Return the stretches of a text that normalise by themselves: a letter with the marks that belong to it."""
    found: list[tuple[int, int]] = []
    for at, character in enumerate(text):
        if found and not character.isascii() and _joins(text[found[-1][0] : at], character):
            found[-1] = (found[-1][0], at + 1)
        else:
            found.append((at, at + 1))
    return found


def _joins(before: str, character: str) -> bool:
    if unicodedata.combining(character):
        return True
    apart = unicodedata.normalize("NFC", before) + unicodedata.normalize("NFC", character)
    return unicodedata.normalize("NFC", before + character) != apart
