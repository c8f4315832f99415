"""What a home meets: the opened page and the PDF, seen by Chromium, poppler and qpdf."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.conftest import DAY, ROOT, Place, iup
from tests.support import outside
from tests.support.canaries import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.support.outside import Opener

pytestmark = pytest.mark.browser

HOME, STAFF, PROTECTED = "v3n8d", "t3m8k", "f9w3c"
TYPED = """<script>window.pwned = 1</script> <img src=x onerror="window.pwned = 1">"""
# As a circle of readers is printed.
WORDS = {
    "eleven": "eleven",
    "vårdnadshavarna": "vårdnadshavare",
    "mentorn": "mentor",
    "undervisande lärare": "undervisar",
    "rektorn": "rektor",
}


@dataclass(frozen=True)
class Letter:
    """A built site in which somebody has typed HTML into a plan."""

    place: Place
    opener: Opener
    files: dict[str, list[str]]


@pytest.fixture(scope="module")
def letter(built: Place, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Letter]:
    place = built.copied(tmp_path_factory.mktemp("l") / "d")
    path = place.site / "content" / "pupils" / "k7q2m" / "plan.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count("      På rasterna leker vi häst.") == 1
    path.write_text(text.replace("      På rasterna", f"      {TYPED} På rasterna"), encoding="utf-8")
    place.commit()
    done = place.run("build", "--json")
    assert done.code == 0, done.err
    files = outside.told(done.out)
    yield Letter(place, outside.Opener(place, files, browser, tmp_path_factory.mktemp("o")), files)
    place.end_agents()


@pytest.fixture(scope="module")
def home(letter: Letter) -> Iterator[Page]:
    """Return a guardian's page, opened. Tests may scroll and resize it, no more."""
    file, words, _ = letter.opener.page(HOME)
    with outside.opened_page(letter.opener.browser, file, words) as page:
        yield page


