"""The office's register of requests to see a pupil's plans: one folder each, numbered as they come.

    OFFICE/requests/<n>/request.yaml   the request
    OFFICE/requests/<n>/decision.yaml  the decision on it (`decision_file`)
    OFFICE/requests/<n>/spans.pgp      what its maskings quote, sealed to the office's key
    OFFICE/requests/register.yaml      a line for each request that is closed; it stays when the request is purged

A request is written whole and committed at once. What a killed run left is committed by the next. Nothing is refused
here: an unknown pupil, a term that does not exist, a pupil whose data are protected and a request like an earlier one
are all taken in, and the review finds out. Never asks who or why, and has no room for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from iup.errors import BrokenSealError, UsageError
from iup.keys.keyring import record
from iup.model.disclosure import Request, RequestChannel, RequestState
from iup.site import decode, paths, strict_yaml
from iup.system import files
from iup.system.git import own_repository
from iup.text import digits

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

REQUEST = "request.yaml"
_NOT_YET = tuple(f":(exclude,glob){paths.REQUESTS}/{pattern}" for pattern in ("*/*decision.yaml*", "**/.*", "**/.*/**"))
_MOMENT = "%Y-%m-%d %H:%M"


@dataclass(frozen=True)
class Arrival:
    """What is known when a request comes: when, by which channel, whose plans, which terms (none given: all)."""

    moment: datetime
    channel: RequestChannel
    pupil: str = ""
    terms: tuple[str, ...] = ()
    referred_by: str = ""
    referred: datetime | None = None


@dataclass(frozen=True)
class Register:
    """The requests of one office."""

    root: Path

    def folder(self, number: int) -> Path:
        """Return where everything about a request lies."""
        return self.root / paths.request_folder(number)

    def all(self) -> tuple[Request, ...]:
        """Return every request in order of number; raise `BrokenSealError` for one that cannot be read."""
        return tuple(self._read(number) for number in self._numbers())

    def one(self, number: int) -> Request:
        """Return a request; raise `UsageError` where there is none of that number."""
        if number not in self._numbers():
            raise UsageError("det finns ingen begäran med det numret", "build.py disclose list visar dem som finns")
        return self._read(number)

    def new(self, arrival: Arrival) -> Request:
        """Register a request under the next number; once this returns it cannot be lost. The office must be locked."""
        self.settle()
        values: dict[str, Any] = {
            "number": max([0, *self._numbers(), *self._answered()]) + 1,
            "inkom": arrival.moment.strftime(_MOMENT),
            "kanal": arrival.channel.value,
            "elev": arrival.pupil or None,
            "terminer": list(arrival.terms),
            "hänvisad_av": arrival.referred_by or None,
            "hänvisad": arrival.referred.strftime(_MOMENT) if arrival.referred else None,
        }
        made, _ = decode.decode(Request, values, REQUEST)
        if made is None:
            raise _unwritten()
        self.write(made)
        return made

    def write(self, request: Request) -> None:
        """Write what is known of a request and commit it."""
        values = {**decode.encode(request, without=("number",)), "terminer": list(request.terms) or "hela"}
        place = files.private_directory(self.folder(request.number)) / REQUEST
        files.write_whole(place, strict_yaml.written(values))
        self.settle()

    def clarify(self, number: int, pupil: str = "", commit: str = "") -> None:
        """Record whose plans a request is about, or which version; raise `UsageError` for a malformed id."""
        request = self.one(number)
        values = decode.encode(request)
        told = {**({"elev": pupil} if pupil else {}), **({"version": commit} if commit else {})}
        clarified, _ = decode.decode(Request, {**values, **told}, REQUEST)
        if clarified is None:
            raise _unwritten()
        self.write(clarified)

    def settle(self, *more: str) -> None:
        """Commit what lies among the requests, and nothing else of the office's; what a killed run left is included.

        A decision is left out unless it is in `more`: while somebody writes it by hand it holds quotes that are not
        sealed yet. So do the backup copies that editors put beside it.
        """
        if (self.root / paths.REQUESTS).is_dir():
            own_repository.commit_paths(self.root, (paths.REQUESTS, *_NOT_YET), "begäran")
        if more:
            own_repository.commit_paths(self.root, more, "begäran")

    def _numbers(self) -> list[int]:
        found = (self.root / paths.REQUESTS).glob(f"*/{REQUEST}")
        return sorted(filter(None, (digits.number(path.parent.name) for path in found)))

    def _answered(self) -> list[int]:
        """Return the numbers in the register: what is purged leaves its line, and its number is nobody else's."""
        return [int(str(row.get("begäran", 0))) for row in self.answered()]

    def answered(self) -> list[dict[str, Any]]:
        """Return the lines of the register of answered requests; raise `BrokenSealError` where it cannot be read."""
        path = self.root / paths.ANSWERED
        try:
            rows = strict_yaml.parse(path.read_bytes()).get("poster") if path.is_file() else ()
        except (*files.MISSING, strict_yaml.StrictYamlError):
            rows = None
        if not isinstance(rows, (list, tuple)) or not all(isinstance(row, dict) for row in rows):
            raise BrokenSealError(f"{paths.ANSWERED} i kontoret går inte att läsa", "hämta tillbaka filen med git")
        return list(rows)

    def without(self, numbers: Iterable[int], day: str, decision: str) -> bytes:
        """Return the register once some requests are purged: their lines say so, and nothing of what they held."""
        rows = {int(str(row.get("begäran", 0))): row for row in self.answered()}
        for number in numbers:
            request = self.one(number)
            known = rows.get(number) or {
                "begäran": number,
                "inkom": request.arrived.date().isoformat(),
                "utfall": request.state.value,
            }
            rows[number] = {**known, "gallrad": day, "gallringsbeslut": decision}
        return strict_yaml.written({"poster": [rows[number] for number in sorted(rows)]})

    def _read(self, number: int) -> Request:
        path = self.folder(number) / REQUEST
        return record(Request, path, {"number": number}, f"begäran {number}", "hämta tillbaka filen med git")


def is_open(request: Request) -> bool:
    """Say whether a request still waits for an answer."""
    return request.state is RequestState.WAITING


def _unwritten() -> UsageError:
    return UsageError(
        "elevens id eller terminen är inte skriven som den ska",
        "ett id är fem tecken, en termin ”HT 2026”; är det oklart vem det gäller: lämna bort ELEV",
    )
