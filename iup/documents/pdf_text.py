"""The text that a PDF's pages set, glyph by glyph, and what its fonts know besides.

In: an open PDF. Out: the text in the order it is drawn, shown or not, on the page or outside it; and faults. A font
whose maps or outlines hold a character that nothing sets is a fault, because it tells of a text that was there once.
Fonts are read as WeasyPrint embeds them: a subset of TrueType under two-byte codes with a ToUnicode map (ISO 32000-1,
9.7 and 9.10.3). Text in any other font is read as Latin-1, and the font is a fault.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, cast

import pikepdf
from fontTools.ttLib import TTFont, TTLibError

if TYPE_CHECKING:
    from collections.abc import Iterator

    Id = tuple[int, int]

STRANGE = "ett teckensnitt som inte går att läsa"
TELLING = "ett teckensnitt med tecken som inte visas"
PICTURE = "en bild"
_HEX = rb"<([0-9A-Fa-f]+)>\s*"
_ROWS = {b"bfchar": re.compile(_HEX * 2), b"bfrange": re.compile(_HEX * 3)}
_SECTION = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)
_SHOW = frozenset({"Tj", "TJ", "'", '"'})
# What moves to another place: text after it is another line.
_PLACE = frozenset({"BT", "Tm", "Td", "TD", "T*"})


@dataclass(frozen=True)
class PdfText:
    """The text of all pages: what belongs to the document, what repeats around it, and what is wrong with the fonts.

    `streams` are the objects that were read for it.
    """

    body: str
    furniture: str
    faults: tuple[str, ...]
    streams: frozenset[Id]


def read(pdf: pikepdf.Pdf) -> PdfText:
    """Read every page, and every form that is drawn on one or on none."""
    reader = _OperatorReader()
    for page in pdf.pages:
        reader.walk(page.obj, page.obj.get("/Resources"))
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") == "/Form":
            reader.walk(thing, thing.get("/Resources"))
        if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/Font":
            reader.known(thing)
    faults = [*reader.faults, *(fault for font in reader.fonts.values() for fault in font.faults())]
    streams = reader.streams.union(*(font.streams for font in reader.fonts.values()))
    body, furniture = "\n".join(reader.body), "\n".join(reader.furniture)
    return PdfText(body, furniture, tuple(dict.fromkeys(faults)), frozenset(streams))


@dataclass
class _OperatorReader:
    """Goes through the operators of content streams (ISO 32000-1, 7.8.2)."""

    body: list[str] = field(default_factory=list)
    furniture: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    fonts: dict[Id, _Font] = field(default_factory=dict)
    streams: set[Id] = field(default_factory=set)
    _walked: set[Id] = field(default_factory=set)
    _line: list[str] = field(default_factory=list)

    def walk(self, holder: pikepdf.Object, resources: pikepdf.Object | None) -> None:
        """Read one page or form, and the forms that it draws."""
        if holder.objgen in self._walked:
            return
        self._walked.add(holder.objgen)
        self._note(holder)
        inside: list[bool] = []
        font: _Font | None = None
        for instruction in pikepdf.parse_content_stream(holder):
            operands = list(instruction.operands)
            match str(instruction.operator):
                case "BMC" | "BDC":
                    self._line.clear()
                    inside.append(operands[0] == "/Artifact")
                    self._texts(operands, artifact=any(inside))
                case "EMC" if inside:
                    inside.pop()
                case name if name in _PLACE:
                    self._line.clear()
                case "Tf":
                    font = self._font(resources, str(operands[0]))
                case "Do":
                    self._draw(resources, str(operands[0]))
                case "INLINE IMAGE":
                    self.faults.append(PICTURE)
                case name if name in _SHOW:
                    self._show(font.text(_codes(operands)) if font else _latin(operands), artifact=any(inside))
                case _:
                    self._texts(operands, artifact=any(inside))

    def known(self, thing: pikepdf.Object) -> _Font | None:
        """Return what is known of a font; nothing for the inner half of a composite font."""
        if str(thing.get("/Subtype", "")).startswith("/CIDFont"):
            return None
        return self.fonts.setdefault(thing.objgen, _Font(thing))

    def _note(self, holder: pikepdf.Object) -> None:
        if isinstance(holder, pikepdf.Stream):
            self.streams.add(holder.objgen)
            return
        contents = holder.get("/Contents")
        parts = contents if isinstance(contents, pikepdf.Array) else [contents]
        self.streams |= {part.objgen for part in parts if isinstance(part, pikepdf.Stream)}

    def _font(self, resources: pikepdf.Object | None, name: str) -> _Font | None:
        fonts = resources.get("/Font") if resources is not None else None
        found = fonts.get(name) if fonts is not None else None
        if found is None:
            self.faults.append(STRANGE)
            return None
        return self.known(found)

    def _draw(self, resources: pikepdf.Object | None, name: str) -> None:
        drawn = resources.get("/XObject") if resources is not None else None
        found = drawn.get(name) if drawn is not None else None
        if isinstance(found, pikepdf.Stream) and found.get("/Subtype") == "/Form":
            self.walk(found, found.get("/Resources", resources))

    def _texts(self, operands: object, *, artifact: bool) -> None:
        """Take what stands in the operands of an operator that shows nothing: a replacement text, for example."""
        for text in strings(operands):
            self._put(str(text), artifact=artifact)

    def _show(self, text: str, *, artifact: bool) -> None:
        """Take what is shown; without a new place it goes on what was shown before, in another font or higher up.

        It is read both ways: by itself, and as a part of its line.
        """
        self._put(text, artifact=artifact)
        self._line.append(text)
        if len(self._line) > 1:
            self._put("".join(self._line), artifact=artifact)

    def _put(self, text: str, *, artifact: bool) -> None:
        if text:
            (self.furniture if artifact else self.body).append(text)


class _Font:
    """A font with the codes that were set in it."""

    def __init__(self, thing: pikepdf.Object) -> None:
        self._shown: set[int] = set()
        inner = thing.get("/DescendantFonts")
        self._inner = inner[0] if isinstance(inner, pikepdf.Array) and len(inner) == 1 else None
        descriptor = self._inner.get("/FontDescriptor") if self._inner is not None else None
        self._program = descriptor.get("/FontFile2") if descriptor is not None else None
        self._map = thing.get("/ToUnicode")
        wide = thing.get("/Subtype") == "/Type0" and thing.get("/Encoding") == "/Identity-H"
        known = isinstance(self._map, pikepdf.Stream) and isinstance(self._program, pikepdf.Stream)
        straight = self._inner is not None and self._inner.get("/CIDToGIDMap") == "/Identity"
        self._usual = wide and known and straight
        self._characters = to_unicode(cast("pikepdf.Stream", self._map).read_bytes()) if self._usual else {}

    @property
    def streams(self) -> frozenset[Id]:
        """The objects that the font is made of."""
        return frozenset(part.objgen for part in (self._map, self._program) if isinstance(part, pikepdf.Stream))

    def text(self, codes: bytes) -> str:
        """Return the text that some codes set, and remember the codes."""
        if not self._usual:
            return codes.decode("latin-1")
        found = [int.from_bytes(codes[at : at + 2], "big") for at in range(0, len(codes), 2)]
        self._shown.update(found)
        return "".join(self._characters.get(code, "") for code in found)

    def faults(self) -> Iterator[str]:
        """Yield the font's faults, once all pages are read."""
        if not self._usual:
            yield STRANGE
            return
        if self._shown - self._characters.keys():
            yield STRANGE
        try:
            drawn, reached = _outlines(cast("pikepdf.Stream", self._program).read_bytes(), self._shown)
        except (TTLibError, KeyError, ValueError, AssertionError):
            yield STRANGE
            return
        if self._characters.keys() - self._shown or drawn - reached or self._measured() - self._shown - {0}:
            yield TELLING

    def _measured(self) -> set[int]:
        """Return the glyphs that the font gives a width (ISO 32000-1, 9.7.4.3)."""
        listed = list(cast("pikepdf.Array", self._inner.get("/W", pikepdf.Array()))) if self._inner is not None else []
        found: set[int] = set()
        while listed:
            first, after = int(listed.pop(0)), listed.pop(0)
            if isinstance(after, pikepdf.Array):
                found |= set(range(first, first + len(after)))
            else:
                found |= set(range(first, int(after) + 1))
                listed.pop(0)
        return found


