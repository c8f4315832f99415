"""Make the masked copy and the decision as finished files (PDF/A), and search each before anybody gets it.

In: views, the texts that were withheld, and a day. Out: the bytes of a PDF, or `LeakError`. Both files are set from
what is left after masking. Nothing is ever covered in or removed from a finished file. Beside each file a blank is set:
the same document without the pupil's texts, reduced by a list of what may stay. So the search can tell the program's
own words from the pupil's without trusting `mask`. Writes nothing and decides nothing.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from iup.documents import leak_check
from iup.documents.html import Renderer
from iup.documents.pdf import archival
from iup.errors import LeakError
from iup.view.letter_types import DecisionView, GroundView, MaskedRow
from iup.view.types import (
    AssessmentView,
    CommentView,
    CopyView,
    EntryView,
    FieldView,
    GoalView,
    MoveView,
    OfficeView,
    PlanView,
    ReadingView,
    SectionView,
    canonical,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from iup.documents.assets import Assets
    from iup.documents.pdf import SetArchival
    from iup.view.types import View

COPY_TITLE, DECISION_TITLE = "Kopia av allmän handling", "Beslut om utlämnande av allmän handling"
# What is the same for every pupil, or tells no more than that something was written on a day. All else is blank.
_STAYS: dict[type, frozenset[str]] = {
    CopyView: frozenset({"municipality", "number", "day", "marks", "document", "labels"}),
    PlanView: frozenset(
        {"municipality", "board", "title", "kind", "year", "term", "state", "booked", "held", "note", "form"}
        | {"public_documents", "kept_term", "made_final", "document", "labels"}
    ),
    SectionView: frozenset({"id", "title", "intro", "kind", "read_by"}),
    FieldView: frozenset({"id", "label", "help", "read_by"}),
    EntryView: frozenset({"day"}),
    AssessmentView: frozenset({"day"}),
    GoalView: frozenset({"step"}),
    MoveView: frozenset({"step", "day"}),
    CommentView: frozenset({"day"}),
    ReadingView: frozenset({"day"}),
    OfficeView: frozenset({"name", "address", "phone", "email", "hours"}),
    DecisionView: frozenset(known.name for known in fields(DecisionView)) - {"reason", "rows"},
    MaskedRow: frozenset({"term", "place", "mark"}),
    GroundView: frozenset(known.name for known in fields(GroundView)),
}
# Roles that may stand for anybody; other titles are a person's own.
_ROLES = ("eleven", "vårdnadshavare", "personal", "hemmet", "Någon i hemmet")


class CopyRenderer:
    """Renders copies and decisions as PDF; style sheets are parsed when it is made, which takes a second."""

    def __init__(self, assets: Assets) -> None:
        self._renderer = Renderer(assets)
        self._set: SetArchival = archival(assets)

    def copy(self, view: CopyView, withheld: Sequence[str], kept: Sequence[str], day: date) -> bytes:
        """Return a copy as PDF/A; raise `LeakError` where anything withheld, or anything needless, is in it."""
        return self._searched(view, COPY_TITLE, withheld, (*kept, *_ROLES), day)

    def decision(self, view: DecisionView, withheld: Sequence[str], day: date) -> bytes:
        """Return a decision as PDF/A; raise `LeakError` where a reason quotes what it gives the reason for."""
        return self._searched(view, DECISION_TITLE, withheld, _ROLES, day)

    def _searched(
        self, view: CopyView | DecisionView, title: str, withheld: Sequence[str], kept: Sequence[str], day: date
    ) -> bytes:
        made, empty = self._made(view, title, day), self._made(blank(view), title, day)
        found = leak_check.verify(made, withheld, kept, empty, words=isinstance(view, CopyView))
        if found:
            where = ", ".join(dict.fromkeys(finding.where for finding in found))
            raise LeakError(
                f"{title}: den färdiga filen har något som inte får lämnas ut ({where}); inget lämnas ut",
                "se över vad som behålls och skälen i beslutet; programmet skriver aldrig ut vad det fann",
            )
        return made

    def _made(self, view: View, title: str, day: date) -> bytes:
        mark = sha256(canonical(view)).hexdigest()
        return self._set(self._renderer.printed(view, mark[:8], title), bytes.fromhex(mark)[:16], {}, day)


def blank(view: Any) -> Any:  # noqa: ANN401  any view, and what stands in one
    """Return a view without any text of the pupil's: only what `_STAYS` names is left of any value."""
    stays = _STAYS.get(type(view), frozenset())
    return replace(
        view,
        **{part.name: _emptied(getattr(view, part.name)) for part in fields(view) if part.name not in stays},
    )


def _emptied(value: object) -> object:
    if isinstance(value, str):
        return ""
    if isinstance(value, tuple):
        return tuple(blank(inner) for inner in value if is_dataclass(inner))
    return blank(value) if is_dataclass(value) else value
