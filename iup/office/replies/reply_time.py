"""When a reply was written: what the sender's clock said, and what counts.

In: the moment that a page wrote into its reply, the day of the document it answers, and the reply's arrival. Out: the
moment that counts. A clock that cannot be right (past the arrival, or before the document was there) shuts nobody out:
the arrival counts instead, and whoever takes the reply in is told. Does not judge what was written.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from iup.model.reply import ReceivedReply

# As JavaScript's toISOString writes it; a year beyond four digits has a sign and six.
_MADE = re.compile(
    r"(?P<year>[0-9]{4}|[+-][0-9]{6})-(?P<rest>[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?)Z"
)
_FIRST, _LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_CALENDAR = 400  # years after which the days of the calendar come again
_MINUTE = timedelta(minutes=1)  # an arrival is written down to the minute
_EVE = timedelta(days=-1)  # a document may be made the evening before its day


def moment(text: str) -> datetime | None:
    """Return the moment that a page wrote; None for one that no calendar and no clock has.

    A year that no date can hold stands for the first or the last moment: a device may say so.
    """
    match = _MADE.fullmatch(text)
    if match is None:
        return None
    year = int(match["year"])
    try:
        known = datetime.fromisoformat(f"{year % _CALENDAR + _CALENDAR:04d}-{match['rest']}+00:00")
    except ValueError:
        return None
    if _FIRST.year <= year <= _LAST.year:
        return known.replace(year=year)
    return _LAST if year > _LAST.year else _FIRST


def counted(made: str, issued: date, arrived: datetime) -> tuple[str, str]:
    """Return the moment that counts, and what the device said where its clock is wrong.

    `issued` is the day of the document; `arrived` is in UTC and to the minute. No moment at all is left as it is.
    """
    said = moment(made)
    arrival = arrived.replace(tzinfo=UTC)
    begins = min(issued, arrival.date())
    if said is None or (said < arrival + _MINUTE and said.date() - begins >= _EVE):
        return made, ""
    return f"{arrived:%Y-%m-%dT%H:%M:%S}Z", made


def is_later(former: ReceivedReply, made: str, clock: str) -> bool:
    """Say whether a reply that was taken in was written later than one that comes now, as far as the clocks tell.

    `made` and `clock` are of the one that comes now, as `counted` gave them.
    """
    other, own = _moment_of(former), moment(made)
    if other is None or own is None:
        return False
    was, now = moment(former.clock or ""), moment(clock)
    if was and now and was != now and (was < other) == (now < own):
        return was > now  # both ahead or both behind: most likely one device, which knows its own order
    return other >= (own + _MINUTE if clock else own)


def _moment_of(former: ReceivedReply) -> datetime | None:
    """Return when a reply in the store counts as written: never after it came, whatever an earlier version kept."""
    if not former.made:
        return None
    arrival = former.arrived.replace(tzinfo=UTC)
    said = moment(former.made)
    return said if said is not None and said < arrival + _MINUTE else arrival


def fault(clock: str) -> str:
    """Say in one line that a sender's clock is wrong, for whoever takes the reply in; nothing where it is not."""
    shown = clock.partition("T")[0]
    return f"avsändarens klocka går fel (den visade {shown}); tiden då svaret kom gäller" if clock else ""