def to_unicode(data: bytes) -> dict[int, str]:
    """Return the characters of a ToUnicode map by code."""
    found: dict[int, str] = {}
    for kind, rows in _SECTION.findall(data):
        for first, *between, text in _ROWS[kind].findall(rows):
            last = between[0] if between else first
            for step in range(int(last, 16) - int(first, 16) + 1):
                found[int(first, 16) + step] = _utf16(b"%0*X" % (len(text), int(text, 16) + step))
    return found


def _utf16(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be", "replace")


def _outlines(program: bytes, shown: set[int]) -> tuple[set[int], set[int]]:
    """Return the glyphs a TrueType font can draw or names by a character, and those that the shown ones are made of."""
    font = TTFont(BytesIO(program), lazy=True)
    glyphs, names = font["glyf"], font.getGlyphOrder()
    drawn = {number for number, name in enumerate(names) if glyphs[name].numberOfContours}
    drawn |= {font.getGlyphID(name) for table in font["cmap"].tables for name in table.cmap.values()}
    reached, ahead = {0}, set(shown)
    while ahead:
        number = ahead.pop()
        reached.add(number)
        glyph = glyphs[names[number]]
        if glyph.isComposite():
            ahead |= {font.getGlyphID(part.glyphName) for part in glyph.components} - reached
    return drawn, reached


def strings(value: object) -> Iterator[pikepdf.String]:
    """Yield the strings among an operator's operands, however deep they lie."""
    if isinstance(value, pikepdf.String):
        yield value
    elif isinstance(value, pikepdf.Dictionary):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, (pikepdf.Array, list)):
        for inner in value:
            yield from strings(inner)


def _codes(operands: object) -> bytes:
    return b"".join(bytes(text) for text in strings(operands))


def _latin(operands: object) -> str:
    return _codes(operands).decode("latin-1")
