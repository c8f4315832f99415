"""The review page: a whole review in a browser with the keyboard alone, what it keeps, and what it refuses."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from iup.documents.assets import load_assets
from iup.documents.html import Renderer
from iup.model.disclosure import Choice, PlaceDecision, RequestChannel, RequestState
from iup.office.disclosure import decision_check
from iup.office.disclosure.decision_file import DECISION
from iup.office.disclosure.maskable_places import places
from iup.office.disclosure.masked_pdf import CopyRenderer
from iup.office.disclosure.register import Arrival, Register
from iup.office.disclosure.review import opened
from iup.office.disclosure.review_page.page import ReviewPage
from iup.site.layout import open_site, work_tree
from tests.conftest import DAY, ROOT
from tests.support import campaign, disclosing
from tests.support.disclosing import ORDINARY, desk, one_named, school_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from iup.model.school import School
    from iup.office.disclosure.proposals import Proposal
    from iup.office.disclosure.review import Review
    from iup.problems import Finding
    from tests.conftest import Place

CAME = datetime(2026, 11, 23, 9, 15)  # noqa: DTZ001  a moment as people write it
LONG = 120_000  # ms, on a busy machine
SECONDS = 120  # after so long without an answer a test fails
MEASURES, SECRET = "fält/insatser/1", "liten grupp"
_WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass(frozen=True)
class Serving:
    """A review page that is served."""

    process: subprocess.Popen[str]
    address: str

    @property
    def port(self) -> int:
        return int(self.address.split("/")[2].partition(":")[2])

    @property
    def origin(self) -> str:
        return self.address.rsplit("/", 2)[0]

    def post(
        self, name: str, values: object, headers: dict[str, str] | None = None, token: str = ""
    ) -> tuple[int, str]:
        """Send a choice as the page does, or with other headers."""
        path = f"/{token}/{name}" if token else f"{self.address.removeprefix(self.origin)}{name}"
        usual = {"Content-Type": "application/json", "Origin": self.origin}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request("POST", path, json.dumps(values), usual if headers is None else headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def get(self, name: str) -> bytes:
        """Ask for something that the page has."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request("GET", f"{self.address.removeprefix(self.origin)}{name}")
            return connection.getresponse().read()
        finally:
            connection.close()

    def told(self, name: str, values: object) -> str:
        """Send a choice that is refused and return why."""
        status, body = self.post(name, values)
        assert status == http.client.UNPROCESSABLE_ENTITY
        return str(json.loads(body)["message"])


