"""Opens what was built with the tools that a recipient has: gpg, poppler, qpdf and Chromium. Nothing of `iup` opens it.

The one look inside is `passphrases`: in life they come on paper, so here they are read from the office's vault.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from iup.keys import keyring
from iup.keys.vault import open_vault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Request

    from tests.conftest import Place

_SPLIT = re.compile(r"\u00ad|[-\u2010]\n")  # a word divided at the end of a line


@dataclass(frozen=True)
class Shown:
    """One document as its reader meets it: its title and text, what stands in its fields to fill in, and everything
    else that its file holds.
    """

    title: str
    text: str
    hidden: str = ""
    typed: str = ""


@dataclass(frozen=True)
class Opened:
    """One recipient's files, opened. The start page comes first in both."""

    pdfs: tuple[Shown, ...]
    articles: tuple[Shown, ...]
    source: str
    keys: frozenset[str]


def run(*arguments: str | Path, feed: bytes = b"") -> bytes:
    """Run an outside tool and return what it says."""
    done = subprocess.run([*map(str, arguments)], input=feed, capture_output=True, timeout=900, check=False)
    # 3 is qpdf's “succeeded with warnings”.
    assert done.returncode == 0 or (arguments[0] == "qpdf" and done.returncode == 3), done.stderr.decode()
    return done.stdout


def passphrases(place: Place) -> dict[str, str]:
    """Return each passphrase recipient's words."""
    names = [path.stem for path in sorted((place.office / "secrets").glob("*.sealed"))]
    with keyring.opened(place.office) as own:
        vault = open_vault(own)
        secrets = {name: vault.secret(name) for name in names}
    return {name: secret.passphrase for name, secret in secrets.items() if secret}


def decrypted(place: Place, file: Path) -> tuple[bytes, str]:
    """Return what an OpenPGP file holds and the one key that opens it."""
    done = subprocess.run(
        ["gpg", "--homedir", place.keyring, "--batch", "--trust-model", "always", "--status-fd", "2", "-d", file],
        capture_output=True,
        timeout=900,
        check=False,
    )
    status = done.stderr.decode(errors="replace")
    assert done.returncode == 0, status
    assert status.count("[GNUPG:] ENC_TO ") == 1, "a file is encrypted to one key and no other"
    key = re.search(r"DECRYPTION_KEY \S+ (\S+)", status)
    assert key is not None
    return done.stdout, key[1]


def pdf(data: bytes, folder: Path, words: str = "") -> Shown:
    """Return a PDF's title and text, and its other objects (bookmarks, metadata) as they lie in the file."""
    plain, secret = folder / "a.pdf", folder / "words"
    plain.write_bytes(data)
    secret.write_text(words, encoding="ascii")
    objects = run("qpdf", f"--password-file={secret}", "--decrypt", "--qdf", "--object-streams=disable", plain, "-")
    plain.write_bytes(objects)
    text = run("pdftotext", plain, "-").decode()
    information = run("pdfinfo", plain).decode()
    title = re.search(r"^Title: +(.*)$", information, re.MULTILINE)
    # Strings outside the text are Latin-1 or UTF-16; read both ways, every ASCII word in them is found.
    both = objects.decode("latin-1") + objects.replace(b"\0", b"").decode("latin-1")
    hexadecimal = b"".join(bytes.fromhex(h.decode()) for h in re.findall(rb"<((?:[0-9a-fA-F]{2})+)>", objects))
    both += hexadecimal.replace(b"\0", b"").decode("latin-1")
    form = json.loads(run("qpdf", "--json=2", "--json-key=acroform", plain))["acroform"]
    typed = "\n".join(str(field["value"]) for field in form["fields"])
    return Shown(title[1] if title else "", _SPLIT.sub("", text), information + both, typed)


