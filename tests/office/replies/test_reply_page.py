"""Answering in the page: what is typed in a real browser comes out of the sealed file exactly, and nowhere else."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

import pytest

from iup.build import reply_ticket
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.policy.access import required_policy
from iup.seal import page, reply
from iup.seal.padding import padme
from iup.seal.passphrase import new_secret
from iup.site.load import load
from iup.system.git.trees import WorkTree
from iup.view.bundle import Bundle, Bundler, recipients
from tests.conftest import DAY, ROOT
from tests.support.sealing import exported, gpg_home, new_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Dialog, Download, Page

pytestmark = pytest.mark.browser
STEM = "0123456789abcdef0123"
SECRET = new_secret()
ISSUER = reply_ticket.Issuer(date.fromisoformat(DAY), b"p" * 32, b"t" * 32, b"f" * 32)
ODD = (
    'Å, ä, ö, €, 😀👩\u200d👧 \u0645\u06cc\u200c\u062e, ett\u200bord och "citat"'
    " <b>så</b> & 'så'.\n\n- en punkt\n  2 % = ½"
)


@cache
def bundle_of(reader: str) -> Bundle:
    tree = WorkTree(ROOT)
    school, _ = load(tree)
    assert school is not None
    day = date.fromisoformat(DAY)
    found = next(recipient for recipient in recipients(school, day) if recipient.id == reader)
    return Bundler(school, required_policy(tree), day, b"test").bundle(found)


def fragments(reader: str) -> str:
    """Return a reader's documents with their tickets, put together as the build does."""
    bundle, renderer = bundle_of(reader), Renderer(load_assets())
    made = []
    for document in bundle.documents:
        targets = () if document.pupil else bundle.targets
        fragment = renderer.fragment(document.view, document.version, document.anchor, targets)
        made.append(page.personal(fragment, ISSUER.ticket(reader, document), STEM))
    return "\n".join(made)


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the locked page of a guardian whose child cannot write yet."""
    shell = Renderer(load_assets()).shell("Låst brev", "En skola", page.SLOT)
    file = tmp_path_factory.mktemp("reply") / "page.html"
    file.write_bytes(page.seal(fragments("e5h7w").encode(), SECRET, shell.encode()))
    return file


@dataclass
class Opened:
    """An opened page, and everything that it asked for."""

    page: Page
    asked: list[str]

    def field(self, key: str) -> str:
        return f'article[data-ticket] >> nth=0 >> [name="{key}"]'

    def made(self) -> tuple[str, bytes]:
        """Press the button and return the file that is saved."""
        with self.page.expect_download() as waiting:
            self.page.locator(".make").first.click()
        path = waiting.value.path()
        return waiting.value.suggested_filename, path.read_bytes()


@pytest.fixture
def opened(browser: Browser, locked: Path) -> Iterator[Opened]:
    tab = browser.new_page(viewport={"width": 390, "height": 800})
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(locked.as_uri())
    tab.fill("#words", SECRET.passphrase)
    tab.press("#words", "Enter")
    tab.wait_for_selector("#opened article")
    yield Opened(tab, asked)
    tab.close()


def test_what_is_typed_comes_out_of_the_sealed_file_exactly(opened: Opened) -> None:
    tab = opened.page
    tab.locator(opened.field("mål/m2/kommentar")).press_sequentially("Räksmörgås på en ö.")
    tab.fill(opened.field("nytt_mål"), ODD)
    tab.select_option(opened.field("nytt_mål/ämne"), "Musik")
    tab.select_option(opened.field("fält/trivs_jag"), "Bra")
    tab.check(opened.field("läst"))
    tab.check(opened.field("mål/m1/ångra"))
    name, sealed = opened.made()
    assert reply.is_reply(sealed)
    assert reply.stem_of(sealed) == STEM
    body = json.loads(reply.unseal(sealed, SECRET.key))
    assert body["values"] == {
        "fält/trivs_jag": "Bra",
        "läst": True,
        "mål/m1/ångra": True,
        "mål/m2/kommentar": "Räksmörgås på en ö.",
        "nytt_mål": ODD,
        "nytt_mål/ämne": "Musik",
    }
    assert name == f"svar-{body['id'][:12]}.iup"
    plain = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert reply.unseal(sealed, SECRET.key) == plain, "one form, so that one reply has one hash"
    issued = reply_ticket.open(b"t" * 32, body["ticket"])
    document = next(document for document in bundle_of("e5h7w").documents if document.pupil)
    assert (issued.recipient, issued.pupil, issued.term) == ("e5h7w", document.pupil, "HT 2026")
    assert issued.fields == reply_ticket.states(b"p" * 32, document.pupil, document.places)
    assert padme(len(plain) + 16) in range(len(plain) + 16, len(plain) + 300)
    assert "inte skickad än" in tab.inner_text(".told >> nth=0")


def test_everything_goes_by_keyboard_alone(opened: Opened) -> None:
    tab = opened.page
    tab.focus(opened.field("läst"))
    tab.keyboard.press("Space")
    assert tab.is_checked(opened.field("läst"))
    tab.focus("details summary >> nth=0")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.name") == "fält/förberedelse_eleven"
    tab.keyboard.press("Control+A")
    tab.keyboard.type("Jag vill läsa om båtar.")
    tab.focus(".make >> nth=0")
    with tab.expect_download() as waiting:
        tab.keyboard.press("Enter")
    body = json.loads(reply.unseal(waiting.value.path().read_bytes(), SECRET.key))
    assert body["values"] == {"fält/förberedelse_eleven": "Jag vill läsa om båtar.", "läst": True}


def test_nothing_is_sent_or_kept_and_an_unsaved_page_warns(opened: Opened) -> None:
    tab = opened.page
    warnings: list[str] = []

    def warned(dialog: Dialog) -> None:
        warnings.append(dialog.type)
        dialog.dismiss()

    tab.on("dialog", warned)
    tab.fill(opened.field("nytt_mål"), "Ett utkast.")
    tab.keyboard.press("Tab")
    tab.close(run_before_unload=True)
    tab.wait_for_timeout(300)
    assert warnings == ["beforeunload"]
    kept = tab.evaluate("[localStorage.length, sessionStorage.length, document.cookie, location.hash]")
    assert kept == [0, 0, "", ""]
    assert all(field.get_attribute("autocomplete") == "off" for field in tab.locator("[data-place]").all())
    assert [url for url in opened.asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_a_page_whose_answer_is_made_closes_without_a_warning(opened: Opened) -> None:
    tab = opened.page
    warnings: list[str] = []

    def warned(dialog: Dialog) -> None:
        warnings.append(dialog.type)
        dialog.accept()

    tab.on("dialog", warned)
    tab.fill(opened.field("nytt_mål"), "Ett mål.")
    opened.made()
    tab.close(run_before_unload=True)
    assert warnings == []


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("nytt_mål", "Läs boken \u202enu", "inte går att spara (U+202E), efter ordet ”boken”"),
        ("nytt_mål", "Läs\n  >>>>>>> boken", "sju tecken i rad"),
        ("nytt_mål", "x" * 501, "Ett ord har 501 tecken, högst 500"),
        ("nytt_mål/ämne", "Musik", "skriv också målet"),
        ("", "", "Du har inte skrivit något ännu"),
    ],
)
def test_what_the_school_could_not_take_in_is_told_before_a_file_is_made(
    opened: Opened, key: str, text: str, said: str
) -> None:
    tab = opened.page
    if key.endswith("ämne"):
        tab.select_option(opened.field(key), text)
    elif key:
        tab.fill(opened.field(key), text)
    saved: list[Download] = []
    tab.on("download", lambda download: saved.append(download))  # noqa: PLW0108  playwright marks the function
    tab.locator(".make").first.click()
    assert said in tab.inner_text(".told >> nth=0")
    assert saved == []


def test_limits_are_counted_and_places_are_large_enough_to_hit(opened: Opened) -> None:
    tab = opened.page
    tab.fill(opened.field("fält/vill_prata_om"), "Båtar")
    counter = tab.get_attribute(opened.field("fält/vill_prata_om"), "aria-describedby")
    assert tab.inner_text(f"#{counter}") == "195 tecken kvar av 200."
    assert tab.get_attribute(opened.field("nytt_mål"), "maxlength") == "4000"
    small = tab.evaluate(
        """[...document.querySelectorAll('[data-place], .place summary, .reply button')]
           .filter(e => e.checkVisibility({checkVisibilityCSS: true}))
           .map(e => [e.name || e.textContent, e.getBoundingClientRect()])
           .filter(([, box]) => box.width < 24 || box.height < 24).map(([name]) => name)"""
    )
    assert [name for name in small if name] == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_page_prints_its_frames_and_what_was_typed(opened: Opened) -> None:
    tab = opened.page
    tab.fill(opened.field("nytt_mål"), "Ord ett.\n" + "\n".join(f"Rad nummer {n}." for n in range(30)))
    printed = tab.pdf(format="A4")
    text = subprocess.run(["pdftotext", "-", "-"], input=printed, capture_output=True, check=True).stdout.decode()
    assert "Rad nummer 0." in text
    assert "Rad nummer 29." in text
    assert text.count("Skriv här") == tab.locator(".place").count()
    assert "Gör svarsfilen" not in text


def test_who_may_write_nowhere_has_nothing_of_this() -> None:
    for reader in ("h6d2q", "l7b4n"):
        html = fragments(reader)
        for trace in ("data-place", "data-ticket", "Gör svarsfilen", "Skriv här", "<textarea"):
            assert trace not in html, reader


def test_an_openpgp_page_makes_a_plain_file_and_says_what_to_do_with_it(browser: Browser, tmp_path: Path) -> None:
    with gpg_home() as home:
        fingerprint = new_key(home, "kontoret")
        certificate = exported(home, fingerprint)
        key = json.dumps({"fingerprint": fingerprint, "key": base64.b64encode(certificate).decode()})
        file = tmp_path / "open.html"
        file.write_text(Renderer(load_assets()).page("En sida", fragments("t3m8k"), key=key), encoding="utf-8")
        tab = browser.new_page()
        tab.goto(file.as_uri())
        article = tab.locator("article[data-ticket]").first
        text = article.locator(".reply").inner_text()
        assert "Svarsfilen är inte låst. Signera den" in text
        assert " ".join(fingerprint[at : at + 4] for at in range(0, 40, 4)) in text
        assert "gpg --sign --encrypt" in text
        with tab.expect_download() as waiting:
            article.locator(".save-key").click()
        assert waiting.value.path().read_bytes() == certificate
        assert waiting.value.suggested_filename == "skolans-nyckel.gpg"
    article.locator('[name="nytt_mål"]').fill(ODD)
    with tab.expect_download() as waiting:
        article.locator(".make").click()
    body = json.loads(waiting.value.path().read_bytes())
    assert body["values"] == {"nytt_mål": ODD}
    assert waiting.value.suggested_filename == f"svar-{body['id'][:12]}.json"
    assert reply_ticket.open(b"t" * 32, body["ticket"]).recipient == "t3m8k"
    tab.close()


def test_a_preview_makes_no_answer(browser: Browser, tmp_path: Path) -> None:
    document = next(document for document in bundle_of("e5h7w").documents if document.pupil)
    renderer = Renderer(load_assets())
    file = tmp_path / "preview.html"
    fragment = renderer.fragment(document.view, document.version, document.anchor)
    file.write_text(renderer.page("En sida", fragment), encoding="utf-8")
    tab = browser.new_page()
    tab.goto(file.as_uri())
    tab.fill('[name="nytt_mål"]', "Ett mål.")
    tab.click(".make")
    assert "förhandsvisning" in tab.inner_text(".told")
    tab.close()
