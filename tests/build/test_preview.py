"""`preview` as a user runs it: what it shows, to whom, how soon, and what it leaves behind (nothing)."""

from __future__ import annotations

import html
import http.client
import json
import re
import shutil
import socket
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from iup.build.preview import AT_MOST, Preview
from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.errors import ExitCode
from iup.keys import keyring
from iup.keys.vault import open_vault
from iup.seal import page as page_seal
from tests.conftest import DAY, iup
from tests.support.outside import decrypted, told
from tests.support.previewing import SECONDS, Running, files_in, previewing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from tests.conftest import Place

NOEL, NOELS_MOTHER, NOELS_MENTOR = "a6n4x", "e5h7w", "t3m8k"
NOELS_PLAN = "content/pupils/a6n4x/plan.yaml"
STRANGER = "q5m2a"
WRITTEN, REWRITTEN = "kan alla bokstavsljud", "kan nu alla bokstavsljud"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return files_in(tmp_path / "site")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Return a preview whose files nobody changes."""
    with previewing(files_in(tmp_path_factory.mktemp("preview") / "site")) as found:
        yield found


def save(site: Path, path: str, before: str, after: str) -> None:
    file = site / path
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")


def problems(frame: str) -> list[str]:
    """Return where the listed problems are."""
    return re.findall(r"<strong>(?:Fel|Varning|Upplysning)</strong> <code>([^<]+)</code>", frame)


def listing(*folders: Path) -> dict[str, tuple[int, int]]:
    found = [path for folder in folders for path in (folder, *folder.rglob("*"))]
    return {str(path): (path.lstat().st_mtime_ns, path.lstat().st_size) for path in found}


# Who is answered


def test_prints_one_address_and_ends_kindly_at_ctrl_c(site: Path) -> None:
    with previewing(site) as first, previewing(site) as second:
        assert first.token != second.token
        first.page(NOELS_MOTHER)
        with first.events() as events:  # somebody listens, and does not hold it up
            events.next()
            code, out, err = first.end()

    assert (code, out) == (ExitCode.OK, "")
    assert err.splitlines()[-1] == "Förhandsvisningen är avslutad. Inget har sparats."


def listening(port: int) -> set[str]:
    """Return the addresses that a port listens on, as the kernel writes them."""
    rows = [
        line.split()
        for table in ("tcp", "tcp6")
        if (file := Path("/proc/net") / table).exists()
        for line in file.read_text(encoding="ascii").splitlines()[1:]
    ]
    return {row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port}


def test_listens_on_loopback_only(running: Running) -> None:
    assert listening(running.port) == {"0100007F"}
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", running.port), timeout=SECONDS)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/{wrong}/",
        "/{wrong}/page?reader=e5h7w",
        "/{wrong}/events",
        "/{half}/",
        "/{token}",
        "/{token}/content/site.yaml",
        "/{token}/../../content/site.yaml",
        "/%2e%2e/{token}/",
        "/favicon.ico",
        "/%C3%A5/",
    ],
)
def test_another_path_is_answered_with_nothing(running: Running, path: str) -> None:
    reply = running.ask(path.format(token=running.token, wrong="0" * 32, half=running.token[:16]))

    assert (reply.status, reply.body) == (404, "")


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("Host", "127.0.0.1"),),
        (("Host", "evil.example:{port}"),),
        (("Host", "127.0.0.1.evil.example:{port}"),),
        (("Host", "127.0.0.1:1"),),
        (("Host", "127.0.0.1:{port}"), ("Host", "evil.example")),
        (("Host", "127.0.0.1:{port}"), ("Origin", "http://evil.example")),
        (("Host", "127.0.0.1:{port}"), ("Origin", "null")),
        (("Host", "127.0.0.1:{port}"), ("Origin", "https://127.0.0.1:{port}")),
        (("Host", "127.0.0.1:{port}"), ("Origin", "http://127.0.0.1:1")),
        (("Host", "127.0.0.1:{port}"), ("Sec-Fetch-Site", "cross-site")),
        (("Host", "127.0.0.1:{port}"), ("Sec-Fetch-Site", "same-site")),
    ],
)
@pytest.mark.parametrize("name", ["", "page?reader=e5h7w", "events"])
def test_another_host_or_origin_is_refused(running: Running, headers: tuple[tuple[str, str], ...], name: str) -> None:
    sent = tuple((key, value.format(port=running.port)) for key, value in headers)

    reply = running.ask(f"/{running.token}/{name}", headers=sent)

    assert (reply.status, reply.body) == (403, "")
    assert "Access-Control-Allow-Origin" not in reply.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PROPFIND", "TRACE"])
def test_nothing_but_get_is_answered(running: Running, method: str) -> None:
    reply = running.ask(f"/{running.token}/", method)

    assert (reply.status, reply.body) == (403, "")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_browser_on_the_machine_is_answered_by_either_name(running: Running, host: str) -> None:
    own = (("Host", f"{host}:{running.port}"), ("Origin", f"http://{host}:{running.port}"))

    reply = running.ask(f"/{running.token}/", headers=(*own, ("Sec-Fetch-Site", "same-origin")))

    assert reply.status == http.client.OK


@pytest.mark.parametrize(
    ("name", "ancestors", "frames"),
    [("", "'none'", "DENY"), ("page?reader=e5h7w", "'self'", "SAMEORIGIN"), ("nothing", "'none'", "DENY")],
)
def test_nothing_is_kept_or_shown_elsewhere(running: Running, name: str, ancestors: str, frames: str) -> None:
    headers = running.ask(f"/{running.token}/{name}").headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Content-Security-Policy"] == f"frame-ancestors {ancestors}"
    assert headers["X-Frame-Options"] == frames
    assert headers["Server"] == "iup"


def test_a_port_that_is_taken_is_said(running: Running, site: Path) -> None:
    done = iup("preview", "--site", site, "--port", str(running.port))

    assert (done.code, done.out) == (ExitCode.USAGE, "")
    assert str(running.port) in done.err


# What is shown


def articles(page: str) -> str:
    """Return what stands in a page, without what a build's own key decides: version marks, anchors and tickets."""
    found = re.search(r'<main id="opened"[^>]*>(.*)</main>', page, re.DOTALL)
    text = html.unescape(found[1] if found else page)
    text = re.sub(r' data-ticket="[^"]*"( data-to="[0-9a-f]{20}")?', "", text)
    return re.sub(r"\b[A-Z2-9]{4}-[A-Z2-9]{4}\b", "VERSION", re.sub(r"\bd[0-9a-f]{12}\b", "ANCHOR", text)).strip()


