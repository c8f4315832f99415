"""What each shipped face is made from: packages with their fingerprints, and which characters each face has.

A character is drawn by the first family of `FAMILIES` that has it: each face is made without what those before it have.
"""

from dataclasses import dataclass
from itertools import chain

# package -> (version, sha256 of what `npm pack` gives; of the one with an underscore, what `pip download` gives)
PACKAGES = {
    "fontpkg_noto_sans": ("2.15", "54016cb4dfbfdd8f0cae3d71a9401a73e786a473debd12f1d79067e349c9a4a3"),
    "source-sans": ("3.52.0", "49cf78ddd79b436591ee696785222b54ff28102922e3d3df297fe382d7fdfa88"),
    "@fontsource/noto-emoji": ("5.3.2", "1fe49bb2cf7c2d78f93c0a69b6a431dcfd0d585b7831eba87fae6888ccf8d373"),
    "@fontsource/noto-sans-arabic": ("5.3.0", "e0a81ade67ce507c9b91546ca3d91332d184a8277fc683440b00896b430856bb"),
    "@fontsource/noto-sans-armenian": ("5.3.0", "ce3b746119f1e728f0b9902287654a8828dd67cc6520139e8745f74779a92713"),
    "@fontsource/noto-sans-devanagari": ("5.3.0", "8d42be0e944481b61e68c7702037d4143e96bf48dbb72d19ea05d0cacc1323d5"),
    "@fontsource/noto-sans-ethiopic": ("5.3.0", "3ac837b13068cbef711c7779d48e4b08291b037dac7d4520c49f3494409da048"),
    "@fontsource/noto-sans-georgian": ("5.3.0", "9aa744e7482a6a7eb8ed8139208d6e430c62c20637c8eff0ce15358f3b5c3e9c"),
    "@fontsource/noto-sans-hebrew": ("5.3.0", "16a70f001f739cbcdaecdf3b164bdee8bb84cb35a8569d6dd9ec82dfcd74c78c"),
    "@fontsource/noto-sans-math": ("5.3.0", "8f6894fffd5863699e279c669d6eae9d3a1218cc9e20aed84efb64a98aee03d8"),
    "@fontsource/noto-sans-symbols": ("5.3.0", "f38047dcf42fcf90e7e9fcd3cb07f6900186d30137b173aa6f63f17d86b30db9"),
    "@fontsource/noto-sans-symbols-2": ("5.3.0", "dd714f47e1ba768274c25d14ac95610ca32e416d70c5455cd11d8995042a4552"),
    "@fontsource/noto-sans-thai": ("5.3.0", "263b3705d8dd9e3a24d267b2a2832d2252c81737f7aa45eec2ae57f87e8ad7aa"),
}


def _spans(*spans: tuple[int, int]) -> frozenset[int]:
    return frozenset(chain.from_iterable(range(first, last + 1) for first, last in spans))


# The page, the field of a form, and the PDF of a plan in Swedish.
PAGE = (
    _spans((0x20, 0x7E), (0xA0, 0x17F))  # Basic Latin, Latin-1 Supplement, Latin Extended-A
    | {0x2011, 0x202F}  # non-breaking hyphen, narrow no-break space
    | {ord(c) for c in "–—‘’‚“”„†•…‰′″‹›€←→−×≤≥½§✓☐☑○◉●"}
)
# A PDF shows what its own font holds, or nothing: names in other alphabets must be there. A browser has more fonts.
PRINT = PAGE | _spans(
    (0x180, 0x24F),  # Latin Extended-B, the Romanian comma below
    (0x300, 0x36F),  # combining marks
    (0x370, 0x3FF),  # Greek
    (0x400, 0x45F),  # Cyrillic
    (0x490, 0x491),  # Ukrainian ghe
    (0x1E00, 0x1EFF),  # Vietnamese and others
)
# Letters and marks only: the family's own pictures are not those of an emoji.
WIDE = (
    PRINT
    | _spans((0x180, 0x52F), (0x1AB0, 0x218F), (0x2190, 0x25FF), (0x2660, 0x266F), (0x2700, 0x27FF))
    | _spans((0x2C60, 0x2E7F), (0xA640, 0xA7FF), (0xAB30, 0xAB6F))
)
_LATIN_GREEK_CYRILLIC = _spans((0x21, 0x52F), (0x1AB0, 0x214F), (0x2C60, 0x2E7F), (0xA640, 0xA7FF), (0xAB30, 0xAB6F))
_SIGNS = _spans((0x2000, 0x206F), (0x2100, 0x27FF), (0x2900, 0x297F), (0x2B00, 0x2BFF))
_MATHS = _spans((0x2016, 0x214F), (0x2190, 0x23FF), (0x2500, 0x25FF), (0x27C0, 0x2AFF), (0x1D400, 0x1D7FF))
_ALL = _spans((0x21, 0x10FFFF))


