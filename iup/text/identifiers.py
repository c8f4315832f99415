"""How personnummer, telephone numbers, e-mail addresses and street addresses are written in running text.

In: a text, or a number. Out: patterns that find what looks like one, and the ways in which one may be written. Does not
ask whose it is, or whether it exists: a check digit may be wrong.
"""

from __future__ import annotations

import re

# Hyphens and dashes as Word, PDF and telephones put them.
_HYPHENS = "\u2010-\u2015\u2212"
_SAME_SIGN = str.maketrans(
    {**dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"), "\u00a0": " ", "\u202f": " "}
)
_BORN = r"(?<!\d)(?:19|20)?\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01]|[6-8]\d|9[01])"
# What a school or a region lends to who has no number of their own: TF and two digits, or a letter and three.
_LENT = r"(?:TF\d{2}|[JKLMNRSTUWX]\d{3})(?!\w)"
# A personnummer or a samordningsnummer, whether its check digit is right or not, or a number in the place of one.
PERSONNUMMER = re.compile(rf"{_BORN}[-+ \u00a0\u202f{_HYPHENS}]?(?:\d{{4}}(?!\d)|{_LENT})")
# In bytes every ten digits are looked at, without their century; whether they are one, who searches asks.
TEN_DIGITS = re.compile(
    rb"(?<!\d)(?:19|20)?(\d{6})(?:[-+ ]|\xe2\x80[\x90-\x95\xaf]|\xe2\x88\x92|\xc2\xa0)?(\d{4})(?!\d)"
)
EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
STREET = re.compile(
    r"[A-ZÅÄÖ][\w-]*(?:vägen|gatan|gränden?|stigen|torget|allén|backen|plan|väg|gata|stig|liden)s? \d+(?: ?[A-Za-z]\b)?"
    r"|\b\d{3} ?\d{2} [A-ZÅÄÖ][a-zåäö]+"
)
# A Swedish telephone number. Several in a row are found as one: cut off after so many digits, the rest of the second
# would be none. White space may be of any kind, and a line end too; what is told by its sign is a personnummer.
_SPACE = "[ \\t\u00a0\u2007\u2009\u202f/\u2010-\u2013\u2212-]{0,3}"
_GAP = rf"{_SPACE}(?:\n{_SPACE})?(?:\(0\){_SPACE})?"
_PREFIX = r"(?:\((?:\+46|0046|0\d{1,3})\)|\+46|0046|0)"
PHONE = re.compile(
    rf"(?<!\d)(?<!\d-)(?!{_BORN}[-+{_HYPHENS}]\d{{4}}(?!\d))"
    rf"{_PREFIX}{_GAP}\d{{1,3}}(?:{_GAP}\d{{2,4}}){{2,}}(?!\d)"
)
_ABROAD = re.compile(r"\(?(?:\+|00)46\)?")
_TEN = 10  # digits of a personnummer without its century
_DAY = 6  # of them before the sign


def last_ten(number: str) -> str:
    """Return the digits of a personnummer without its century, as many as there are."""
    return "".join(filter(str.isdecimal, number))[-_TEN:]


def personnummer_forms(number: str) -> tuple[str, ...]:
    """Return the ways in which people write a personnummer, without its century; digits alone come first."""
    digits = last_ten(number)
    return tuple(f"{digits[:_DAY]}{sign}{digits[_DAY:]}" for sign in ("", "-", "+", " ")) if len(digits) > _DAY else ()


def plain_sign(text: str) -> str:
    """Return a text with the usual hyphen and space for those that only look like them."""
    return text.translate(_SAME_SIGN)


def phone_digits(number: str) -> str:
    """Return a telephone number's digits as they are dialled in Sweden: 0 stands for the country code."""
    plain = number.strip().replace("(0)", "")
    abroad = _ABROAD.match(plain)
    return "".join(filter(str.isdecimal, f"0{plain[abroad.end() :]}" if abroad else plain))


def contact_forms(text: str) -> tuple[str, ...]:
    """Return the ways in which an e-mail address or a telephone number may be written."""
    digits = "".join(filter(str.isdigit, text))
    return tuple({text, "".join(text.split()), *({digits} if text and "@" not in text else ())} - {""})