def test_every_reader_sees_what_a_build_puts_into_their_page(place: Place) -> None:
    done = place.run("build", "--worktree", "--json")
    files = told(done.out)
    with keyring.opened(place.office) as own:
        vault = open_vault(own)
        keys = {name: secret.key for name in files if (secret := vault.secret(name))}

    def sealed(reader: str) -> str | None:
        name = next((name for name in files[reader] if ".html" in name), None)
        if name is None:
            return None  # on paper
        if name.endswith(".pgp"):
            return decrypted(place, place.current / name)[0].decode()
        return page_seal._opened((place.current / name).read_bytes(), keys[reader]).decode()

    with previewing(place.site) as running:
        assert set(running.readers()) == set(files)
        pages = {reader: page for reader in files if (page := sealed(reader)) is not None}
        different = [reader for reader in pages if articles(running.page(reader)) != articles(pages[reader])]

    assert len(pages) > len(files) / 2
    assert different == []


def test_the_home_sees_no_draft_and_the_mentor_does(running: Running) -> None:
    label = "Lärarens anteckning"
    note = "Visa Jenny hur vi ljudar"

    assert (note in running.page(NOELS_MENTOR), note in running.page(NOELS_MOTHER)) == (True, False), label


def test_readers_are_named_with_what_they_are(running: Running) -> None:
    frame = running.frame()

    assert ">Linn Thelin, vårdnadshavare<" in frame
    assert ">Noel Bergdahl, elev 2B<" in frame
    assert ">Ingrid Ahlmark, mentor, lärare<" in frame
    groups = re.findall(r'<optgroup label="([^"]+)"', frame)
    assert groups == ["Vårdnadshavare", "Elever", "Personal"]