@contextmanager
def reviewing(place: Place) -> Iterator[Serving]:
    command = [sys.executable, str(ROOT / "build.py"), "disclose", "review", "1", "--page"]
    process = subprocess.Popen(
        [*command, "--site", str(place.site), "--as-of", DAY],
        env={**os.environ, "GNUPGHOME": str(place.keyring), "SOURCE_DATE_EPOCH": "1795522800"},  # noon on DAY
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[0-9a-f]{32}/", address), process.communicate()
        yield Serving(process, address)
    finally:
        process.kill()
        process.communicate()


def request_in(archived: Place, root: Path) -> Place:
    """Return a school of one's own with a request for Alva's plans."""
    place = archived.copied(root)
    Register(place.office).new(Arrival(CAME, RequestChannel.EMAIL, ORDINARY))
    return place


def kept(place: Place, home: Path) -> Review:
    """Return the review as it stands on disk."""
    with desk(place, home) as own:
        return opened(own, school_of(place), 1, disclosing.TODAY)


@pytest.fixture(scope="module")
def asked(archived: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    place = request_in(archived, tmp_path_factory.mktemp("asked") / "d")
    yield place
    place.end_agents()


@pytest.fixture(scope="module")
def serving(asked: Place) -> Iterator[Serving]:
    with reviewing(asked) as running:
        yield running


MASKING: dict[str, Any] = {
    "term": 0, "place": MEASURES, "ground": "osl-21-1", "answer": True, "reason": "Det rör stöd.", "text": SECRET,
}  # fmt: skip


def page_of(asked: Place, home: Path, school: School) -> str:
    """Return the page of the request as it is first shown."""
    assets = load_assets()
    with desk(asked, home) as own:
        shown = ReviewPage(
            desk=own,
            number=1,
            school=school,
            tree=work_tree(open_site(asked.site)),
            committed=lambda: nullcontext((school, work_tree(open_site(asked.site)))),
            today=lambda: disclosing.TODAY,
            now=lambda: CAME,
            renderer=Renderer(assets),
            press=lambda: CopyRenderer(assets),
        ).page("", {})
    assert shown is not None
    return str(shown.body)


def test_a_decision_is_judged_once_for_the_page(asked: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, times = decision_check._TermCheck.faults, []

    def faults(self: decision_check._TermCheck, proposals: Sequence[Proposal]) -> list[Finding]:
        times.append(self)
        return real(self, proposals)

    monkeypatch.setattr(decision_check._TermCheck, "faults", faults)
    shown = page_of(asked, tmp_path / "home", school_of(asked))

    assert "ett enda namn" not in shown
    assert len(times) == 1  # one term


def test_who_has_one_name_in_the_class_is_told_on_the_page(asked: Place, tmp_path: Path) -> None:
    shown = page_of(asked, tmp_path / "home", one_named(school_of(asked), r9e2h="Ali"))

    assert "någon som har ett enda namn: Ali (r9e2h)." in shown


# What is taken from whom


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json"},
        {"Content-Type": "application/json", "Origin": "http://evil.example"},
        {"Content-Type": "application/json", "Origin": "null"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
    ],
)
def test_a_choice_is_taken_from_our_own_page_alone(serving: Serving, asked: Place, headers: dict[str, str]) -> None:
    before = (asked.office / "requests" / "1" / DECISION).read_bytes()
    if headers["Content-Type"] != "application/json":
        headers = {**headers, "Origin": serving.origin}

    status, body = serving.post("refuse", {"ground": "osl-21-1", "answer": True, "reason": "Nej."}, headers)

    assert (status, body) == (http.client.FORBIDDEN, "")
    assert (asked.office / "requests" / "1" / DECISION).read_bytes() == before


def test_nothing_is_taken_without_the_token_or_at_another_name(serving: Serving) -> None:
    assert serving.post("take-back", {}, token="0" * 32) == (http.client.NOT_FOUND, "")
    assert serving.post("release-now", {}) == (http.client.NOT_FOUND, "")
    assert serving.post("keep", {**MASKING, "reason": "x" * 70_000})[0] == http.client.FORBIDDEN
    assert serving.post("keep", ["namn"])[0] == http.client.FORBIDDEN


def test_a_choice_that_does_not_hold_is_refused_at_once_and_keeps_nothing(serving: Serving, asked: Place) -> None:
    before = (asked.office / "requests" / "1" / DECISION).read_bytes()

    assert "håller inte grunden" in serving.told("mask", {**MASKING, "answer": False})
    assert "grunden finns inte" in serving.told("mask", {**MASKING, "ground": "osl-99-9"})
    assert "gäller bara hela" in serving.told("mask", {**MASKING, "ground": "tf-finns-inte", "answer": False})
    assert "står inte så" in serving.told("mask", {**MASKING, "text": "stor grupp"})
    assert "helt" in serving.told("mask", {**MASKING, "place": "namn", "text": "Alva"})
    assert "finns inte" in serving.told("keep", {"term": 0, "place": "fält/ingen/1"})
    assert "finns inte" in serving.told("keep", {"term": 7, "place": "namn"})
    assert "går inte att läsa" in serving.told("mask", {**MASKING, "answer": "kanske"})
    assert "går inte att läsa" in serving.told("mask", {**MASKING, "reason": ""})

    assert (asked.office / "requests" / "1" / DECISION).read_bytes() == before


def test_a_refusal_of_the_whole_needs_no_more_and_can_be_taken_back(
    serving: Serving, asked: Place, tmp_path: Path
) -> None:
    refusal = {"ground": "osl-23-2-1", "answer": False, "reason": "Allt rör elevhälsan."}

    assert serving.post("refuse", refusal)[0] == http.client.OK
    assert kept(asked, tmp_path / "home").problems == ()
    assert "har ändrats sedan" in serving.told("sign", {"person": disclosing.PRINCIPAL, "seen": "0" * 64})
    assert serving.post("take-back", {})[0] == http.client.OK
    assert kept(asked, tmp_path / "home").problems


def test_what_was_chosen_can_be_chosen_anew(serving: Serving, asked: Place, tmp_path: Path) -> None:
    def made() -> PlaceDecision:
        held = kept(asked, tmp_path / "home").decision
        assert held is not None
        return held.terms[0].places[MEASURES]

    assert serving.post("mask", MASKING)[0] == http.client.OK
    assert serving.post("mask", {**MASKING, "text": "tallinje"})[0] == http.client.OK
    assert [m.text for m in made().maskings] == [SECRET, "tallinje"]
    assert serving.post("mask", {**MASKING, "text": "två korta pass", "replaces": 0})[0] == http.client.OK
    assert [m.text for m in made().maskings] == ["tallinje", "två korta pass"]
    assert serving.post("remove", {"term": 0, "place": MEASURES, "number": 0})[0] == http.client.OK
    assert serving.post("remove", {"term": 0, "place": MEASURES, "number": 0})[0] == http.client.OK
    assert made().choice is Choice.OPEN
    assert serving.post("mask", {**MASKING, "text": ""})[0] == http.client.OK
    assert made().choice is Choice.MASK
    assert serving.post("keep", {"term": 0, "place": MEASURES})[0] == http.client.OK
    assert (made().choice, made().maskings) == (Choice.KEEP, ())


# In a browser


_AHEAD = """(wanted) => {
  if (wanted === document.activeElement) return 0;
  const all = [...document.querySelectorAll("a, button, input, select, textarea, summary, iframe")]
    .filter((one) => one.checkVisibility());
  const ahead = (all.indexOf(wanted) - all.indexOf(document.activeElement) + all.length) % all.length || 1;
  return ahead > all.length / 2 ? ahead - all.length : ahead;
}"""


def tab_to(page: Page, selector: str) -> None:
    """Press Tab, or Shift and Tab where that is nearer, until something has the focus."""
    wanted = page.locator(selector)
    for _ in range(400):
        ahead = wanted.evaluate(_AHEAD)
        if not ahead:
            return
        for _ in range(max(1, abs(ahead) // 2)):  # Tab stops at one of a group: whoever goes too far goes round
            page.keyboard.press("Tab" if ahead > 0 else "Shift+Tab")
    raise AssertionError(f"no key leads to {selector}")


def saved(page: Page) -> None:
    """Wait until the last choice is kept."""
    page.locator("body:not([aria-busy])").wait_for()
    assert page.locator("#said.wrong").count() == 0, page.locator("#said").inner_text()


CARD = f'.card[data-key="{MEASURES}"]'


def judge(page: Page, reason: str) -> None:
    """Choose a ground by its first letters, answer its question with yes, give a reason, and mask."""
    tab_to(page, "#mask-ground")
    page.keyboard.type("OSL 21:1")
    tab_to(page, '.slot [name="answer"] >> nth=0')
    page.keyboard.press("ArrowRight")
    assert "håller grunden inte" in page.locator(".slot .leans").inner_text()
    page.keyboard.press("ArrowLeft")
    tab_to(page, "#mask-reason")
    page.keyboard.type(reason)
    tab_to(page, ".slot .main")
    page.keyboard.press("Enter")
    page.locator(".slot form").wait_for(state="detached")
    saved(page)


def mask_a_part(page: Page) -> None:
    """Mark words letter by letter in a text that cannot be changed; words marked in part are taken whole."""
    tab_to(page, f"{CARD} [data-act=mask-part]")
    page.keyboard.press("Enter")
    text = page.locator("#mask-text").input_value()
    page.keyboard.press("Control+Home")
    for key in ["ArrowRight"] * (text.index(SECRET) + 1) + ["Shift+ArrowRight"] * (len(SECRET) - 2):
        page.keyboard.press(key)
    page.keyboard.type("x")
    assert page.locator("#mask-text").input_value() == text
    assert page.locator("#mask-marked").inner_text() == f"Det här tas bort: ”{SECRET}”"
    judge(page, "Uppgiften rör stöd som eleven får.")


def mask_a_whole(page: Page) -> None:
    """Mask a card by its key."""
    tab_to(page, '.card[data-key="klass"] [data-act=keep]')
    page.keyboard.press("m")
    judge(page, "Klassen pekar ut eleven.")
    page.locator('.card[data-key="klass"].gone').wait_for()


def settle_the_rest(page: Page, running: Serving, cases: int) -> None:
    """Go through what is pointed at one by one, of it so many by keys, then keep the rest of each part."""
    pointed = page.locator(".card:has(.proposals .open)").evaluate_all("all => all.map((one) => one.dataset.key)")
    for key in [key for key in pointed if key not in {MEASURES, "klass"}][cases:]:
        assert running.post("keep", {"term": 0, "place": key})[0] == http.client.OK
    page.reload()
    while page.locator(".proposals .open").count():
        first = page.locator(".card:has(.proposals .open)").first.get_attribute("id")
        tab_to(page, f"#{first} [data-act=keep]")
        page.keyboard.press("b")  # where something is masked it lets the rest stand, and takes no mask away
        page.locator(f"#{first} .proposals .open").first.wait_for(state="detached")
        saved(page)
    while page.locator(".rest button").count():
        first = page.locator(".rest:has(button)").first.get_attribute("id")
        tab_to(page, f"#{first} button")
        page.keyboard.press("Enter")
        page.locator(f"#{first} button").wait_for(state="detached")
        saved(page)
    assert "Allt är beslutat" in page.locator("#left").inner_text()
    assert page.locator("#next").is_hidden()


def look_at_the_result(page: Page) -> None:
    """Look at the copy and the decision as they will be."""
    for step, told in (("kopian", "[MASKAT OSL 21:1]"), ("beslutet", "Uppgiften rör stöd som eleven får.")):
        tab_to(page, f'#steps [data-step="{step}"]')
        page.keyboard.press("Enter")
        shown = page.frame_locator(f'[data-name="{step}"] iframe')
        shown.get_by_text(told).first.wait_for()
        assert SECRET not in shown.locator("body").inner_text()


def sign_and_release(page: Page) -> None:
    """Sign with the principal's own key, then hand out."""
    tab_to(page, '[data-name="beslutet"] a.button')
    page.keyboard.press("Enter")
    tab_to(page, "[data-act=sign]")
    page.keyboard.press("Enter")
    page.get_by_text("Underskrivet av").wait_for()
    tab_to(page, "[data-act=release]")
    page.keyboard.press("Enter")
    page.get_by_text("Klart: begäran är delvis utlämnad").wait_for()
    saved(page)
    assert page.locator(".choices, .rest button").count() == 0  # nothing more can be chosen


@pytest.mark.browser
@campaign.cases(quick=2, full=1000)
def test_a_whole_review_with_the_keyboard_alone(archived: Place, tmp_path: Path, browser: Browser, cases: int) -> None:
    place = request_in(archived, tmp_path / "d")
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(LONG)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    with reviewing(place) as running:
        page.goto(running.address)
        mask_a_part(page)
        # Nothing is lost when the program is gone, and no quote stands in a file.
        running.process.send_signal(signal.SIGKILL)
        running.process.wait()
        written = b"".join(file.read_bytes() for file in (place.office / "requests").rglob("*") if file.is_file())
        assert SECRET.encode() not in written
    with reviewing(place) as running:
        page.goto(running.address)
        assert page.locator(f"{CARD} del").inner_text() == SECRET
        mask_a_whole(page)
        settle_the_rest(page, running, cases)
        look_at_the_result(page)
        sign_and_release(page)
        assert "redan besvarad" in running.told("keep", {"term": 0, "place": MEASURES})
        assert running.get("file?name=copy.pdf").startswith(b"%PDF-")
        assert running.get("file?name=../decision.yaml") == b""
        assert faults == []
        page.close()

    held = kept(place, tmp_path / "home")
    assert (held.problems, held.request.state) == ((), RequestState.PARTLY)
    released = place.office / "requests" / "1" / "released"
    assert {file.name for file in released.iterdir()} == {"copy.pdf", "beslut.pdf"}
    assert held.decision is not None
    assert held.decision.decided_by == disclosing.PRINCIPAL
    made = held.decision.terms[0].places
    assert [m.text for m in made[MEASURES].maskings] == [SECRET]
    assert made["klass"].choice is Choice.MASK
    assert {one.choice for key, one in made.items() if key not in {MEASURES, "klass"}} == {Choice.KEEP}
    assert set(made) == {one.key for one in places(held.sources[0].view)}
    place.end_agents()


def faults_in(page: Page, rules: list[str]) -> list[tuple[str, str]]:
    """Return what axe finds, by rule."""
    options = {"runOnly": rules, "resultTypes": ["violations"]}  # what passes is not listed: that takes its time
    violations = Axe().run(page, options=options).response["violations"]
    return [(found["id"], found["nodes"][0]["html"][:120]) for found in violations]


@pytest.mark.browser
def test_the_page_meets_wcag_in_every_step_light_and_dark(serving: Serving, browser: Browser) -> None:
    serving.post("mask", MASKING)
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.set_default_timeout(LONG)
    page.goto(serving.address)
    page.locator(f"{CARD} [data-act=edit]").click()
    page.evaluate("scrollTo(0, 0)")  # or axe calls what has scrolled half out of sight small
    assert faults_in(page, _WCAG) == []
    page.emulate_media(color_scheme="dark")
    assert faults_in(page, ["color-contrast"]) == []
    for width in (1280, 390, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"wider than {width}"
    serving.post("refuse", {"ground": "osl-23-2-1", "answer": False, "reason": "Allt rör elevhälsan."})
    page.reload()
    for step in ("beslutet", "utlamnande"):
        page.locator(f'#steps [data-step="{step}"]').click()
        page.emulate_media(color_scheme="light")
        assert faults_in(page, _WCAG) == []
        page.emulate_media(color_scheme="dark")
        assert faults_in(page, ["color-contrast"]) == []
    serving.post("take-back", {})
    page.close()
