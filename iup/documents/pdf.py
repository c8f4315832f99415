"""Turn printed HTML into an accessible PDF (PDF/UA-1). The same input gives the same bytes.

`archival` makes one that is also PDF/A-3a, for what is kept or handed out without our seals: PDF/A forbids encryption,
and can carry files.

The renderer can reach the program's own assets by name and nothing else; anything else ends the document. WeasyPrint
takes most of a second to import, so it is imported inside functions, and only by processes that set documents.
"""

from __future__ import annotations

import ctypes.util
import logging
import warnings
import zlib
from contextlib import contextmanager, redirect_stdout
from functools import lru_cache
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Protocol

import pikepdf

from iup.documents import appearances, clusters, fonts
from iup.errors import MissingError
from iup.text.letters import drawable, families_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from iup.documents.assets import Assets

_TYPES = {".ttf": "font/ttf", ".css": "text/css"}
_ATTACHED = {"yaml": "application/yaml"}
# A worker keeps the faces of so many combinations of scripts.
_SETS_OF_FONTS = 8
# PDF/A takes no property that it does not know unless the file describes it (ISO 19005-3, 6.6.2.3.3).
_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>The part of ISO 14289 that the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>"""


class SetPdf(Protocol):
    """Sets HTML as PDF; `form` says that the document has fields to fill in."""

    def __call__(self, html: str, identifier: bytes, *, form: bool = False) -> bytes:
        """Return the PDF."""


class SetArchival(Protocol):
    """Sets HTML as a PDF for archives; `attached` are the files it carries, by name."""

    def __call__(self, html: str, identifier: bytes, attached: Mapping[str, bytes], day: date) -> bytes:
        """Return the PDF; `day` is the one on which what is attached was last altered."""


def library() -> None:
    """Load the library that sets PDFs; raise `MissingError` where the machine lacks what it needs."""
    fonts.use_ours_alone()
    try:
        with _by_the_loader():
            clusters.install()
    except OSError:
        raise MissingError(
            "systembiblioteket Pango saknas, och utan det kan inga PDF-filer göras",
            "installera det (Debian: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)",
        ) from None


def setter(assets: Assets) -> SetPdf:
    """Return a function that sets HTML as PDF; style sheets are parsed here, once in each worker."""
    write = _writer(assets, "pdf/ua-1")

    def set_pictures(html: str) -> bytes:
        return write(html, bytes(16), variant=None)

    def set_pdf(html: str, identifier: bytes, *, form: bool = False) -> bytes:
        plain = write(html, identifier, form=form)
        if form and appearances.are_needed(html):
            plain = appearances.added(plain, html, set_pictures)
        return _packed(plain, identifier)

    return set_pdf


def archival(assets: Assets) -> SetArchival:
    """Return a function that sets HTML as PDF/A-3a and PDF/UA-1 at once; style sheets are parsed here."""
    write = _writer(assets, "pdf/a-3a")

    def set_pdf(html: str, identifier: bytes, attached: Mapping[str, bytes], day: date) -> bytes:
        return _archived(write(html, identifier), identifier, attached, day)

    return set_pdf


class _Write(Protocol):
    def __call__(self, html: str, identifier: bytes, *, form: bool = False, variant: str | None = ...) -> bytes: ...


def _writer(assets: Assets, usual: str) -> _Write:
    """Return what sets HTML in one of the library's variants, not yet packed; None: pages with nothing about them."""
    library()
    from weasyprint import CSS, HTML  # noqa: PLC0415  as above
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse  # noqa: PLC0415

    # Its warnings quote style sheets and addresses; what matters raises.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL + 1)
    logging.getLogger("fontTools").setLevel(logging.CRITICAL + 1)

    class OnlyAssets(URLFetcher):
        """Serves the program's own files; everything else is fatal, so that no incomplete document is delivered."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            del headers
            name = url.removeprefix("asset:")
            if not url.startswith("asset:") or name not in assets.files:
                raise FatalURLFetchingError("a document asked for something outside the program's assets")
            kind = next((mime for ending, mime in _TYPES.items() if name.endswith(ending)), "application/octet-stream")
            return URLFetcherResponse(url, assets.files[name], {"Content-Type": kind})

    fetcher = OnlyAssets(allowed_protocols=["asset"], allow_redirects=False)  # type: ignore[no-untyped-call]
    # Parsed once in each worker: the style sheet is the same for every document.
    css = "".join(assets.text(name) for name in ("base/base.css", "base/print.css", "overview/overview.css"))
    style = CSS(string=css, base_url="asset:", url_fetcher=fetcher)

    @lru_cache(maxsize=_SETS_OF_FONTS)
    def loaded(families: tuple[str, ...], *, joined: bool) -> tuple[FontConfiguration, CSS]:
        """Load the faces of some families, and no other: what a document may be drawn with depends on its text only."""
        config = FontConfiguration()
        rules = fonts.faces(assets, families) + (fonts.field_face() if joined else "")
        return config, CSS(string=rules, base_url="asset:", url_fetcher=fetcher, font_config=config)

    def write(html: str, identifier: bytes, *, form: bool = False, variant: str | None = usual) -> bytes:
        html = drawable(html)
        joined = clusters.is_needed(html)
        config, own = loaded(families_for(html), joined=joined)
        document = HTML(string=html, base_url="asset:", url_fetcher=fetcher)
        # Compressed when packed, in C and once; the library takes its time over zlib's highest level.
        # Without an identifier of ours the file would hold a hash of the plaintext, in the clear, also when encrypted.
        sheets = [style, own] if variant else [own]
        laid_out = document.render(font_config=config, stylesheets=sheets, pdf_forms=form)
        with clusters.joining(needed=joined):
            made: bytes = laid_out.write_pdf(
                pdf_variant=variant,
                pdf_identifier=identifier,
                pdf_tags=variant is not None,
                pdf_forms=form,
                uncompressed_pdf=True,
            )
        return made

    return write


@contextmanager
def _by_the_loader() -> Iterator[None]:
    """Have libraries found by the system's loader only and without a word on stdout, while the block imports.

    For each name that the loader does not know, cffi asks `ctypes.util.find_library`, which starts ldconfig, gcc and ld
    in turn. That is a second of work, and a compiler that is killed leaves its temporary files behind. WeasyPrint tries
    the names of every system, and the loader knows those of this one; where it knows none, WeasyPrint prints an essay.
    """
    search = ctypes.util.find_library
    ctypes.util.find_library = lambda name: None  # noqa: ARG005  the name it is called with
    try:
        with redirect_stdout(StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the machine has no fonts is as it should be
            yield
    finally:
        ctypes.util.find_library = search


def _packed(plain: bytes, identifier: bytes) -> bytes:
    """Store objects compactly and in a fixed way, so that sealing changes the size by a known amount only."""
    out = BytesIO()
    with pikepdf.open(BytesIO(plain)) as pdf:
        pdf.trailer.ID = pikepdf.Array([pikepdf.String(identifier), pikepdf.String(identifier)])
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, static_id=False, deterministic_id=True)
    return out.getvalue()


def _archived(plain: bytes, identifier: bytes, attached: Mapping[str, bytes], day: date) -> bytes:
    """Make a PDF/A-3a say that it is PDF/UA-1 too, which the library does one at a time, and put files in it.

    A file is the source of what the page shows (`AFRelationship`), and the catalogue lists it (ISO 19005-3, 6.8).
    """
    out = BytesIO()
    stamp = f"D:{day:%Y%m%d}000000Z"
    with pikepdf.open(BytesIO(plain)) as pdf:
        pdf.trailer.ID = pikepdf.Array([pikepdf.String(identifier), pikepdf.String(identifier)])
        said = pdf.Root.Metadata.read_bytes().replace(b"</rdf:RDF>", _UA + b"</rdf:RDF>", 1)
        # Stored as it is, so that whoever looks for what the file says of itself finds it without opening streams.
        pdf.Root.Metadata = pikepdf.Stream(pdf, said, Type=pikepdf.Name.Metadata, Subtype=pikepdf.Name.XML)
        files = pikepdf.Array()
        for name, data in attached.items():
            file = pikepdf.AttachedFileSpec(
                pdf,
                data,
                filename=name,
                description=name,
                mime_type=_ATTACHED.get(name.rpartition(".")[2], "application/octet-stream"),
                creation_date=stamp,
                mod_date=stamp,
                relationship=pikepdf.Name.Source,
            )
            pdf.attachments[name] = file
            files.append(file.obj)
        if attached:
            pdf.Root.AF = files
        for thing in pdf.objects:
            if isinstance(thing, pikepdf.Stream) and "/Filter" not in thing and thing.get("/Type") != "/Metadata":
                _compress(thing)
        pdf.save(
            out,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            deterministic_id=True,
        )
    return out.getvalue()


def _compress(stream: pikepdf.Stream) -> None:
    """Compress a stream so that its last byte is no carriage return, whatever is in it.

    With the line feed that PDF/A asks for before `endstream`, such a byte reads as part of the line end, and judges
    then find the stream shorter than it says (ISO 19005-3, 6.1.7.1). So nothing is left to the library here, object
    streams neither.
    """
    packed = zlib.compress(stream.read_bytes(), 9)
    if packed.endswith(b"\r"):
        both = pikepdf.Array([pikepdf.Name.ASCIIHexDecode, pikepdf.Name.FlateDecode])
        stream.write(packed.hex().encode() + b">", filter=both)
    else:
        stream.write(packed, filter=pikepdf.Name.FlateDecode)