def test_somebody_without_a_relation_gets_nothing(running: Running) -> None:
    shown = running.page("nobody")

    assert "får ingenting" in shown
    assert "Noel" not in shown


def test_problems_are_those_of_check(site: Path) -> None:
    save(site, NOELS_PLAN, "läge: delad", "läge: delat")
    save(site, "content/pupils/c8f3t/pupil.yaml", "barn: ", "barn: X")
    found = json.loads(iup("check", "--site", site, "--as-of", DAY, "--format", "json").out)

    with previewing(site) as running:
        frame = running.frame()

    assert sorted(problems(frame)) == sorted(f"{p['path']}:{p['line']}:{p['column']}" for p in found)
    assert all(p["message"] in frame and p["hint"] in frame for p in found)


def test_a_file_that_never_could_be_read_is_said_and_the_rest_is_shown(site: Path) -> None:
    save(site, NOELS_PLAN, "barn: ", "barn: [")

    with previewing(site) as running:
        frame, mother, mentor = running.frame(), running.page(NOELS_MOTHER), running.page(NOELS_MENTOR)
        other = running.page(STRANGER)

    assert f"<code>{NOELS_PLAN}:" in frame
    assert "går inte att läsa och är inte med" in frame
    assert NOELS_PLAN in mother
    assert WRITTEN not in mother
    assert NOELS_PLAN in mentor
    assert "Alva Lundén" in mentor
    assert NOELS_PLAN not in other


def test_with_nothing_to_read_only_the_problems_are_shown(site: Path) -> None:
    (site / "content" / "municipality.yaml").write_text("namn: [\n", encoding="utf-8")

    with previewing(site) as running:
        frame = running.frame()
        shown = running.page(NOELS_MOTHER)

    assert [place.split(":")[0] for place in problems(frame)] == ["content/municipality.yaml"]
    assert "<option" not in frame
    assert "Inget går att visa" in frame
    assert "Noel" not in shown


def test_a_fault_in_the_sites_own_file_is_shown_beside_everything(site: Path) -> None:
    (site / "content" / "site.yaml").write_text("kontor: [\n", encoding="utf-8")

    with previewing(site) as running:
        assert "content/site.yaml:" in running.frame()
        assert WRITTEN in running.page(NOELS_MOTHER)


# When something is saved


def test_a_save_is_told_and_shown(site: Path) -> None:
    with previewing(site) as running, running.events() as events:
        assert events.next() == 1
        assert REWRITTEN not in running.page(NOELS_MOTHER)

        save(site, NOELS_PLAN, WRITTEN, REWRITTEN)

        assert events.next() == 2
        assert REWRITTEN in running.page(NOELS_MOTHER)


class Saving:
    """Stands for the watch's pauses: in each of the first few, somebody saves."""

    def __init__(self, file: Path, times: int) -> None:
        self._file = file
        self.left = times

    def wait(self, _seconds: float) -> bool:
        if self.left:
            self.left -= 1
            self._file.write_bytes(self._file.read_bytes() + b"#\n")
        return False


@pytest.mark.parametrize(("saves", "seen"), [(0, 0), (1, 1), (3, 3), (10 * AT_MOST, AT_MOST)])
def test_files_are_read_when_nobody_saves_any_more_or_after_a_while(
    site: Path, monkeypatch: pytest.MonkeyPatch, saves: int, seen: int
) -> None:
    shown = Preview(site, lambda: date.fromisoformat(DAY), Renderer(load_assets()))
    shown.close()
    assert shown._settled() is None, "nothing is new"
    save(site, NOELS_PLAN, WRITTEN, REWRITTEN)
    pauses = Saving(site / NOELS_PLAN, saves)
    monkeypatch.setattr(shown, "_closed", pauses)

    look = shown._settled()

    assert look is not None
    assert look.same(shown._files.look())
    assert saves - pauses.left == seen


