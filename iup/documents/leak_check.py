"""Search a finished PDF for what was withheld, before anybody gets it.

In: the bytes of a file, the texts that were withheld, those that may stand in it, and a file set in the same way with
nothing of the pupil in it. Out: findings, which name the part of the file and never what was found there. A file with a
finding is not handed out; nothing is repaired.

Two questions are asked. Does a withheld text stand anywhere: shown or hidden, in a string, a name, a stream, a font's
maps, or bytes that no object owns? And does the file have anything that a copy does not need: an earlier revision, an
attachment, a layer, a picture, or a glyph or character that no page shows?
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, TypeVar

import pikepdf

from iup.documents import pdf_text
from iup.text.encodings import decodings
from iup.text.withheld import WithheldTexts, stands_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Key = TypeVar("Key")

# What a copy has no need of; each is a place to hide something in.
_NEEDLESS = {
    "/AA": "ett program",
    "/AF": "en bilaga",
    "/AcroForm": "ett formulär",
    "/Annots": "en anteckning",
    "/EmbeddedFiles": "en bilaga",
    "/Encrypt": "ett lås",
    "/JS": "ett program",
    "/JavaScript": "ett program",
    "/OCProperties": "ett lager",
    "/OpenAction": "ett program",
    "/PieceInfo": "ett annat programs uppgifter",
    "/Thumb": "en bild",
    "/XFA": "ett formulär",
}
_EARLIER = "en tidigare version"
_SHOWN = "texten på sidorna"
_FURNITURE = "sidhuvud och sidfot"
_STRINGS = "filens egenskaper, bokmärken och taggar"
_NAMES = "ett namn i filen"
_STREAMS = "en dataström"
_RAW = "filens råa innehåll"
# What a font's subset is called by: six letters by chance.
_TAG = re.compile(r"/[A-Z]{6}(?:\+|$)")
_STREAM = re.compile(rb"stream\r?\n")
_END = b"%%EOF"
_LEAST_IN_NAMES = 4


@dataclass(frozen=True)
class LeakFinding:
    """Which part of a file has something, and which withheld texts: their places in the order they were given.

    No withheld text means that the part itself should not be there.
    """

    where: str
    withheld: tuple[int, ...] = ()


def standing(withheld: Sequence[str], kept: Mapping[Key, str]) -> tuple[tuple[int, Key], ...]:
    """Return which withheld texts (by their place in the order given) also stand word by word in which kept places.

    Masking such a text elsewhere hides nothing. `verify` cannot tell it from a leak, so a person is shown it first.
    """
    return tuple(
        (number, place)
        for number, text in enumerate(withheld)
        for place, stays in kept.items()
        if stands_in(stays, text)
    )


def verify(
    data: bytes, withheld: Sequence[str], allowed: Iterable[str], blank: bytes, *, words: bool = True
) -> tuple[LeakFinding, ...]:
    """Return everything in a PDF that must not be handed out; nothing means that it may.

    `allowed` are the texts that may stand on its pages. `blank` is set in the same way and has nothing of the pupil.
    Without `words`, a single word of a longer withheld text is not searched for: that is for what somebody has written
    in their own words.
    """
    try:
        own, base = _taken_apart(data), _taken_apart(blank)
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return (LeakFinding("filen går inte att läsa"),)
    numbered = " ".join(map(str, range(own.pages + 1)))
    needles = WithheldTexts.of(withheld, (*allowed, base.body, base.furniture, numbered), words=words)
    about = needles.allowing((*base.strings, *base.names))
    anywhere = about.allowing(stream.decode("latin-1") for stream in (*base.streams, blank))
    met: tuple[tuple[str, frozenset[int]], ...] = (
        (_SHOWN, needles.in_texts((own.body,))),
        (_FURNITURE, needles.in_texts((own.furniture,))),
        (_STRINGS, about.in_texts(own.strings)),
        (_NAMES, about.in_texts(own.names, _LEAST_IN_NAMES)),
        (_STREAMS, frozenset().union(*map(anywhere.in_bytes, own.streams))),
        (_RAW, anywhere.in_bytes(data)),
    )
    found = [LeakFinding(where, tuple(sorted(numbers))) for where, numbers in met if numbers]
    return (*found, *map(LeakFinding, dict.fromkeys((*_ends(data), *own.needless, *own.faults))))


def _ends(data: bytes) -> Iterator[str]:
    """Yield what is wrong with how a file begins and ends: an earlier revision lies before a later one's end."""
    if not data.startswith(b"%PDF-") or not data.rstrip(b"\r\n").endswith(_END):
        yield "något utanför filen"
    if data.count(_END) != 1 or data.count(b"startxref") != 1:
        yield _EARLIER


@dataclass
class _Parts:
    """A PDF taken apart."""

    body: str
    furniture: str
    pages: int
    faults: tuple[str, ...]
    strings: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    streams: list[bytes] = field(default_factory=list)
    needless: list[str] = field(default_factory=list)

    def collect(self, thing: object, read: frozenset[tuple[int, int]]) -> None:
        """Gather the strings, names and bytes of an object and of its direct parts."""
        if isinstance(thing, pikepdf.Stream):
            self._stream(thing, read)
        if isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
            for key, value in thing.items():
                if key in _NEEDLESS:
                    self.needless.append(_NEEDLESS[key])
                self._inside(pikepdf.Name(key), read)
                self._inside(value, read)
        elif isinstance(thing, pikepdf.Array):
            for value in thing:
                self._inside(value, read)
        elif isinstance(thing, pikepdf.String):
            self.strings += [str(thing), *decodings(bytes(thing))]
        elif isinstance(thing, pikepdf.Name) and not _TAG.match(str(thing)):
            self.names.append(str(thing))

    def _inside(self, value: object, read: frozenset[tuple[int, int]]) -> None:
        if not (isinstance(value, pikepdf.Object) and value.is_indirect):  # else its own turn comes
            self.collect(value, read)

    def _stream(self, stream: pikepdf.Stream, read: frozenset[tuple[int, int]]) -> None:
        data = stream.read_bytes()
        self.streams.append(data)
        if stream.get("/Subtype") == "/Image":
            self.needless.append(pdf_text.PICTURE)
        elif stream.objgen not in read:
            self.strings += decodings(data)


def _taken_apart(data: bytes) -> _Parts:
    """Take a file apart; raise what the library raises for one that cannot be read."""
    with pikepdf.open(BytesIO(data)) as pdf:
        text = pdf_text.read(pdf)
        parts = _Parts(text.body, text.furniture, len(pdf.pages), text.faults)
        parts.needless += [_EARLIER for key in ("/Prev", "/XRefStm") if key in pdf.trailer]
        for thing in pdf.objects:
            parts.collect(thing, text.streams)
    # By the bytes and not by the table of objects, so that what no object owns is opened too.
    known = set(parts.streams)
    parts.streams += [found for found in _inflated(data) if found not in known]
    return parts


def _inflated(data: bytes) -> Iterator[bytes]:
    """Yield what any stream of the file holds once inflated, whether an object owns it or not."""
    for start in _STREAM.finditer(data):
        try:
            yield zlib.decompressobj().decompress(data[start.end() :])
        except zlib.error:
            continue  # not compressed so: it is read with the rest of the file
