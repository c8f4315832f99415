"""Each cluster of letters that the layout library shapes is set as one glyph that gives back its text, and no other.

In: the library, patched once (`install`), and whether the document at hand needs it (`joining`). Out: nothing; the
PDF's fonts get a glyph for each cluster that is drawn with several (a letter with its marks, a syllable of Devanagari),
made of those, and one for each glyph that stands for two texts. So text is copied and searched letter by letter in
every reader; the library itself maps the first of several glyphs to nothing, and a glyph to the first text it had.

A character that no font has would be drawn as an empty box. `iup.text.letters` has replaced those, so one that comes
here is a fault of the program. Written against WeasyPrint 70, whose drawing has no public way in.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphComponent

from iup.errors import IupError
from iup.text.letters import families

if TYPE_CHECKING:
    from collections.abc import Iterator

# A glyph of the font and where it stands in the cluster, in units of the font.
Part = tuple[int, int, int]
# Letters, marks and signs that are always one glyph each: all of the usual family but its combining marks.
_COMBINING = frozenset(map(chr, range(0x300, 0x370)))
# Where a line may break: nobody wrote them, and whoever copies an address must not get them.
_BREAKS = str.maketrans("", "", "\u00ad\u200b")
# Pango's numbers for what shows nothing, and for a character that no font has (pango-glyph.h).
_EMPTY = 0x0FFFFFFF
_UNKNOWN = 0x10000000


class _Document:
    """Whether the document that is being set has clusters to join."""

    joining = False


def is_needed(html: str) -> bool:
    """Say whether a document has anything but letters that are one glyph each."""
    return not set(html) - {"\n"} <= families()[0][1] - _COMBINING


@contextmanager
def joining(*, needed: bool) -> Iterator[None]:
    """Join the clusters of what is drawn while the block runs, where it is needed."""
    _Document.joining = needed
    try:
        yield
    finally:
        _Document.joining = False


def install() -> None:
    """Put this module's font and drawing in place of the library's, once in a process."""
    from weasyprint.draw import text as drawing  # noqa: PLC0415  heavy, and only workers need it
    from weasyprint.pdf import fonts, stream  # noqa: PLC0415  as above
    from weasyprint.text.ffi import ffi  # noqa: PLC0415  as above

    if getattr(drawing.draw_first_line, "joins", False):
        return
    draw = drawing.draw_first_line
    ffi.cdef("void pango_glyph_string_set_size(PangoGlyphString *string, gint new_len);")

    def draw_joined(target: Any, box: Any, *more: Any) -> Any:  # noqa: ANN401  the library has no types
        if _Document.joining and box.style["font_size"] and not box.pango_layout.text.isascii():
            _join_line(target, box.pango_layout)
        return draw(target, box, *more)  # type: ignore[no-untyped-call]

    class JoiningFont(fonts.Font):
        """A font of the PDF with glyphs of ours behind its own."""

        def __init__(self, *arguments: Any) -> None:  # noqa: ANN401  as above
            super().__init__(*arguments)  # type: ignore[no-untyped-call]
            self.made: dict[tuple[tuple[Part, ...], str], int] = {}
            self.advances: dict[int, int] = {}

        def clean(self, to_unicode: dict[int, str], hinting: bool) -> None:  # noqa: FBT001  as the library calls it
            """Keep what is drawn, and add what was made of it; refuse what would show a box."""
            if self.missing or 0 in self.widths:
                raise IupError("ett tecken saknas i programmets teckensnitt, och dokumentet skulle visa en tom ruta")
            parts = {number: "" for some, _ in self.made for number, _, _ in some}
            super().clean({**parts, **to_unicode}, hinting)  # type: ignore[no-untyped-call]
            if self.made:
                glyphs = {code: (some, self.advances[code]) for (some, _), code in self.made.items()}
                self.file_content = _with_glyphs(self.file_content, glyphs)

    vars(draw_joined)["joins"] = True
    for module in ("draw.text", "svg.text"):
        vars(sys.modules[f"weasyprint.{module}"])["draw_first_line"] = draw_joined
    vars(stream)["Font"] = JoiningFont


@dataclass
class _Drawn:
    """A glyph as the library has it: its number, its place and advance in Pango's units, and the cluster it is of."""

    number: int
    width: int
    x: int
    y: int
    cluster: int


