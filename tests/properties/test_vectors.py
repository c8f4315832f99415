"""Sealed files of every released version, kept for ever: `tests/vectors/README.md`."""

from __future__ import annotations

import base64
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest

from iup.errors import BrokenSealError, WrongKeyError
from iup.seal import aespdf, openpgp, page, reply
from iup.seal.padding import padme
from iup.seal.passphrase import derive
from tests.conftest import ROOT
from tests.support.sealing import gpg, gpg_home, pdf_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

VECTORS = ROOT / "tests" / "vectors"
INDEX = tomllib.loads((VECTORS / "index.toml").read_text(encoding="utf-8"))
EXPECTED: dict[str, str] = {
    f"{version}/{name}": expected
    for version, files in INDEX.items()
    if isinstance(files, dict)
    for name, expected in files.items()
}
# A page that is cut off has lost its script: its button does nothing in a browser.
PAGES = {n: expected for n, expected in EXPECTED.items() if n.endswith(".html") and "truncated" not in n}
GOOD = [name for name, expected in EXPECTED.items() if expected == "opens"]


@pytest.fixture(scope="module")
def homes() -> Iterator[dict[str, Path]]:
    """Return a GnuPG home with the test key that the messages are sealed to, and one with another."""
    with gpg_home() as own, gpg_home() as other:
        for home, name in ((own, INDEX["key"]), (other, INDEX["other_key"])):
            gpg(home, "--import", ROOT / "tests" / "keys" / f"{name}.asc")
        yield {"own": own, "other": other}


def verdict(name: str, words: str, home: Path) -> str:
    """Open a vector and say what became of it, in the words of the index."""
    sealed = (VECTORS / name).read_bytes()
    try:
        if name.endswith(".pdf"):
            text = pdf_text(aespdf.unseal(sealed, words))
        elif name.endswith(".iup"):
            text = reply.unseal(sealed, derive(words, base64.b64decode(INDEX["salt"]))).decode()
        elif name.endswith(".html"):
            text = page.unseal(sealed, words).decode()
        else:
            text = openpgp.unseal(sealed, home).decode()
    except WrongKeyError:
        return "wrong-key"
    except BrokenSealError:
        return "broken"
    return "opens" if INDEX["text"] in text else f"says something else: {text}"


def test_every_vector_is_in_the_index_and_every_version_has_one_of_each_kind() -> None:
    files = {f"{path.parent.name}/{path.name}" for path in VECTORS.glob("*/*") if path.parent.name[0].isdigit()}
    assert files == EXPECTED.keys()
    assert {name.split("/", 1)[1] for name in GOOD} == {"good.html", "good.pdf", "good.iup", "good.html.pgp"}


@pytest.mark.parametrize(("name", "expected"), EXPECTED.items())
def test_a_vector_does_what_the_index_says(name: str, expected: str, homes: dict[str, Path]) -> None:
    assert verdict(name, INDEX["words"], homes["own"]) == expected


@pytest.mark.parametrize("name", GOOD)
def test_no_other_key_opens_a_good_vector(name: str, homes: dict[str, Path]) -> None:
    assert verdict(name, INDEX["other_words"], homes["other"]) == "wrong-key"


def by_the_recipients_tools(name: str, words: str, home: Path, folder: Path) -> str:
    """Open a PDF or a message with qpdf or gpg, and return what it says; empty when the tool refuses it."""
    if name.endswith(".pdf"):
        secret, opened = folder / "words", folder / "opened.pdf"
        secret.write_text(words, encoding="ascii")
        run = ["qpdf", f"--password-file={secret}", "--decrypt", str(VECTORS / name), str(opened)]
        done = subprocess.run(run, capture_output=True, check=False)
        return pdf_text(opened.read_bytes()) if done.returncode == 0 else ""
    # Its exit code is also about the signature, whose key is not in this home.
    run = ["gpg", "--homedir", str(home), "--batch", "--status-fd", "2", "--decrypt", str(VECTORS / name)]
    done = subprocess.run(run, capture_output=True, check=False)
    return done.stdout.decode(errors="replace") if b"DECRYPTION_OKAY" in done.stderr else ""


@pytest.mark.parametrize(
    ("name", "expected"), [(n, e) for n, e in EXPECTED.items() if not n.endswith((".html", ".iup"))]
)
def test_the_recipients_own_tools_do_the_same(name: str, expected: str, homes: dict[str, Path], tmp_path: Path) -> None:
    said = by_the_recipients_tools(name, INDEX["words"], homes["own"], tmp_path)
    assert (INDEX["text"] in said) == (expected == "opens")
    other = by_the_recipients_tools(name, INDEX["other_words"], homes["other"], tmp_path)
    assert INDEX["text"] not in other


def typed(browser_page: Page, name: str, words: str) -> str:
    """Type words into a locked page and return what the reader then sees."""
    browser_page.goto((VECTORS / name).as_uri())
    browser_page.fill("#words", words)
    browser_page.click("#open")
    browser_page.wait_for_function(
        "() => !document.getElementById('opened').hidden || !document.getElementById('open').disabled"
    )
    return browser_page.inner_text("main")


@pytest.mark.browser
@pytest.mark.parametrize(("name", "expected"), PAGES.items())
def test_a_page_does_the_same_in_a_browser(browser: Browser, name: str, expected: str) -> None:
    browser_page = browser.new_page()
    seen = typed(browser_page, name, INDEX["words"])
    assert (INDEX["text"] in seen) == (expected == "opens")
    assert ("Det gick inte att öppna" in seen) == (expected != "opens")
    browser_page.close()


@pytest.mark.browser
def test_a_browser_takes_the_words_as_typed_and_no_others(browser: Browser) -> None:
    browser_page = browser.new_page()
    name = next(name for name in GOOD if name.endswith(".html"))
    assert INDEX["text"] not in typed(browser_page, name, INDEX["other_words"])
    assert INDEX["text"] in typed(browser_page, name, f"  {INDEX['words'].upper().replace('-', ' ')} ")
    browser_page.close()


@pytest.mark.browser
def test_a_browser_makes_the_good_reply_byte_for_byte(browser: Browser) -> None:
    name = next(name for name in GOOD if name.endswith(".iup"))
    good = (VECTORS / name).read_bytes()
    key = derive(INDEX["words"], base64.b64decode(INDEX["salt"]))
    # The script is put into a page from the disk, whose own policy forbids that: only there has a browser WebCrypto.
    browser_page = browser.new_context(bypass_csp=True).new_page()
    browser_page.goto((VECTORS / "0.1.0" / "good.html").as_uri())
    browser_page.add_script_tag(content=(ROOT / "templates" / "page" / "reply.js").read_text(encoding="utf-8"))
    made = browser_page.evaluate(
        """async ([bits, body, stem]) => {
          const base = await crypto.subtle.importKey("raw", Uint8Array.from(bits), "HKDF", false, ["deriveKey"]);
          const iv = Uint8Array.from({ length: 12 }, (_, number) => number);
          return answering.seal(new TextEncoder().encode(body), base, stem, iv);
        }""",
        [list(key), reply.unseal(good, key).decode(), reply.stem_of(good)],
    )
    assert made.encode() == good
    lengths = [*range(2, 400), 1_000, 12_345, 100_000]
    assert browser_page.evaluate("lengths => lengths.map(answering.padme)", lengths) == [padme(n) for n in lengths]
    browser_page.close()
