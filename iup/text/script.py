r"""What a word is in scripts other than Latin, for patterns: marks that belong to a letter, and words without spaces.

In: nothing. Out: parts of regular expressions. Python's `\w` has no combining marks, so a name in Devanagari would be
read as many words; Thai, Chinese and others have no space between words, so a name in a sentence has no edge; and in
Arabic and Hebrew "and", "to" and "with" are written together with the name.
"""

from __future__ import annotations

import re

from iup.text.invisible import UNSEEN

# Categories Mn and Mc of Latin, Greek, Cyrillic, Hebrew, Arabic, Ethiopic, Thai, the scripts of India and beyond, and
# of signs.
MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    + "".join(
        f"{chr(block + first)}-{chr(block + last)}"
        for block in range(0x900, 0xD80, 0x80)
        for first, last in ((0x00, 0x03), (0x3A, 0x3C), (0x3E, 0x4F), (0x51, 0x57), (0x62, 0x63))
    )
    + "\u0d81-\u0d83\u0dca-\u0ddf\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e"
    "\u135d-\u135f\u17b4-\u17d3\u1dc0-\u1dff\u20d0-\u20f0"
)
# Thai, Lao, Myanmar, Khmer; kana and the signs of Chinese and Japanese.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# A letter with its marks, and a word of such letters, also where something that is not seen divides it.
LETTER = rf"[^\W\d_][{MARKS}]*"
WORD = rf"(?:{LETTER})+(?:[{UNSEEN}]+(?:{LETTER})+)*"
WORD_OR_NUMBER = rf"(?:[^\W_][{MARKS}]*)+"
# What is written together with the word after it: and, so, in, as, to, the; and, the, in, to, from, that, as.
_TOGETHER = "وفبكلהובלמשכ"
_START = rf"(?:(?<![\w{MARKS}])|(?<=\b[{_TOGETHER}]))"
_END = rf"(?![\w{MARKS}])"
_BEFORE = re.compile(rf"\b([{_TOGETHER}])(?=[^\W\d_]{{2}})")
_HAS_UNSPACED = re.compile(f"[{UNSPACED}]")


def is_unspaced(text: str) -> bool:
    """Say whether a text has letters of a script without spaces between words."""
    return _HAS_UNSPACED.search(text) is not None


def has_more_before(word: str) -> bool:
    """Say whether the first letter of a word may be a word of its own."""
    return _BEFORE.match(word) is not None


def apart(text: str) -> str:
    """Return a text in which what is written together with the word after it stands by itself."""
    return _BEFORE.sub(r"\1 ", text)


def start(word: str) -> str:
    """Return the pattern of what may stand before a word: no letter, where its script has spaces between words."""
    return "" if is_unspaced(word[:1]) else _START


def end(word: str) -> str:
    """Return the pattern of what may stand after a word."""
    return "" if is_unspaced(word[-1:]) else _END