# Beside kerning and the placing of marks, each script keeps what it cannot be read without. No other ligatures.
MARKS = ("kern", "mark", "mkmk", "ccmp", "locl", "dist", "abvm", "blwm")
JOINED = (*MARKS, "init", "medi", "fina", "isol", "rlig", "calt")
INDIC = (
    *(*MARKS, "nukt", "akhn", "rphf", "rkrf", "pref", "blwf", "abvf", "half", "pstf", "vatu", "cjct"),
    *("pres", "abvs", "blws", "psts", "haln", "calt"),
)


@dataclass(frozen=True)
class Family:
    """A family: its name in files, its package, the package's file for each face, and the characters it is for."""

    name: str
    package: str
    faces: dict[str, str]
    codepoints: frozenset[int] = _ALL
    features: tuple[str, ...] = MARKS


def _noto(name: str, package: str, part: str, features: tuple[str, ...] = MARKS, *, bold: bool = True) -> Family:
    """Return one of Noto's families for a script."""
    weights = {"Regular": 400, "Semibold": 600} if bold else {"Regular": 400}
    files = {face: f"files/{package}-{part}-{weight}-normal.woff2" for face, weight in weights.items()}
    return Family(name, f"@fontsource/{package}", files, _ALL, features)


def _signs(name: str, package: str, part: str, codepoints: frozenset[int]) -> Family:
    """Return one of Noto's families of signs, which has no marks to place."""
    files = {"Regular": f"files/{package}-{part}-400-normal.woff2"}
    return Family(name, f"@fontsource/{package}", files, codepoints, ())


FACES = {face: f"TTF/SourceSans3-{face}.ttf" for face in ("Regular", "Semibold", "It")}
EMOJI = "NotoEmoji"
WIDER = "SourceSans3Wide"
FAMILIES = (
    Family(WIDER, "source-sans", FACES, WIDE),
    Family("NotoSans", "fontpkg_noto_sans", {"Regular": "files/NotoSans[wdth,wght].ttf"}, _LATIN_GREEK_CYRILLIC),
    _noto("NotoSansArabic", "noto-sans-arabic", "arabic", JOINED),
    _noto("NotoSansHebrew", "noto-sans-hebrew", "hebrew"),
    _noto("NotoSansArmenian", "noto-sans-armenian", "armenian"),
    _noto("NotoSansGeorgian", "noto-sans-georgian", "georgian"),
    _noto("NotoSansEthiopic", "noto-sans-ethiopic", "ethiopic", bold=False),
    _noto("NotoSansThai", "noto-sans-thai", "thai"),
    _noto("NotoSansDevanagari", "noto-sans-devanagari", "devanagari", INDIC),
    _noto(EMOJI, "noto-emoji", "emoji", bold=False),
    _signs("NotoSansMath", "noto-sans-math", "latin", _MATHS),
    _signs("NotoSansSymbols", "noto-sans-symbols", "symbols", _SIGNS),
    _signs("NotoSansSymbols2", "noto-sans-symbols-2", "symbols", _SIGNS),
)
