"""`preview` as a running program that tests ask as a browser does."""

from __future__ import annotations

import html
import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from threading import Thread
from typing import TYPE_CHECKING, Self

from iup.build.preview import Preview
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.system.local_server import Pages, Server
from tests.conftest import DAY, ROOT, signalled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SECONDS = 300  # after so long without an answer a test fails; a machine may be very busy


@dataclass(frozen=True)
class Reply:
    """What the server said."""

    status: int
    headers: Mapping[str, str]
    body: str


class Events:
    """The numbers of readings, as the server tells them."""

    def __init__(self, port: int, path: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        self._connection.request("GET", path)
        self._response = self._connection.getresponse()

    def next(self) -> int:
        """Wait for the next event."""
        while not (line := self._response.readline()).startswith(b"data: "):
            assert line, "the stream ended"
        return int(line.removeprefix(b"data: "))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._response.close()
        self._connection.close()


class Running:
    """A `preview` that runs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        self.address = process.stdout.readline().strip()
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/([0-9a-f]{32})/", self.address)
        assert found, self.address
        self.port, self.token = int(found[1]), found[2]

    def ask(self, path: str, method: str = "GET", headers: tuple[tuple[str, str], ...] | None = None) -> Reply:
        """Send a request as it stands; without headers with the right Host alone."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in (("Host", f"127.0.0.1:{self.port}"),) if headers is None else headers:
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            return Reply(answer.status, dict(answer.getheaders()), answer.read().decode())
        finally:
            connection.close()

    def frame(self) -> str:
        """Return the page with the choices and the problems."""
        reply = self.ask(f"/{self.token}/")
        assert reply.status == http.client.OK
        return html.unescape(reply.body)

    def page(self, reader: str) -> str:
        """Return what one reader would get."""
        reply = self.ask(f"/{self.token}/page?reader={reader}")
        assert reply.status == http.client.OK
        return html.unescape(reply.body)

    def events(self) -> Events:
        """Listen for readings; the first is the present one."""
        return Events(self.port, f"/{self.token}/events")

    def end(self) -> tuple[int, str, str]:
        """Press Ctrl-C; return the exit code and all that was said after the address."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, out, err


class Looking:
    """A preview inside this process: what `preview` answers with, without a program that has to begin."""

    def __init__(self, shown: Preview) -> None:
        self.shown = shown
        self._events = shown.events()

    def frame(self, **query: str) -> str:
        """Return the page with the choices and the problems."""
        return self._asked("", query)

    def page(self, reader: str, pupil: str = "") -> str:
        """Return what one reader would get."""
        return self._asked("page", {"reader": reader, "pupil": pupil})

    def next(self) -> int:
        """Wait for the next reading; the first is the present one."""
        while not (number := next(self._events)):
            continue
        return int(number)

    def _asked(self, name: str, query: Mapping[str, str]) -> str:
        answer = self.shown.answer(name, query)
        assert answer is not None
        assert isinstance(answer.body, str)
        return html.unescape(answer.body)


@cache
def renderer() -> Renderer:
    """Return what makes the pages; its templates are compiled once."""
    return Renderer(load_assets())


@contextmanager
def looking(site: Path) -> Iterator[Looking]:
    """Look at a site's files from inside this process."""
    shown = Preview(site, lambda: date.fromisoformat(DAY), renderer())
    try:
        yield Looking(shown)
    finally:
        shown.close()


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve the preview of a site to a browser from inside this process; return its address."""
    faults: list[Exception] = []
    with looking(site) as own, Server(Pages(own.shown.answer, own.shown.events, faults.append)) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.address
        own.shown.close()  # whoever listens is let go
        server.shutdown()
        thread.join()
    assert faults == []


@contextmanager
def previewing(site: Path, *arguments: str, env: Mapping[str, str] | None = None) -> Iterator[Running]:
    process = subprocess.Popen(
        signalled(sys.executable, ROOT / "build.py", "preview", "--site", site, "--as-of", DAY, *arguments),
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Running(process)
    finally:
        process.kill()
        process.communicate()


def files_in(to: Path) -> Path:
    """Return a site with the invented school's files, without office, keys or git."""
    for folder in ("content", "policies"):
        shutil.copytree(ROOT / folder, to / folder)
    return to
