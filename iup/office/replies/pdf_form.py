"""Read a filled form in a PDF: its ticket, what its fields hold, and what its pages show instead.

In: the bytes of a PDF as it came, and its passphrase. Out: a `FilledForm`. Programs save forms in many ways: a field
stands in the list of the form, on its page or in both, its name is divided over its parents, a text is a stream, a
picture of the field is all that was altered. Whatever holds a text is read. Does not judge and proves nobody; the text
of a page is not read, only what the pictures of the fields show.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import pikepdf

from iup.documents import pdf_text
from iup.errors import BrokenSealError, WrongKeyError
from iup.office.replies.reply import Value, normalised
from iup.seal import aespdf
from iup.text.letters import drawable

if TYPE_CHECKING:
    from collections.abc import Iterator

BEFORE = 1024  # bytes that readers allow before the header (ISO 32000-1, annex H, note 13)
_HEADER, _END, _OBJECT = b"%PDF-", b"%%EOF", re.compile(rb"\b\d+ \d+ obj\b")
_IDENTIFIERS = re.compile(rb"/ID\s*\[")
_FIRST_BYTES = 2000
_DEEPEST = 8
_MOST_STREAM = 200_000  # bytes of a value or a picture
_DAMAGED = "PDF-filen är skadad"
_CUT_OFF = "PDF-filen är avkortad på vägen; be avsändaren skicka den en gång till"
_NOT_SO = (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, IndexError, RuntimeError, RecursionError)


@dataclass(frozen=True)
class FilledForm:
    """What a form holds. `fields` are the names of all that are there, `values` those that hold something.

    `shown` is what the picture of a field says, where that is another text.
    """

    ticket: str
    fields: frozenset[str]
    values: dict[str, Value]
    shown: dict[str, str]


def start(data: bytes) -> int:
    """Return where a PDF begins in some bytes; -1 where none does. A mail or a scanner may have put some before it."""
    return data.find(_HEADER, 0, BEFORE + len(_HEADER))


def mark_of(data: bytes) -> bytes:
    """Return the first half of a PDF's identifier, in the clear also in a sealed one; nothing where there is none."""
    found = list(_IDENTIFIERS.finditer(data))
    if not found:
        return b""
    begins = found[-1].end() - 1
    ends = begins
    while (ends := data.find(b"]", ends) + 1) and ends - begins < _FIRST_BYTES:
        try:
            return bytes(next(iter(pikepdf.Object.parse(data[begins:ends]))))
        except (pikepdf.PdfError, ValueError, TypeError, StopIteration):
            continue
    return b""


def refuse_cut_off(data: bytes) -> None:
    """Raise `BrokenSealError` for a PDF whose end has not come: read as it is, it would have lost the newest words."""
    end = data.rfind(_END)
    if end < 0 or _OBJECT.search(data, end):
        raise BrokenSealError(_CUT_OFF)


def form_of(data: bytes, passphrase: str) -> FilledForm:
    """Return what a form holds; raise `WrongKeyError` or `BrokenSealError`."""
    refuse_cut_off(data)
    try:
        with pikepdf.open(BytesIO(data), password=passphrase) as pdf:
            form = _Form()
            form.take(pdf)
            ticket = str(pdf.docinfo.get(aespdf.TICKET, ""))
            return FilledForm(ticket, frozenset(form.fields), form.values, form.shown)
    except pikepdf.PasswordError:
        raise WrongKeyError("lösenfrasen är inte den som filen låstes med; har avsändaren fått nya ord?") from None
    except _NOT_SO:
        raise BrokenSealError(_DAMAGED) from None


class _Form:
    """Gathers the fields of a form from its list and from the pages."""

    def __init__(self) -> None:
        self.fields: set[str] = set()
        self.values: dict[str, Value] = {}
        self.shown: dict[str, str] = {}

    def take(self, pdf: pikepdf.Pdf) -> None:
        form = pdf.Root.get("/AcroForm")
        listed = [] if form is None else list(form.get("/Fields", []))
        for row in (*listed, *_widgets(pdf)):
            self._field(row, 0)
        # What is drawn alone, and drawn otherwise, is told; a picture that says the same tells nothing.
        self.shown = {name: text for name, text in self.shown.items() if not _same(self.values.get(name), text)}

    def _field(self, row: pikepdf.Object, depth: int) -> None:
        kids = list(row.get("/Kids", [])) if depth < _DEEPEST else []
        for kid in kids:
            self._field(kid, depth + 1)
        name = _name(row)
        if not name or any("/T" in kid for kid in kids):
            return
        self.fields.add(name)
        value = _value(_inherited(row, "/V"))
        if value is not None and (name not in self.values or value != ""):
            known = self.values.setdefault(name, value)
            if known == "":
                self.values[name] = value
            elif known != value and isinstance(value, str):  # two widgets of one name that say different things
                self.shown[name] = value
        text = _picture(row)
        if text and name not in self.shown:
            self.shown[name] = text


