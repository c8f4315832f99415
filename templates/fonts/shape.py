"""Shape a text with the machine's HarfBuzz: which glyphs stand where. Only for `subset.py`, which composes letters."""

import ctypes
from ctypes import POINTER, byref, c_char_p, c_int, c_uint, c_void_p


class _Info(ctypes.Structure):
    _fields_ = [("codepoint", c_uint), ("mask", c_uint), ("cluster", c_uint), ("var1", c_uint), ("var2", c_uint)]


class _Position(ctypes.Structure):
    _fields_ = [(name, c_int) for name in ("x_advance", "y_advance", "x_offset", "y_offset", "var")]


def shape(font: bytes, text: str) -> list[tuple[int, int, int, int]]:
    """Return each glyph's number, its place (x, y) and its advance, in units of the font."""
    hb = ctypes.CDLL("libharfbuzz.so.0")
    for name in ("hb_blob_create", "hb_face_create", "hb_font_create", "hb_buffer_create"):
        getattr(hb, name).restype = c_void_p
    hb.hb_buffer_get_glyph_infos.restype = POINTER(_Info)
    hb.hb_buffer_get_glyph_positions.restype = POINTER(_Position)
    blob = c_void_p(hb.hb_blob_create(c_char_p(font), len(font), 1, None, None))
    shaper = c_void_p(hb.hb_font_create(c_void_p(hb.hb_face_create(blob, 0))))
    buffer = c_void_p(hb.hb_buffer_create())
    data = text.encode()
    hb.hb_buffer_add_utf8(buffer, c_char_p(data), len(data), 0, len(data))
    hb.hb_buffer_guess_segment_properties(buffer)
    hb.hb_shape(shaper, buffer, None, 0)
    count = c_uint()
    infos = hb.hb_buffer_get_glyph_infos(buffer, byref(count))
    positions = hb.hb_buffer_get_glyph_positions(buffer, byref(count))
    found, pen = [], 0
    for at in range(count.value):
        place = positions[at]
        found.append((infos[at].codepoint, pen + place.x_offset, place.y_offset, place.x_advance))
        pen += place.x_advance
    return found
