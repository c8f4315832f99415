"""The office's list of pupils of whom nothing may be destroyed for now. Committed; a reason, never a text.

    OFFICE/holds/<number>.yaml   a `Hold`

A hold that is released stays in the list with its last day, until the pupil is purged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iup.errors import UsageError
from iup.keys.keyring import record
from iup.model.retention import Hold
from iup.site import decode, strict_yaml
from iup.site.paths import HOLDS
from iup.system import files
from iup.system.git import own_repository
from iup.text import digits

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from iup.model.retention import Reason


@dataclass(frozen=True)
class Holds:
    """The holds of one office."""

    root: Path

    def all(self) -> tuple[Hold, ...]:
        """Return every hold in order of number; raise `BrokenSealError` for one that cannot be read."""
        return tuple(self._read(number) for number in self._numbers())

    def add(self, pupil: str, reason: Reason, day: date) -> Hold:
        """Put a hold on a pupil; once this returns, no purge deletes them."""
        number = max(self._numbers(), default=0) + 1
        made, _ = decode.decode(
            Hold, {"number": number, "elev": pupil, "skäl": reason.value, "från": day.isoformat()}, HOLDS
        )
        if made is None:
            raise UsageError("ett id är en liten bokstav a–z följd av fyra tecken a–z eller 0–9")
        self._write(made)
        return made

    def release(self, number: int, day: date) -> Hold:
        """End a hold."""
        if number not in self._numbers():
            raise UsageError("det finns ingen spärr med det numret", "retain hold list visar dem som finns")
        held = self._read(number)
        if held.released is not None:
            raise UsageError("spärren är redan hävd", "retain hold list visar dem som finns")
        made = held.model_copy(update={"released": day})
        self._write(made)
        return made

    def _write(self, hold: Hold) -> None:
        values = decode.encode(hold, without=("number",))
        files.write_whole(
            files.private_directory(self.root / HOLDS) / f"{hold.number}.yaml", strict_yaml.written(values)
        )
        own_repository.commit_folder(self.root, HOLDS, "spärr")

    def _numbers(self) -> list[int]:
        found = (self.root / HOLDS).glob("*.yaml")
        return sorted(filter(None, (digits.number(path.stem) for path in found)))

    def _read(self, number: int) -> Hold:
        path = self.root / HOLDS / f"{number}.yaml"
        return record(Hold, path, {"number": number}, f"spärr {number}", "hämta tillbaka filen med git")
