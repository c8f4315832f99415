"""What people do with what they have of a school: homes reply, and a principal decides on a request."""

from __future__ import annotations

import io
import re
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pikepdf
import yaml
from playwright.sync_api import sync_playwright

from tests.kept.school import DAY, School, tool

if TYPE_CHECKING:
    from pathlib import Path


QUESTIONS = """
import sys
from datetime import date
from pathlib import Path
from iup import load, policy, tree, writing
files = tree.WorkTree(Path(sys.argv[1]))
school, _ = load.load(files)
for place in writing.places(school, policy.required_policy(files), *sys.argv[2:4], date.fromisoformat(sys.argv[4])):
    print(place.key, place.kind)
"""
HARM: dict[str, Any] = {"grund": "osl-23-2-2", "prövning": "ja", "skäl": "Eleven kan lida men om det blir känt."}


def in_pdf(sealed: bytes, words: str, values: dict[str, str | bool]) -> bytes:
    """Return a locked PDF with fields filled in as a viewer does, locked with the same words."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(sealed), password=words) as pdf:
        fields = {str(field.T): field for field in pdf.Root.AcroForm.Fields}
        for key, value in values.items():
            fields[key].V = pikepdf.Name.Yes if value is True else pikepdf.String(str(value))
        pdf.save(out, encryption=pikepdf.Encryption(user=words, owner="x" * 20, R=6, aes=True, metadata=True))
    return out.getvalue()


def in_page(page: Path, words: str, values: dict[str, str | bool]) -> bytes:
    """Open a page in Chromium, fill its first document in, press the button, and return the file that is saved."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = chromium.new_page(accept_downloads=True)
        tab.set_default_timeout(60_000)
        tab.goto(page.as_uri())
        if words:
            tab.fill("#words", words)
            tab.press("#words", "Enter")
        tab.wait_for_selector("#opened article")
        tab.evaluate("document.querySelectorAll('details').forEach((folded) => { folded.open = true; })")
        for key, value in values.items():
            field = f'article[data-ticket] >> nth=0 >> [name="{key}"]'
            if value is True:
                tab.check(field)
            else:
                tab.fill(field, str(value))
        with tab.expect_download() as waiting:
            tab.locator(".make").first.click()
        data = waiting.value.path().read_bytes()
        chromium.close()
    return data


def by_key(school: School, name: str, signer: str, values: dict[str, str | bool], room: Path) -> bytes:
    """Return a reply from an OpenPGP recipient: their page opened, filled in, and what it saves signed and locked."""
    ring = school.root / "keyring"
    gpg: list[str | Path] = ["gpg", "--homedir", ring, "--batch", "--quiet", "--trust-model", "always"]
    opened = room / "opened.html"
    tool(sys.executable, school.program / "build.py", "unseal", school.current / name, "--home", ring, "--to", opened)
    body = in_page(opened, "", values)
    key = re.search(r"kontorsnyckel: (\w+)", (school.office / "office.yaml").read_text("utf-8"))
    if key is None:
        raise SystemExit("the office has no key")
    made = tool(*gpg, "--local-user", signer, "--sign", "--encrypt", "--recipient", key[1], feed=body)
    tool("gpgconf", "--homedir", ring, "--kill", "all")
    return made


def on_paper(school: School, sender: str, pupil: str, values: dict[str, str]) -> None:
    """Type in what came on paper, and say yes to it. The order of the questions is asked of the program's inside."""
    asked = tool(sys.executable, "-c", QUESTIONS, school.site, sender, pupil, DAY, cwd=school.program).decode()
    rows = [sender, pupil, "AAAA-BBBB"]
    for line in asked.splitlines():
        key, kind = line.rsplit(" ", 1)
        rows += [*values.get(key, "").splitlines(), *(["."] if kind == "text" else [] if key in values else [""])]
    school.today("receive", "--type-in", feed="\n".join([*rows, "ja", *["ja"] * len(values)]) + "\n")


def taken_in(school: School, room: Path, name: str, data: bytes) -> str:
    """Let the office take a file in, and return its id there."""
    inbox = room / name
    inbox.write_bytes(data)
    before = {path.name for path in (school.office / "replies").glob("*")}
    school.today("receive", inbox, "--list")
    (new,) = {path.name for path in (school.office / "replies").glob("*")} - before
    return new


# --- a request, reviewed and decided


def review(school: School, number: int) -> list[dict[str, list[str]]]:
    """Open the review of a request, and return which proposals each place of each term has."""
    terms: list[dict[str, list[str]]] = []
    for line in school.today("disclose review", str(number)).splitlines():
        if re.match(r"[HV]T \d{4}: ", line):
            terms.append({})
        elif place := re.match(r"(\S+) · .* \[[^]]+\]$", line):
            last = terms[-1].setdefault(place[1], [])
        elif proposal := re.match(r"    \? ([^:]+): ", line):
            last.append(proposal[1])
    return terms


def decide(school: School, number: int, masked: dict[tuple[int, str], str], left: tuple[str, ...] = ()) -> None:
    """Fill a decision in, as a principal does in an editor: places that are masked or left, and the rest kept.

    `masked`: term and place → the words that go, or nothing for all of it.
    """
    proposed = review(school, number)
    path = decision_of(school, number)
    written = yaml.safe_load(path.read_text("utf-8"))
    for at, term in enumerate(written["terminer"]):
        for key, place in term["platser"].items():
            if key in left:
                continue
            words = masked.get((at, key))
            place["val"] = "behåll" if words is None else "maskera delar" if words else "maskera"
            if words is not None:
                place["maskeringar"] = [{**HARM, **({"text": words} if words else {})}]
            if proposed[at][key]:
                place["granskat"] = proposed[at][key]
    write(path, written)


def refuse(school: School, number: int) -> None:
    """Refuse the whole request, as a principal does in an editor."""
    review(school, number)
    path = decision_of(school, number)
    written = yaml.safe_load(path.read_text("utf-8"))
    write(path, {**written, "avslag": {"grund": "osl-21-3", "prövning": "ja", "skäl": "Hot mot familjen."}})


def decision_of(school: School, number: int) -> Path:
    """Return where the decision on a request is written."""
    return school.office / "requests" / str(number) / "decision.yaml"


def write(path: Path, values: object) -> None:
    """Write a file that a person fills in."""
    path.write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False), encoding="utf-8")


def key_of(school: School, person: str) -> str:
    """Return the fingerprint of a person's certificate."""
    text = (school.site / "content" / "people" / f"{person}.yaml").read_text("utf-8")
    return next(line.split(":")[1].strip() for line in text.splitlines() if "certifikat:" in line)
