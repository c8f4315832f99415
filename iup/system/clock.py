"""The only module that reads the time. Everything else is told which day it is."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from iup.errors import UsageError
from iup.text import digits

# School days begin and end by the Swedish clock, wherever the machine stands.
_SWEDEN = ZoneInfo("Europe/Stockholm")


def now() -> datetime:
    """Return the current moment, or SOURCE_DATE_EPOCH where a reproducible run sets it."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch:
        return datetime.now(UTC)
    seconds = digits.number(epoch)
    try:
        if seconds is not None:
            moment = datetime.fromtimestamp(seconds, UTC)
            moment.astimezone(_SWEDEN)  # the last hour of the calendar has no Swedish time
            return moment
    except (OverflowError, ValueError, OSError):
        pass
    raise UsageError("SOURCE_DATE_EPOCH är inte en tid som kalendern har", "ta bort den ur miljön")


def machine_day() -> date:
    """Return the day by the machine's clock, whatever SOURCE_DATE_EPOCH says. gpg ends keys by this one."""
    return datetime.now(UTC).date()


def today() -> date:
    """Return the day it is in Sweden."""
    return now().astimezone(_SWEDEN).date()


def local() -> datetime:
    """Return the moment as a clock on a Swedish wall shows it, to the minute: how people write it."""
    return now().astimezone(_SWEDEN).replace(tzinfo=None, second=0, microsecond=0)