def test_a_burst_of_saves_is_one_reading(site: Path) -> None:
    with previewing(site) as running, running.events() as events:
        events.next()
        for number in range(30):
            save(site, NOELS_PLAN, WRITTEN, f"{WRITTEN} {number}")
        last = events.next()
        while "bokstavsljud 29 28 27" not in running.page(NOELS_MOTHER):
            last = events.next()

    # One, unless the machine stopped in the middle of the burst.
    assert last in {2, 3}


def test_while_a_file_is_half_written_its_last_state_stays_with_the_fault(site: Path) -> None:
    whole = (site / NOELS_PLAN).read_text(encoding="utf-8")
    with previewing(site) as running, running.events() as events:
        events.next()
        (site / NOELS_PLAN).write_text(whole[: whole.index("samtal:") + 3], encoding="utf-8")
        events.next()
        frame, mother, other = running.frame(), running.page(NOELS_MOTHER), running.page(STRANGER)
        (site / NOELS_PLAN).write_text(whole, encoding="utf-8")
        events.next()
        mended = running.page(NOELS_MOTHER)

    assert WRITTEN in mother
    assert f"<code>{NOELS_PLAN}:7:1</code>" in frame
    assert "visas den som den var" in frame
    assert f"{NOELS_PLAN}:7:1" in mother
    assert NOELS_PLAN not in other
    assert NOELS_PLAN not in mended


def test_what_an_editor_leaves_beside_a_file_is_not_read(site: Path) -> None:
    with previewing(site) as running, running.events() as events:
        events.next()
        for name in (".plan.yaml.swp", "plan.yaml~", "#plan.yaml#", ".#plan.yaml"):
            (site / NOELS_PLAN).with_name(name).write_text("x", encoding="utf-8")
        save(site, NOELS_PLAN, WRITTEN, REWRITTEN)
        events.next()

        assert not [place for place in problems(running.frame()) if NOEL in place]


def test_new_files_and_files_that_go_are_seen(site: Path) -> None:
    plan = (site / NOELS_PLAN).read_bytes()
    with previewing(site) as running, running.events() as events:
        events.next()
        (site / NOELS_PLAN).unlink()
        events.next()
        assert WRITTEN not in running.page(NOELS_MOTHER)

        (site / NOELS_PLAN).write_bytes(plan)

        events.next()
        assert WRITTEN in running.page(NOELS_MOTHER)


def test_hammered_with_saves_it_lives_and_ends_with_what_was_saved_last(site: Path) -> None:
    whole = (site / NOELS_PLAN).read_text(encoding="utf-8")
    broken = ("", "barn: [", "\0", "a: &b 1", "- x\n" * 9, "fält: {trivsel: 7}\n", "\ud800", "%\n", ": :\n")
    with previewing(site) as running, running.events() as events:
        events.next()
        for number in range(50):
            text = (whole[: number * 60], broken[number % len(broken)], whole)[number % 3]
            if number % 7 == 6:
                (site / NOELS_PLAN).unlink()
            (site / NOELS_PLAN).write_bytes(text.encode("utf-8", "surrogatepass"))
            if number % 10 == 3:
                shutil.move(site / "content" / "pupils" / "c8f3t", site / "away")
            if number % 10 == 5:
                shutil.move(site / "away", site / "content" / "pupils" / "c8f3t")
            running.page((NOELS_MOTHER, NOELS_MENTOR, STRANGER)[number % 3])
            running.frame()
        (site / NOELS_PLAN).write_text(whole.replace(WRITTEN, REWRITTEN), encoding="utf-8")
        while REWRITTEN not in running.page(NOELS_MOTHER):
            events.next()

        assert not [place for place in problems(running.frame()) if NOEL in place]
        code, out, err = running.end()

    assert (code, out) == (ExitCode.OK, "")
    assert len(err.splitlines()) == 2, "the two lines it always says"


