"""Letters that a font has in pieces only, put together: `ǩ` from k and a caron, where the font's own anchors have it.

The layout library asks a font for each character. It never asks for the pieces of one that is not there.
"""

import io
import unicodedata

from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphComponent
from shape import shape

_ABOVE = 230
_GAP = 40  # between two marks that would lie on each other, in units of the font


def compose(font: TTFont, codepoints: frozenset[int]) -> TTFont:
    """Return a font with each letter of some characters that it lacks and has the pieces of."""
    known = font.getBestCmap()
    lacking = [code for code in sorted(codepoints - set(known)) if unicodedata.category(chr(code)).startswith("L")]
    for code in lacking:
        pieces = unicodedata.normalize("NFD", chr(code))
        if len(pieces) > 1 and all(ord(piece) in known for piece in pieces):
            _add(font, code, _placed(font, pieces))
    return TTFont(io.BytesIO(_saved(font)), recalcTimestamp=False)


def _saved(font: TTFont) -> bytes:
    with io.BytesIO() as out:
        font.save(out)
        return out.getvalue()


def _placed(font: TTFont, pieces: str) -> list[tuple[str, int, int]]:
    """Return the glyphs of some pieces and where they stand, as the font's own rules have it."""
    alone = TTFont(io.BytesIO(_saved(font)))
    for table in alone["cmap"].tables:  # else the pieces are put together again to what has no anchors
        table.cmap = {code: name for code, name in table.cmap.items() if chr(code) in pieces}
    shaped = shape(_saved(alone), pieces)
    names, glyphs = font.getGlyphOrder(), font.getGlyphSet()
    reverse = {name: code for code, name in font.getBestCmap().items()}
    found: list[tuple[str, int, int]] = []
    top = None
    for number, x, y, _ in shaped:
        name, up = names[number], y
        pen = BoundsPen(glyphs)
        glyphs[name].draw(pen)
        _, low, _, high = pen.bounds
        if unicodedata.combining(chr(reverse.get(name, 0))) == _ABOVE:
            up += max(0, top + _GAP - low - y) if top is not None else 0
            top = high + up
        found.append((name, x, up))
    return found


def _add(font: TTFont, code: int, parts: list[tuple[str, int, int]]) -> None:
    """Add a glyph that is made of others."""
    name = f"uni{code:04X}"
    glyph = Glyph()
    glyph.numberOfContours = -1
    glyph.components = []
    for part, x, y in parts:
        component = GlyphComponent()
        component.glyphName, component.x, component.y, component.flags = part, x, y, 0x4  # moved by whole units
        glyph.components.append(component)
    font["glyf"][name] = glyph
    font["hmtx"][name] = font["hmtx"][parts[0][0]]
    font["maxp"].numGlyphs = len(font.getGlyphOrder())
    glyph.recalcBounds(font["glyf"])
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[code] = name