@pytest.fixture(scope="module")
def sheets(letter: Letter, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Return the same guardian's PDFs without their encryption: the start page and two plans."""
    folder = tmp_path_factory.mktemp("p")
    secret = folder / "words"
    secret.write_text(letter.opener.words[HOME], encoding="ascii")
    names = sorted(name for name in letter.files[HOME] if name.endswith(".pdf"))
    for name in names:
        outside.run("qpdf", f"--password-file={secret}", "--decrypt", letter.place.current / name, folder / name)
    return tuple(folder / name for name in names)


def locked_page(letter: Letter) -> tuple[Path, str]:
    file, words, _ = letter.opener.page(HOME)
    return file, words


def flat(text: str) -> str:
    return " ".join(text.replace("\u00ad", "").split())


# --- opening


@pytest.mark.parametrize("change", [str.upper, lambda w: f"  {w.replace('-', '  ')} ", lambda w: w.title()])
def test_a_passphrase_typed_sloppily_opens(letter: Letter, change: object) -> None:
    assert callable(change)
    file, words = locked_page(letter)
    with outside.opened_page(letter.opener.browser, file, str(change(words))) as page:
        assert page.locator("article.doc").count() == 3
        assert page.locator("#locked").count() == 0


def test_a_wrong_passphrase_is_refused_kindly_and_the_page_stays_locked(letter: Letter) -> None:
    file, words = locked_page(letter)
    page = letter.opener.browser.new_page()
    page.goto(file.as_uri())
    page.fill("#words", "-".join(reversed(words.split("-"))))
    page.click("#open")
    page.get_by_text("Det gick inte att öppna.").wait_for()
    assert "Kontrollera orden" in page.inner_text("#said")
    assert page.is_visible("#words")
    assert page.is_enabled("#open")
    assert page.locator("article").count() == 0
    assert not page.is_visible("#opened")
    # And the right words open it then.
    page.fill("#words", words)
    page.click("#open")
    page.wait_for_selector("#opened article")
    page.close()


# --- the page


@pytest.mark.parametrize(("reader", "width"), [(HOME, 390), (STAFF, 1280)])
def test_the_print_button_stands_top_right(letter: Letter, reader: str, width: int) -> None:
    file, words, _ = letter.opener.page(reader)
    with outside.opened_page(letter.opener.browser, file, words, width) as page:
        button = page.locator("#print")
        box = button.bounding_box()
        assert box is not None
        assert "Skriv ut" in button.inner_text()
        assert box["y"] < 40
        assert width - 40 < box["x"] + box["width"] <= width
        assert box["x"] > width / 2
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing sticks out to the side"
        # It calls the browser's own printing.
        page.evaluate("window.print = () => { window.asked = true }")
        button.click()
        assert page.evaluate("window.asked") is True


def test_html_typed_in_a_plan_comes_out_as_text(home: Page, sheets: tuple[Path, ...]) -> None:
    assert flat(TYPED) in flat(home.inner_text("#opened"))
    assert home.locator("#opened script, #opened img").count() == 0
    assert home.evaluate("typeof window.pwned") == "undefined"
    assert any(flat(TYPED) in flat(outside.run("pdftotext", sheet, "-").decode()) for sheet in sheets)


@pytest.mark.parametrize("reader", [HOME, STAFF])
def test_the_page_s_policy_stops_a_script_that_gets_in_all_the_same(letter: Letter, reader: str) -> None:
    file, words, _ = letter.opener.page(reader)
    with outside.opened_page(letter.opener.browser, file, words) as page:
        stopped = page.evaluate(
            """() => new Promise((done) => {
                const stopped = new Set();
                document.addEventListener("securitypolicyviolation", (event) => {
                    stopped.add(event.effectiveDirective);
                    if (["script-src-elem", "script-src-attr", "img-src", "connect-src"].every((d) => stopped.has(d)))
                        done([...stopped]);
                });
                const opened = document.getElementById("opened");
                opened.insertAdjacentHTML("beforeend", '<img src="x.png" onerror="window.pwned = 1">');
                const script = document.createElement("script");
                script.textContent = "window.pwned = 2";
                opened.append(script);
                fetch("https://iup.example/").catch(() => {});
            })"""
        )
        assert set(stopped) >= {"script-src-elem", "script-src-attr", "img-src", "connect-src"}
        assert page.evaluate("typeof window.pwned") == "undefined"


def test_what_is_printed_from_the_page_is_complete_to_the_last_line(home: Page) -> None:
    paper = flat(outside.printed(home))
    for article in home.locator("article.doc").all():
        lines = [flat(line) for line in article.inner_text().split("\n") if line.strip()]
        assert lines[-1] in paper
        # How an answer is made, and how many characters are left, is for the screen as the button is.
        for paragraph in article.locator("p:not(.reply p, .count)").all():
            text = flat(paragraph.inner_text())
            missing = [word for word in text.split() if word not in paper]
            assert missing == [], "every word of every paragraph is on the paper"
    assert "Skriv ut" not in paper, "the button is for the screen"
    assert "Gör svarsfilen" not in paper


# --- what both tell


def explained(pupil: str) -> tuple[dict[str, set[str]], dict[str, dict[str, bool]]]:
    """Return each related person's roles, and who reads which item, as `explain` says."""
    done = iup("explain", "--site", ROOT, "--as-of", DAY, "--pupil", pupil)
    assert done.code == 0, done.err
    roles: dict[str, set[str]] = {}
    reads: dict[str, dict[str, bool]] = {}
    reader = ""
    for line in done.out.splitlines():
        if not line.startswith(" "):
            reader, _, held = line.partition(": ")
            roles[reader] = set(held.split(", "))
        elif line[2:36].strip() and "läsa: " in line:
            reads.setdefault(line[2:36].strip(), {})[reader] = "läsa: ja" in line
    return roles, reads


def test_the_circle_printed_at_each_part_is_the_one_that_explain_gives(home: Page) -> None:
    roles, reads = explained("k7q2m")
    article = home.locator("article.doc").filter(has_text="Klockan med visare")
    form = read(ROOT / "policies" / "forms" / "iup-1-3.yaml")
    checked = 0
    for part in (part for part in form["delar"] if part["typ"] == "fält"):
        section = article.locator("section").filter(has=home.get_by_role("heading", name=part["rubrik"], exact=True))
        for known in part["fält"]:
            label = home.get_by_role("heading", name=known["etikett"], exact=True)
            field = section.locator(".field").filter(has=label)
            if known["handling"] == "arbetsmaterial":
                assert field.count() == 0
                continue
            own = field.locator(".circle")
            said = flat((own if own.count() else section.locator(".circle")).first.inner_text())
            printed = set(re.split(r", | och ", said.removeprefix("Läses av: ")))
            may = reads[f"fält/{known['id']}"]
            for word, role in WORDS.items():
                allowed = {may[person] for person, held in roles.items() if role in held and held <= _alone(role)}
                if allowed:
                    assert (word in printed) is allowed.pop(), f"{known['id']}: {word}"
            own_only = any(
                reads[name][name.split("/")[2]] and not may[name.split("/")[2]]
                for name in reads
                if name.startswith(f"fält/{known['id']}/")
            )
            assert ("den som har skrivit" in printed) is own_only
            checked += 1
    assert checked >= 10


def _alone(role: str) -> set[str]:
    """Return the roles that say no more than one: a teacher always teaches some subject."""
    return {role, "undervisar", "undervisar_ämnet"} if role in ("undervisar", "mentor") else {role}


def test_a_goal_s_state_is_told_by_a_word_and_a_mark(home: Page, sheets: tuple[Path, ...]) -> None:
    goals = {
        flat(goal["mål"]): goal["förlopp"][-1]["steg"].capitalize()
        for pupil in ("k7q2m", "m8t4d")
        for goal in read(ROOT / "content" / "pupils" / pupil / "goals.yaml")["mål"]
    }
    cards = home.locator(".goal").all()
    assert len(cards) == len(goals)
    for card in cards:
        now = flat(card.locator('[aria-current="step"]').inner_text())
        step = goals[flat(card.locator(".goal-text").inner_text())]
        assert re.fullmatch(rf"[^\w\s] {step} \(nu\)", now), now
    paper = flat("".join(outside.run("pdftotext", "-layout", sheet, "-").decode() for sheet in sheets))
    for step in set(goals.values()):
        assert re.search(rf"[^\w\s] {step} \(nu\)", paper), step


def test_where_to_turn_stands_in_the_start_page_and_in_each_plan(home: Page, sheets: tuple[Path, ...]) -> None:
    office = read(ROOT / "content" / "schools" / "kvarnriset.yaml")["expedition"]
    texts = [flat(article.inner_text()) for article in home.locator("article.doc").all()]
    texts += [flat(outside.run("pdftotext", sheet, "-").decode()) for sheet in sheets]
    assert len(texts) == 6
    for text in texts:
        for value in office.values():
            assert flat(value) in text
        assert "allmän handling" in text


# --- the PDF


def test_each_pdf_has_tags_a_title_and_a_language(sheets: tuple[Path, ...]) -> None:
    assert len(sheets) == 3
    titles = []
    for sheet in sheets:
        told = outside.run("pdfinfo", sheet).decode()
        assert re.search(r"^Tagged: +yes$", told, re.MULTILINE)
        title = re.search(r"^Title: +(\S.*)$", told, re.MULTILINE)
        assert title is not None
        titles.append(title[1])
        assert b"/Lang (sv" in outside.run("qpdf", "--qdf", "--object-streams=disable", sheet, "-")
        # Roles of the structure, as a screen reader meets them.
        structure = outside.run("pdfinfo", "-struct", sheet).decode()
        assert "H1" in structure
        assert "H2" in structure
    assert any("Alva Lundén" in title for title in titles)
    assert any("Hugo Lundén" in title for title in titles)


def test_every_font_of_a_pdf_is_in_it(sheets: tuple[Path, ...]) -> None:
    for sheet in sheets:
        rows = outside.run("pdffonts", sheet).decode().splitlines()[2:]
        assert rows
        for row in rows:
            assert re.search(r" yes (yes|no) +(yes|no) +\d+ +\d+$", row), row


# --- protection


def test_a_protected_home_finds_nothing_of_the_school_in_any_file(letter: Letter) -> None:
    unit = read(ROOT / "content" / "schools" / "ljusfallet.yaml")
    telling = [unit["namn"], "Ljusfallet", *unit["expedition"].values(), "5B", *(c["namn"] for c in unit["klasser"])]
    opened = letter.opener.open(PROTECTED)
    texts = [sheet.title + sheet.text for sheet in (*opened.pdfs, *opened.articles)]
    assert len(texts) == 4
    for text in texts:
        assert "Saga Ståhl" in flat(text)
        assert [word for word in telling if word in flat(text)] == []
    # The short names may stand in a picture's or a font's letters; the long ones nowhere at all.
    everything = opened.source + "".join(sheet.hidden for sheet in opened.pdfs)
    assert [word for word in telling if len(word) > 3 and word in everything] == []


def test_the_same_words_stand_for_a_home_that_is_not_protected(letter: Letter) -> None:
    opened = letter.opener.open("n9j3e")
    assert "Ljusfallets skola" in opened.pdfs[1].text
    assert "5B" in opened.pdfs[1].text