@contextmanager
def opened_page(browser: Browser, file: Path, words: str = "", width: int = 1280) -> Iterator[Page]:
    """Open a page from the disk, type the passphrase if it is locked, and end with no request made to anywhere."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    try:
        with _opened_in(page, file, words):
            yield page
    finally:
        page.close()


@contextmanager
def _opened_in(page: Page, file: Path, words: str) -> Iterator[None]:
    asked: list[str] = []

    def hear(request: Request) -> None:
        asked.append(request.url)

    page.context.on("request", hear)
    try:
        page.goto(file.as_uri())
        if words:
            page.fill("#words", words)
            page.click("#open")
        page.wait_for_selector("#opened article")
        yield
        outside = [url for url in asked if not url.startswith(("file:", "data:"))]
        assert outside == [], "an opened page asks for nothing"
    finally:
        page.context.remove_listener("request", hear)


@cache
def _reading_tab(browser: Browser) -> Page:
    """Return the tab in which pages are read one after the other: a tab costs more than the page in it."""
    return browser.new_page(viewport={"width": 1280, "height": 900})


def printed(page: Page) -> str:
    """Return the text of what the browser prints."""
    return _SPLIT.sub("", run("pdftotext", "-", "-", feed=page.pdf(format="A4")).decode())


# Asked at once: each question to the browser costs more than its answer.
_ARTICLES = """() => [...document.querySelectorAll("article.doc")].map((article) => [
  article.querySelector("h1, h2").innerText,
  article.innerText,
  [...article.querySelectorAll("[data-place]")].map((field) => field.value).join("\\n"),
])"""


def articles(page: Page) -> tuple[Shown, ...]:
    """Return the documents of an opened page as they are read on the screen."""
    return tuple(
        Shown(title, text.replace("\u00ad", ""), typed=typed) for title, text, typed in page.evaluate(_ARTICLES)
    )


class Opener:
    """Opens recipients' files of one built site."""

    def __init__(self, place: Place, files: Mapping[str, Sequence[str]], browser: Browser, folder: Path) -> None:
        self._place = place
        self._files = files
        self.browser = browser
        self._folder = folder
        self.words = passphrases(place)

    def open(self, recipient: str) -> Opened:
        """Open everything that one recipient got."""
        names = sorted(self._files[recipient])
        pdfs = sorted((n for n in names if ".pdf" in n), key=lambda n: int(n.split("-")[1].split(".")[0]))
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            sheets = list(pool.map(lambda name: self._pdf(recipient, name), pdfs))
        keys = {key for _, key in sheets}
        shown: tuple[Shown, ...] = ()
        source = ""
        for name in names:
            if ".html" in name:
                file, words, key = self.page(recipient, name)
                keys.add(key)
                tab = _reading_tab(self.browser)
                with _opened_in(tab, file, words):
                    shown, source = articles(tab), tab.content()
        return Opened(tuple(sheet for sheet, _ in sheets), shown, source, frozenset(keys))

    def page(self, recipient: str, name: str = "") -> tuple[Path, str, str]:
        """Return a recipient's page as a file, the words to type in it (none for OpenPGP), and the key that opened."""
        name = name or next(n for n in self._files[recipient] if ".html" in n)
        file = self._place.current / name
        if not name.endswith(".pgp"):
            return file, self.words[recipient], "words"
        plain, key = decrypted(self._place, file)
        target = self._folder / name.removesuffix(".pgp")
        target.write_bytes(plain)
        return target, "", key

    def _pdf(self, recipient: str, name: str) -> tuple[Shown, str]:
        folder = self._folder / name
        folder.mkdir(exist_ok=True)
        file = self._place.current / name
        if name.endswith(".pgp"):
            plain, key = decrypted(self._place, file)
            return pdf(plain, folder), key
        return pdf(file.read_bytes(), folder, self.words[recipient]), "words"


def told(out: str) -> dict[str, list[str]]:
    """Return who got which files, as `build --json` says."""
    files: dict[str, list[str]] = json.loads(out)["files"]
    return files
