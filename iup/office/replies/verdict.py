"""What is to become of a value in a reply, and why.

In: nothing. Out: the verdicts there are, and a value with the one it got. Judges nothing: that is `validate`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from iup.model.base import Text
from iup.office.replies.write import PlacedValue
from iup.policy import place_keys
from iup.policy.place_keys import AssessmentKey, FieldKey

if TYPE_CHECKING:
    from iup.office.replies.reply import Value
    from iup.policy.writable import WritablePlace

_TEXT: TypeAdapter[str] = TypeAdapter(Text)


class ValueVerdict(StrEnum):
    """What happens to a value unless the person who receives it says otherwise."""

    FINE = "förs in"
    KNOWN = "redan infört"
    STALE = "ändrat sedan"
    REFUSED = "förs inte in"


@dataclass(frozen=True)
class ValidatedValue:
    """A value with what stands in its place now, and its verdict.

    `note` tells of characters that nobody sees and that were dropped. `reason_for_sender` may quote the sender's word.
    `shown` is what the sender's file shows in the place, where that is another text. `asked` says that the sender was
    asked for it, so that their own words may be shown to them again also where the place has closed.
    """

    key: str
    label: str
    value: Value
    now: str
    verdict: ValueVerdict
    reason: str
    place: WritablePlace | None = None
    several: bool = False
    note: str = ""
    after: str = ""
    shown: str = ""
    asked: bool = True

    @property
    def replaces(self) -> bool:
        """Whether the value takes the place of what stands there, rather than being added."""
        return isinstance(place_keys.parse(self.key), FieldKey | AssessmentKey)

    @property
    def own_words(self) -> str | None:
        """Return what the sender wrote as it may be shown to them again; None for a tick and for what is no text."""
        if not self.asked or not isinstance(self.value, str):
            return None
        try:
            return _TEXT.validate_python(self.value)
        except ValidationError:
            return None

    @property
    def reason_for_sender(self) -> str:
        """Return the reason as whoever wrote the value is told it: with the word before the character it is about."""
        return f"{self.reason}; det står efter ordet ”{self.after}”" if self.after else self.reason

    @property
    def as_text(self) -> str:
        """Return the verdict with what there is to say of it."""
        why = "; ".join(filter(None, (self.reason, self.note)))
        return f"{self.verdict}: {why}" if why else self.verdict

    @property
    def told(self) -> dict[str, str | None]:
        """Return the verdict as values to print, without what was written; `note` only where there is one."""
        said = {"key": self.key, "verdict": self.verdict.value, "reason": self.reason or None}
        return {**said, "note": self.note} if self.note else said

    @property
    def written(self) -> PlacedValue | None:
        """Return the value for its place, where there is one."""
        return PlacedValue(self.place, self.value, self.several) if self.place else None
