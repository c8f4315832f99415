"""Padded lengths, so that the size of a sealed file tells little about what is in it.

Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019, section 4):
a length keeps only as many leading bits as its exponent has bits, at most 12 % overhead.
"""

from __future__ import annotations


def padme(length: int) -> int:
    """Return the padded length in bytes for a length in bytes."""
    if length < 2:  # noqa: PLR2004  the formula needs a logarithm of at least one
        return length
    exponent = length.bit_length() - 1
    dropped = exponent - exponent.bit_length()
    mask = (1 << dropped) - 1
    return (length + mask) & ~mask
