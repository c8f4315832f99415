"""How personnummer, telephone numbers, e-mail addresses and street addresses are written in running text.

In: a text, or a number. Out: patterns that find what looks like one, and the ways in which one may be written. Does not
ask whose it is, or whether it exists: a check digit may be wrong.
"""

from __future__ import annotations

import re

# A personnummer or a samordningsnummer, whether its check digit is right or not.
PERSONNUMMER = re.compile(r"(?<!\d)(?:19|20)?\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01]|[6-8]\d|9[01])[-+ ]?\d{4}(?!\d)")
# In bytes every ten digits are looked at, without their century; whether they are one, who searches asks.
TEN_DIGITS = re.compile(rb"(?<!\d)(?:19|20)?(\d{6})[-+ ]?(\d{4})(?!\d)")
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
STREET = re.compile(
    r"[A-ZÅÄÖ][\w-]*(?:vägen|gatan|gränden?|stigen|torget|allén|backen|plan|väg|gata|stig|liden)s? \d+(?: ?[A-Za-z]\b)?"
    r"|\b\d{3} ?\d{2} [A-ZÅÄÖ][a-zåäö]+"
)
_TEN = 10  # digits of a personnummer without its century
_DAY = 6  # of them before the sign


def last_ten(number: str) -> str:
    """Return the digits of a personnummer without its century, as many as there are."""
    return "".join(filter(str.isdecimal, number))[-_TEN:]


def personnummer_forms(number: str) -> tuple[str, ...]:
    """Return the ways in which people write a personnummer, without its century; digits alone come first."""
    digits = last_ten(number)
    return tuple(f"{digits[:_DAY]}{sign}{digits[_DAY:]}" for sign in ("", "-", "+", " ")) if len(digits) > _DAY else ()


def contact_forms(text: str) -> tuple[str, ...]:
    """Return the ways in which an e-mail address or a telephone number may be written."""
    digits = "".join(filter(str.isdigit, text))
    return tuple({text, "".join(text.split()), *({digits} if text and "@" not in text else ())} - {""})