# What is left behind


def test_nothing_is_written_and_nothing_is_told_of_a_pupil(site: Path, tmp_path: Path) -> None:
    temporary, home = tmp_path / "tmp", tmp_path / "home"
    temporary.mkdir()
    home.mkdir()
    before = listing(site, temporary, home)
    env = {"TMPDIR": str(temporary), "HOME": str(home), "XDG_CACHE_HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}

    with previewing(site, env=env) as running:
        for reader in running.readers():
            running.page(reader)
        running.ask("/Noel-Bergdahl/")
        running.ask(f"/{running.token}/page?reader={NOEL}", "POST")
        running.ask(f"/{running.token}/{'x' * 70_000}")
        standing = listing(site, temporary, home)
        _, out, err = running.end()

    assert standing == before == listing(site, temporary, home)
    assert out == ""
    assert len(err.splitlines()) == 2, "the two lines it always says"
    assert not [word for word in ("Noel", NOEL, NOELS_MOTHER, running.token) if word in err]


# In a browser


@pytest.mark.browser
def test_keys_switch_reader_and_width_and_never_take_from_a_field(site: Path, browser: Browser) -> None:
    with previewing(site) as running:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(running.address)
        readers = running.readers()
        current = page.locator("#sheet iframe:not(.coming)")

        def shows(reader: str, width: int) -> None:
            page.wait_for_function("reader => document.getElementById('reader').value === reader", arg=reader)
            page.locator(f'#sheet iframe:not(.coming)[src$="reader={reader}"]').wait_for()
            page.wait_for_function("w => document.querySelector('#sheet iframe').clientWidth === w", arg=width)

        shows(readers[0], 1280)
        page.keyboard.press("j")
        shows(readers[1], 1280)
        page.keyboard.press("1")
        shows(readers[1], 390)
        page.keyboard.press("ArrowRight")
        page.keyboard.press("w")
        shows(readers[2], 768)
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("k")
        page.keyboard.press("k")  # there is none before the first
        shows(readers[0], 768)
        current.content_frame.locator("h1").click()
        page.keyboard.press("j")  # from inside the page
        shows(readers[1], 768)
        page.reload()
        shows(readers[1], 768)

        page.locator("#reader").focus()
        page.keyboard.press("3")
        page.keyboard.press("w")
        assert page.locator("#sheet").get_attribute("class") == "w768"

        page.locator("#help").focus()
        page.keyboard.press("?")
        assert page.locator("#keys").is_visible()
        page.keyboard.press("1")
        page.keyboard.press("Escape")
        assert not page.locator("#keys").is_visible()
        assert page.locator("#sheet").get_attribute("class") == "w768"
        assert faults == []
        page.close()


@pytest.mark.browser
def test_a_save_shows_within_a_moment_and_the_place_and_the_choice_are_kept(site: Path, browser: Browser) -> None:
    with previewing(site) as running:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(running.address)
        page.locator("#reader").select_option(NOELS_MENTOR)
        shown = page.locator(f'#sheet iframe:not(.coming)[src$="reader={NOELS_MENTOR}"]')
        shown.content_frame.get_by_text(WRITTEN).first.scroll_into_view_if_needed()
        place = shown.evaluate("frame => Math.round(frame.contentWindow.scrollY)")
        assert place > 800

        save(site, NOELS_PLAN, WRITTEN, REWRITTEN)

        shown.content_frame.get_by_text(REWRITTEN).first.wait_for()
        page.wait_for_function("document.querySelectorAll('#sheet iframe').length === 1")
        assert shown.evaluate("frame => Math.round(frame.contentWindow.scrollY)") == place

        save(site, NOELS_PLAN, "läge: delad", "läge: delat")

        page.locator("#problems .fault").wait_for()
        assert f"{NOELS_PLAN}:5:1" in page.locator("#problems .fault").inner_text()
        shown.content_frame.locator("[role=note]").wait_for()
        assert page.locator("#reader").input_value() == NOELS_MENTOR
        page.close()