def _widgets(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    """Yield the fields on the pages: some programs leave them out of the form's list (macOS Preview)."""
    for page in pdf.pages:
        for one in page.get("/Annots", []):
            if isinstance(one, pikepdf.Dictionary) and one.get("/Subtype") == "/Widget":
                yield one


def _name(row: pikepdf.Object) -> str:
    """Return the whole name of a field: those of its parents and its own, with dots between (ISO 32000-1, 12.7.3.2)."""
    names: list[str] = []
    for one in _upwards(row):
        if "/T" in one:
            names.insert(0, str(one.T))
    return ".".join(names)


def _inherited(row: pikepdf.Object, key: str) -> object:
    return next((one.get(key) for one in _upwards(row) if key in one), None)


def _upwards(row: pikepdf.Object) -> Iterator[pikepdf.Object]:
    at: object = row
    for _ in range(_DEEPEST):
        if not isinstance(at, pikepdf.Dictionary):
            return
        yield at
        at = at.get("/Parent")


def _value(value: object) -> Value | None:
    if isinstance(value, pikepdf.Name):
        return None if str(value) == "/Off" else True
    if isinstance(value, pikepdf.Stream):
        return normalised(_text(value.read_bytes()[:_MOST_STREAM]))
    return normalised(str(value)) if isinstance(value, pikepdf.String) else None


def _text(data: bytes) -> str:
    """Return a text stream as text: as a text string, in UTF-16 or PDFDocEncoding (ISO 32000-1, 7.9.3)."""
    return str(pikepdf.String(data))


def _picture(row: pikepdf.Object) -> str:
    """Return what the picture of a field shows; nothing where it has none or its fonts cannot be read.

    A field with choices shows a word, and holds what it stands for.
    """
    kind = _inherited(row, "/FT")
    if kind not in ("/Tx", "/Ch"):
        return ""
    look = row.get("/AP")
    drawn = look.get("/N") if isinstance(look, pikepdf.Dictionary) else None
    if not isinstance(drawn, pikepdf.Stream) or len(drawn.read_bytes()) > _MOST_STREAM:
        return ""
    try:
        text = normalised("".join(_drawn(drawn, drawn.get("/Resources"), 0)))
        words = {str(word): str(held) for held, word in row.get("/Opt", [])} if kind == "/Ch" else {text: text}
        return words.get(text, "")
    except _NOT_SO:
        return ""


def _drawn(holder: pikepdf.Object, resources: pikepdf.Object | None, depth: int) -> Iterator[str]:
    """Yield the texts of a form's picture, and of those that it draws; a new place begins a new line."""
    font: dict[int, str] | None = None
    for instruction in pikepdf.parse_content_stream(holder):
        operands = list(instruction.operands)
        match str(instruction.operator):
            case "Tf":
                font = _characters(resources.Font[str(operands[0])]) if resources is not None else None
            case "Td" | "TD" | "Tm" | "T*":
                yield "\n"
            case "Tj" | "TJ" | "'" | '"':
                yield "".join(_decoded(bytes(one), font) for one in pdf_text.strings(operands))
            case "Do" if depth < _DEEPEST and resources is not None:
                inner = resources.XObject[str(operands[0])]
                if inner.get("/Subtype") == "/Form":
                    yield from _drawn(inner, inner.get("/Resources", resources), depth + 1)


def _characters(font: pikepdf.Object) -> dict[int, str] | None:
    """Return the characters of a font of two-byte codes; None for one of single bytes. Raises what cannot be read."""
    if font.get("/Subtype") != "/Type0":
        return None
    return pdf_text.to_unicode(font.ToUnicode.read_bytes())


def _decoded(codes: bytes, font: dict[int, str] | None) -> str:
    if font is None:
        return codes.decode("cp1252", "replace")
    return "".join(font[int.from_bytes(codes[at : at + 2], "big")] for at in range(0, len(codes), 2))


def _same(value: Value | None, shown: str) -> bool:
    """Say whether a picture shows a value, or as much of it as there was room for."""
    if not isinstance(value, str):
        return False
    part = _letters(shown)
    # A picture has letters from the right in the order they are drawn, and codes for those that no font has.
    return any(
        sorted(whole) == sorted(part) or (bool(part) and whole.startswith(part))
        for whole in (_letters(value), _letters(drawable(value)))
    )


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())
