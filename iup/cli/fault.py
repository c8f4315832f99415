"""What a page that is served says on the terminal when the program has a fault."""

from __future__ import annotations

import traceback

from iup.cli import output


def told(error: Exception) -> None:
    """Say where the program has a fault; only places, since the texts of exceptions quote what they choked on."""
    if isinstance(error, ConnectionError | TimeoutError):
        return  # a browser that went away
    output.line(f"fel: programmet har ett fel ({type(error).__name__})")
    for place in traceback.extract_tb(error.__traceback__):
        output.line(f"  {place.filename}:{place.lineno} {place.name}")
