"""Which way a text is read, and how one that is drawn from the right is read again.

In: a text. Out: whether it begins from the right (Unicode's bidirectional algorithm, rules P2 and P3), and the orders
in which the letters of a drawn line may have been meant.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_FIRST = "\u0590"  # before it no letter is read from the right
_STRONG = {"L": False, "R": True, "AL": True}
_RIGHT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff"
# Inside a text from the right, numbers and words of letters from the left keep their own order.
_KEPT = re.compile(rf"[^\W{_RIGHT}](?:[^\w{_RIGHT}]*[^\W{_RIGHT}])*")
_STRETCH = re.compile(rf"[{_RIGHT}](?:[^A-Za-z\u00c0-\u058f]*[{_RIGHT}])?")


def from_right(text: str) -> bool:
    """Say whether a text's first letter with a direction is one that is read from the right."""
    if not text or max(text) < _FIRST:
        return False
    classes = map(unicodedata.bidirectional, text)
    return next((_STRONG[one] for one in classes if one in _STRONG), False)


def has_right(text: str) -> bool:
    """Say whether a text has a letter that is read from the right."""
    return bool(text) and max(text) >= _FIRST and any(map(_is_right, set(text)))


def as_read(line: str) -> Iterator[str]:
    """Yield a drawn line as it may be read: the whole of it from the right, and only its stretches of such letters."""
    yield _turned(line)
    yield _STRETCH.sub(lambda stretch: _turned(stretch[0]), line)


def _is_right(character: str) -> bool:
    return _STRONG.get(unicodedata.bidirectional(character), False)


def _turned(text: str) -> str:
    return _KEPT.sub(lambda kept: kept[0][::-1], text[::-1])
