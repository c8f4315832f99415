"""Numbers as plain digits spell them.

In: a text from outside. Out: its number, or None. What Python itself takes for digits has
every other script in it, and its numbers are of any length.
"""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[0-9]{1,18}")


def number(text: str) -> int | None:
    """Return the whole number that 0–9 alone spell, at most 18 of them; None for any other text."""
    return int(text) if _NUMBER.fullmatch(text) else None
