"""Everything by which HTML, CSS or SVG can ask for something else, given to the real PDF setter: it fetches nothing."""

from __future__ import annotations

import socket
import subprocess
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from iup.documents import pdf
from iup.documents.assets import load_assets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CANARY = "Kanarie7f3q"
HOUSE = (
    '<html lang="sv"><head><title>t</title>{head}</head><body><p style="{style}" class="x">ord</p>{body}</body></html>'
)
XLINK = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9" height="9"'

# HTTP and FILE are where the listener and the canary are.
HEAD = {
    "link css": '<link rel="stylesheet" href="HTTP/a.css">',
    "link css of a file": '<link rel="stylesheet" href="FILE">',
    "@import": "<style>@import url(HTTP/a.css);</style>",
    "@font-face": "<style>@font-face{font-family:f;src:url(HTTP/f.ttf)}.x{font-family:f}</style>",
    "content": "<style>.x::before{content:url(HTTP/a.png)}</style>",
    "list-style-image": "<style>.x{display:list-item;list-style-image:url(HTTP/a.png)}</style>",
    "border-image": "<style>.x{border:9px solid;border-image:url(HTTP/a.png) 3}</style>",
    "mask-image": "<style>.x{mask-image:url(HTTP/a.png)}</style>",
    "@color-profile": "<style>@color-profile device-cmyk{src:url(HTTP/a.icc)}</style>",
    "@page background": "<style>@page{background:url(FILE)}</style>",
    "attachment": '<link rel="attachment" href="HTTP/a.txt">',
    "attachment of a file": '<link rel="attachment" href="FILE">',
    "base": '<base href="HTTP/"><link rel="stylesheet" href="a.css">',
    "icon": '<link rel="icon" href="HTTP/a.ico">',
    "refresh": '<meta http-equiv="refresh" content="0;url=HTTP/">',
    "script": '<script src="HTTP/a.js"></script>',
}
BODY = {
    "img": '<img src="HTTP/a.png">',
    "img of a file": '<img src="FILE">',
    "img redirected": '<img src="HTTP/redirect">',
    "img relative": '<img src="../../etc/hostname">',
    "picture": '<picture><source srcset="HTTP/a.png"><img srcset="HTTP/b.png 2x" src="HTTP/c.png"></picture>',
    "input image": '<input type="image" src="HTTP/a.png">',
    "object": '<object data="HTTP/a.png"></object>',
    "embed": '<embed src="HTTP/a.png">',
    "iframe": '<iframe src="HTTP/"></iframe>',
    "link to a file": '<a rel="attachment" href="FILE">x</a>',
    "svg image": f'<svg {XLINK}><image xlink:href="HTTP/a.png" width="9" height="9"/></svg>',
    "svg in data": "<img src=\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='9' height='9'"
    "%3E%3Cimage href='HTTP/a.png' width='9' height='9'/%3E%3C/svg%3E\">",
    "svg use": f'<svg {XLINK}><use xlink:href="HTTP/a.svg#x"/></svg>',
    "svg @import": f"<svg {XLINK}><style>@import url(HTTP/a.css);</style><rect/></svg>",
    "xml entity": f'<!DOCTYPE x [<!ENTITY e SYSTEM "FILE">]><svg {XLINK}><text>&e;</text></svg>',
    "video": '<video poster="HTTP/a.png" src="HTTP/a.mp4"></video>',
}
STYLE = {"style": "background:url(HTTP/a.png)", "style of a file": "background:url(FILE)"}
VECTORS = [
    *(pytest.param(HOUSE.format(head=v, style="", body=""), id=k) for k, v in HEAD.items()),
    *(pytest.param(HOUSE.format(head="", style="", body=v), id=k) for k, v in BODY.items()),
    *(pytest.param(HOUSE.format(head="", style=v, body=""), id=k) for k, v in STYLE.items()),
]


@pytest.fixture(scope="module")
def set_pdf() -> Callable[[str, bytes], bytes]:
    return pdf.setter(load_assets())


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """Listen on this machine; return where, and what was asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        asked.append(connection.recv(1000))
                        connection.sendall(b"HTTP/1.0 302 Found\r\nLocation: /again\r\n\r\n")

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("html", VECTORS)
def test_a_document_fetches_nothing(
    html: str, set_pdf: Callable[[str, bytes], bytes], listener: tuple[str, list[bytes]], tmp_path: Path
) -> None:
    where, asked = listener
    canary = tmp_path / "canary.txt"
    canary.write_text(CANARY, encoding="ascii")
    made = b""
    try:
        made = set_pdf(html.replace("HTTP", where).replace("FILE", canary.as_uri()), b"0" * 16)
    except BaseException as error:  # noqa: BLE001  the fetcher's refusal is fatal on purpose, and no Exception
        assert type(error).__name__ in {"FatalURLFetchingError", "ValueError"}, error  # noqa: PT017  either is right
    assert asked == []
    if made:
        file = tmp_path / "a.pdf"
        file.write_bytes(made)
        objects = subprocess.run(
            ["qpdf", "--qdf", "--object-streams=disable", file, "-"], capture_output=True, check=False
        )
        assert b"%PDF" in objects.stdout
        text = subprocess.run(["pdftotext", file, "-"], capture_output=True, check=True).stdout
        assert CANARY.encode() not in objects.stdout + text
        assert b"/EmbeddedFile" not in objects.stdout


def test_the_listener_hears_who_asks(listener: tuple[str, list[bytes]]) -> None:
    where, asked = listener
    with socket.create_connection(("127.0.0.1", int(where.rsplit(":", 1)[1]))) as connection:
        connection.sendall(b"GET /")
        connection.recv(100)
    assert asked == [b"GET /"]