def _join_line(stream: Any, layout: Any) -> None:  # noqa: ANN401  the library has no types
    """Join the clusters of the line that a layout is about to draw."""
    from weasyprint.text.ffi import TO_UNITS, ffi, pango  # noqa: PLC0415  as above

    # As the library does before it draws: afterwards this is no change, and the line stays as it is.
    pango.pango_layout_set_single_paragraph_mode(layout.layout, True)  # noqa: FBT003  C
    line, _ = layout.get_first_line()
    data = layout.text.encode()
    run = line.runs[0]
    while run != ffi.NULL:
        item, run = run.data, run.next
        font, size = stream.add_font(item.item.analysis.font)
        text = data[item.item.offset : item.item.offset + item.item.length]
        glyphs = item.glyphs
        drawn = [
            _Drawn(one.glyph, one.geometry.width, one.geometry.x_offset, one.geometry.y_offset, glyphs.log_clusters[at])
            for at, one in enumerate(glyphs.glyphs[0 : glyphs.num_glyphs])
        ]
        joined = _joined(font, size * TO_UNITS, drawn, text, from_right=item.item.analysis.level % 2 == 1)
        pango.pango_glyph_string_set_size(glyphs, len(joined))
        for at, one in enumerate(joined):
            there = glyphs.glyphs[at]
            there.glyph, there.geometry.width = one.number, one.width
            there.geometry.x_offset, there.geometry.y_offset = one.x, one.y
            glyphs.log_clusters[at] = one.cluster


def _joined(
    font: Any,  # noqa: ANN401  the library has no types
    size: float,
    drawn: list[_Drawn],
    text: bytes,
    *,
    from_right: bool,
) -> list[_Drawn]:
    """Return a run with a glyph for each character of its text, in the order it is seen, and have the font know them.

    Of a cluster the first character is what shows all of it, and the others are empty. A map from one glyph to several
    characters is read in different ways, in text from the right above all.
    """
    starts = sorted({one.cluster for one in drawn})
    ends = dict(zip(starts, [*starts[1:], len(text)], strict=True))
    found: list[_Drawn] = []
    at = 0
    while at < len(drawn):
        cluster = drawn[at].cluster
        some = [one for one in drawn[at:] if one.cluster == cluster]
        at += len(some)
        told = text[cluster : ends[cluster]].decode().translate(_BREAKS)
        if not told or told.isspace() or any(one.number & _UNKNOWN for one in some) or _is_plain(font, some, told):
            found += some
            continue
        characters = [_one(font, size, some, told[0]), *(_one(font, size, [], more, cluster) for more in told[1:])]
        found += reversed(characters) if from_right else characters
    return found


def _is_plain(font: Any, some: list[_Drawn], text: str) -> bool:  # noqa: ANN401  as above
    """Say whether a cluster is one glyph for one character, where it is expected, and stands for no other."""
    if len(some) > 1 or len(text) > 1 or some[0].x or some[0].y or some[0].number == _EMPTY:
        return False
    return bool(font.to_unicode.setdefault(some[0].number, text) == text)


def _one(font: Any, size: float, some: list[_Drawn], character: str, cluster: int = 0) -> _Drawn:  # noqa: ANN401  as above
    """Return one glyph for a character that looks like some others; the font gets it if it has none such yet."""
    parts: list[Part] = []
    pen = 0
    for one in some:
        if one.number != _EMPTY:
            parts.append((one.number, round((pen + one.x) * font.upem / size), round(-one.y * font.upem / size)))
        pen += one.width
    key = tuple(parts), character
    if key not in font.made:
        code = font.made[key] = font.glyph_count + len(font.made)
        font.to_unicode[code] = character
        font.widths[code] = round(pen * 1000 / size)
        font.advances[code] = round(pen * font.upem / size)
    return _Drawn(font.made[key], pen, 0, 0, some[0].cluster if some else cluster)


def _with_glyphs(program: bytes, glyphs: dict[int, tuple[tuple[Part, ...], int]]) -> bytes:
    """Return a TrueType font with glyphs that are made of its own, each at its number; what lies between is empty."""
    font = TTFont(BytesIO(program), recalcTimestamp=False)
    order = list(font.getGlyphOrder())
    order += [f"made{number}" for number in range(len(order), max(glyphs) + 1)]
    font.setGlyphOrder(order)
    table, metrics = font["glyf"], font["hmtx"].metrics
    table.glyphOrder = order
    for number, name in enumerate(order):
        if number not in glyphs and name not in table.glyphs:
            table.glyphs[name], metrics[name] = Glyph(), (0, 0)
    for number, (parts, advance) in sorted(glyphs.items()):
        glyph = Glyph()
        if parts:
            glyph.numberOfContours = -1
            glyph.components = [_component(order[part], x, y) for part, x, y in parts]
        table.glyphs[order[number]] = glyph
        glyph.recalcBounds(table)
        metrics[order[number]] = max(advance, 0), getattr(glyph, "xMin", 0)  # else it is moved to where its left is
    font["maxp"].numGlyphs = len(order)
    with BytesIO() as out:
        font.save(out)
        return out.getvalue()


def _component(name: str, x: int, y: int) -> GlyphComponent:
    component = GlyphComponent()
    component.glyphName, component.x, component.y, component.flags = name, x, y, 0x4  # moved by whole units
    return component
