"""Serve pages over HTTP to one person on this machine, and to nobody else.

Bound to 127.0.0.1. The address holds a random token. A request with another path, another host name (a web page may
point its own name here), another origin or another method gets an empty refusal. A POST is taken only from a page of
ours, as JSON, and never a large one. Nothing is logged and nothing stored: a request's path would name a pupil, and its
answer is a plan. Knows nothing about what it serves.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import socketserver
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from iup.errors import UsageError
from iup.text import digits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LOOPBACK = "127.0.0.1"
_TOKEN_BYTES = 16
_SECONDS = 30  # for a client that says nothing
_MOST_BYTES = 64 * 1024  # of a POST: a choice with a reason of the longest kind is a sixth of that
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True)
class HttpAnswer:
    """A page to send; `framed` says that our own pages may show it in a frame; no other page may.

    `kind` is another media type than HTML's, `status` the code for a refused action.
    """

    body: str | bytes
    framed: bool = False
    kind: str = "text/html; charset=utf-8"
    status: HTTPStatus = HTTPStatus.OK


@dataclass(frozen=True)
class Pages:
    """What is served: a page by name and query (None where there is none), events as texts, and where faults are sent.

    `act` does what a page asks for by POST: a name and the values of a JSON object.
    """

    page: Callable[[str, Mapping[str, str]], HttpAnswer | None]
    events: Callable[[], Iterator[str]]
    fault: Callable[[Exception], None]
    act: Callable[[str, Mapping[str, Any]], HttpAnswer | None] = lambda _name, _values: None


class Server(ThreadingHTTPServer):
    """Serves pages at `address` until it is closed."""

    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # elsewhere it would let another program take the port

    def __init__(self, pages: Pages, port: int = 0) -> None:
        self.pages = pages
        self.token = secrets.token_hex(_TOKEN_BYTES)
        try:
            super().__init__((LOOPBACK, port), _Request)
        except (OSError, OverflowError):
            raise UsageError(
                f"porten {port} går inte att använda", "välj en annan med --port, eller ingen alls"
            ) from None

    def server_bind(self) -> None:
        """Bind without asking a name server what the machine is called."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = LOOPBACK, self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  the library's
        """Report nothing when a client goes away."""

    @property
    def hosts(self) -> frozenset[str]:
        """The host names that a browser on this machine may use for us."""
        return frozenset({f"{LOOPBACK}:{self.server_port}", f"localhost:{self.server_port}"})

    @property
    def address(self) -> str:
        """The one address that answers."""
        return f"http://{LOOPBACK}:{self.server_port}/{self.token}/"


class _Request(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    timeout = _SECONDS

    def do_GET(self) -> None:
        """Answer with a page, with events, or with nothing."""
        name, query = self._asked()
        if name == "events":
            self._stream()
        elif name is not None:
            self._answered(lambda: self.server.pages.page(name, dict(parse_qsl(query))))

    def do_POST(self) -> None:
        """Do what a page of ours asks for."""
        name, _ = self._asked()
        if name is None:
            return
        values = self._values()
        if values is None:
            self.send_error(HTTPStatus.FORBIDDEN)
        else:
            self._answered(lambda: self.server.pages.act(name, values))

    def _asked(self) -> tuple[str | None, str]:
        """Return the name and the query that are asked for, or no name where that has been refused."""
        path, _, query = self.path.partition("?")
        token, _, name = path.removeprefix("/").partition("/")
        ours = hmac.compare_digest(token.encode("utf-8", "replace"), self.server.token.encode())
        if self._from_here() and ours and path.count("/") >= 2:  # noqa: PLR2004  the token stands between two
            return name, query
        self.close_connection = True  # whatever else was sent is not read
        self._send(HTTPStatus.NOT_FOUND if self._from_here() else HTTPStatus.FORBIDDEN)
        return None, query

    def _values(self) -> dict[str, Any] | None:
        """Return the JSON object that was sent, or None: a form of some other page cannot send one unasked."""
        length = digits.number(self.headers.get("Content-Length", ""))
        kind = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if length is None or length > _MOST_BYTES or kind != "application/json" or not self.headers.get("Origin"):
            return None
        try:
            values = json.loads(self.rfile.read(length))
        except (ValueError, RecursionError):
            return None
        return values if isinstance(values, dict) else None

    def _answered(self, ask: Callable[[], HttpAnswer | None]) -> None:
        try:
            answer = ask()
        except Exception as error:  # noqa: BLE001  our own bug must not end the server
            self.server.pages.fault(error)
            self._send(HTTPStatus.INTERNAL_SERVER_ERROR)
            return
        if answer is None:
            self._send(HTTPStatus.NOT_FOUND)
        else:
            body = answer.body.encode() if isinstance(answer.body, str) else answer.body
            self._send(answer.status, body, answer.kind, framed=answer.framed)

    def _from_here(self) -> bool:
        """Say whether a browser on this machine asks, from the address bar or from a page of ours."""
        hosts = self.headers.get_all("Host", [])
        origins = self.headers.get_all("Origin", [])
        sites = self.headers.get_all("Sec-Fetch-Site", [])
        return (
            len(hosts) == 1
            and hosts[0] in self.server.hosts
            and all(origin == f"http://{hosts[0]}" for origin in origins)
            and all(site in {"none", "same-origin"} for site in sites)
        )

    def _send(
        self, status: HTTPStatus, body: bytes = b"", kind: str = "text/html; charset=utf-8", *, framed: bool = False
    ) -> None:
        self.send_response(status)
        self._headers(kind, framed=framed)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self) -> None:
        self.send_response(HTTPStatus.OK)
        self._headers("text/event-stream", framed=False)
        self.end_headers()
        for text in self.server.pages.events():
            # A comment where nothing has happened: it finds out whether anybody still listens.
            self.wfile.write(f"data: {text}\n\n".encode() if text else b":\n\n")
            self.wfile.flush()

    def _headers(self, kind: str, *, framed: bool) -> None:
        self.send_header("Content-Type", kind)
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Security-Policy", "frame-ancestors 'self'" if framed else "frame-ancestors 'none'")
        self.send_header("X-Frame-Options", "SAMEORIGIN" if framed else "DENY")

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse any other method, or what is not HTTP at all, with an empty answer."""
        del code, message, explain
        self.close_connection = True
        self._send(HTTPStatus.FORBIDDEN)

    def version_string(self) -> str:
        """Return an empty string, so that no version is named."""
        return "iup"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Log nothing."""
