"""`receive`: what came in is never lost, only what may be said is taken in, and it is taken in once."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import date
from email.message import EmailMessage
from io import BytesIO
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pikepdf
import pytest

from iup.cli import main as cli
from iup.errors import ExitCode
from iup.policy import access, writable
from iup.site import decode, load, strict_yaml
from iup.site.layout import committed_tree, open_site
from iup.system.git import commit, trees
from tests.conftest import DAY, ROOT, iup, own_copy
from tests.support import preloaded
from tests.support.outside import opened_page
from tests.support.receiving import accept, body, configure, filled, home, opened_pdf, put, signed, waiting
from tests.support.repository import git
from tests.support.sealing import fingerprint_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.conftest import Place

JENNY, NOEL = "e5h7w", "a6n4x"
PLAN, GOALS = f"content/pupils/{NOEL}/plan.yaml", f"content/pupils/{NOEL}/goals.yaml"
HERS = "fält/framåt_hemmet"
AT_FIRST = 2  # commits: the school's files, and then a class's alone
ODD = 'Å, ä, ö, € och "citat": # så {x}\n\n- en punkt\n  2 % = ½'


@pytest.fixture
def site(small: Place, tmp_path: Path) -> Iterator[Place]:
    """Return a built class whose git says who receives."""
    with own_copy(small, tmp_path) as place:
        configure(place)
        yield place


def plan(site: Place) -> dict[str, Any]:
    return strict_yaml.parse((site.site / PLAN).read_bytes())


def goals(site: Place) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = strict_yaml.parse((site.site / GOALS).read_bytes())["mål"]
    return found


def verdicts(reply: dict[str, Any]) -> dict[str, str]:
    return {value["key"]: value["verdict"] for value in reply["values"]}


def is_untouched(site: Place) -> bool:
    no_hooks = ("-c", "core.hooksPath=/dev/null")
    commits = git(site.site, *no_hooks, "log", "--oneline").out.count("\n")
    return commits == AT_FIRST and not git(site.site, *no_hooks, "status", "--short").out


def key_of(person: str) -> str:
    for path in (ROOT / "tests" / "keys").glob(f"{person}*.asc"):
        return fingerprint_of(path.read_bytes())
    pytest.fail(f"{person} has no key")


# --- round trips


@pytest.mark.parametrize("channel", ["page", "pdf"])
def test_what_a_home_writes_comes_into_the_plan_as_it_was_written(site: Place, tmp_path: Path, channel: str) -> None:
    values: dict[str, str | bool] = {HERS: ODD, "mål/m2/kommentar": "Vi övar.", "läst": True, "nytt_mål": "Cykla"}
    jenny = home(site, JENNY)
    data = jenny.reply(values) if channel == "page" else jenny.pdf(values)
    before = (site.site / PLAN).read_text("utf-8")
    (reply,) = waiting(site, put(tmp_path, a_bin=data))
    assert set(verdicts(reply).values()) == {"förs in"}
    assert set(verdicts(reply)) == set(values)
    assert is_untouched(site), "nothing before a person's yes"
    done = accept(site, reply["id"])
    assert done.code == 0, done.err
    entry = plan(site)["fält"]["framåt_hemmet"]
    assert (entry["text"].rstrip("\n"), entry["av"], entry["datum"]) == (ODD, JENNY, DAY)
    assert plan(site)["läst"] == [{"av": JENNY, "datum": DAY}]
    assert goals(site)[1]["kommentarer"][-1]["text"].rstrip("\n") == "Vi övar."
    assert goals(site)[-1]["föreslaget_av"] == JENNY
    assert not git(site.site, "status", "--short").out, "index and files have followed"
    assert site.run("check").code == 0
    kept = [line for line in before.splitlines() if line not in (site.site / PLAN).read_text("utf-8").splitlines()]
    assert all("högt för Noel" in line or "kväll läser" in line or "minuter. De" in line for line in kept), kept


def test_the_commit_says_who_carried_whose_words_and_nothing_of_them(site: Place, tmp_path: Path) -> None:
    (reply,) = waiting(site, put(tmp_path, a_iup=home(site, JENNY).reply({HERS: "Hemligt ord"})))
    accept(site, reply["id"])
    said = git(site.site, "log", "-1", "--format=%an %ae %cn %ce%n%B").out
    *head, signature, end = said.splitlines()
    assert re.fullmatch("Svar-Underskrift: [a-p]{100,}", signature)
    assert [*head, end] == [
        "Expeditionen exp@test.example Expeditionen exp@test.example",
        f"svar: {reply['reply']}",
        "",
        f"Svar-Id: {reply['reply']}",
        f"Svar-Avsändare: {JENNY}",
        "Svar-Kanal: sida",
        "Svar-Mottagare: kontoret",
        f"Svar-Dag: {DAY}",
        "",
    ]
    office = git(site.office, "log", "--format=%B").out
    assert "Hemligt" not in said + office
    assert NOEL not in said + office


def test_openpgp_page_and_pdf(place: Place, tmp_path: Path) -> None:
    configure(place)
    site, sender = place, "q5m2a"  # a guardian with a key, in another class
    data = opened_pdf(site, sender, 1)
    with pikepdf.open(BytesIO(data)) as pdf:
        ticket = str(pdf.docinfo["/IupSvar"])
        names = [str(field.T) for field in pdf.Root.AcroForm.Fields]
    key = next(name for name in names if name.startswith("fält/"))
    inbox = put(
        tmp_path,
        a_pgp=signed(site, filled(data, "", {key: "Hemifrån i PDF."}), key_of(sender)),
        b_pgp=signed(site, body(ticket, {"nytt_mål": "Läsa själv"}), key_of(sender), "--armor"),
    )
    found = {reply["channel"]: reply for reply in waiting(site, inbox)}
    assert set(found) == {"openpgp-pdf", "openpgp-sida"}, found
    assert accept(site, *(reply["id"] for reply in found.values())).code == 0
    assert git(site.site, "log", "--oneline").out.count("\n") == 3


def test_paper_is_typed_in_and_judged_alike(site: Place) -> None:
    sender, pupil = JENNY, NOEL
    typed = f"{sender}\n{pupil}\nAAAA-BBBB\n" + answers(site, sender, pupil, {HERS: "Från papper\n."})
    done = iup("receive", "--site", site.site, "--as-of", DAY, "--type-in", feed=typed)
    assert done.code == 0, done.err
    (reply,) = waiting(site)
    assert (reply["channel"], verdicts(reply)) == ("papper", {HERS: "ändrat sedan"}), "another version than today's"
    done2 = site.run("receive", "--accept", reply["id"], "--replace", HERS)
    assert done2.code == 0, done2.err
    assert plan(site)["fält"]["framåt_hemmet"]["text"] == "Från papper\n"


def answers(site: Place, sender: str, pupil: str, said: dict[str, str]) -> str:
    files = trees.WorkTree(site.site)
    school, _ = load.load(files)
    assert school is not None
    found = writable.places(school, access.required_policy(files), sender, pupil, date.fromisoformat(DAY))
    return "".join(f"{said.get(p.key, '.' if p.kind == 'text' else '')}\n" for p in found)


def test_a_maildir_gives_its_attachments(site: Place, tmp_path: Path) -> None:
    box = tmp_path / "box"
    for name in ("cur", "new", "tmp"):
        (box / name).mkdir(parents=True)
    letter = EmailMessage()
    letter["Subject"] = "Svar"
    letter.set_content("Hej!")
    data = home(site, JENNY).reply({HERS: "Från brevet"})
    letter.add_attachment(data, maintype="application", subtype="octet-stream", filename="svar.iup")
    letter.add_attachment(b"\x00\x01bild", maintype="image", subtype="jpeg", filename="x.jpg")
    (box / "new" / "1").write_bytes(letter.as_bytes())
    (box / "cur" / "link").symlink_to("/etc/passwd")
    done = site.run("receive", box)
    assert "2 nya" in done.err
    assert "link är inte en vanlig fil" in done.err
    assert done.code == ExitCode.PARTIAL
    told = {one.get("kind"): one for one in waiting(site)}
    assert told.keys() == {None, "brev"}, "the reply, and the letter with its text and its picture"
    assert told["brev"]["file"] == "x.jpg"


# --- never twice, never another's


def test_the_same_file_twice_and_a_replay_are_told(site: Place, tmp_path: Path) -> None:
    jenny = home(site, JENNY)
    plain = body(jenny.ticket(), {HERS: "En gång"}, id="ab" * 16)
    inbox = put(tmp_path, a_iup=jenny.sealed(plain))
    (reply,) = waiting(site, inbox)
    assert accept(site, reply["id"]).code == 0
    assert "fanns redan" in site.run("receive", inbox).err
    (again,) = waiting(site, put(tmp_path, b_iup=jenny.sealed(plain)))
    assert again["fault"] == "svaret är redan mottaget, i en annan fil"
    other = body(jenny.ticket(), {HERS: "Något annat"}, id="ab" * 16)
    faults = {reply["fault"] for reply in waiting(site, put(tmp_path, c_iup=jenny.sealed(other)))}
    assert "ett annat svar med samma id är redan mottaget; ta reda på hur det kommit till" in faults
    assert accept(site, again["id"]).code == ExitCode.REFUSED
    assert git(site.site, "log", "--oneline").out.count("\n") == AT_FIRST + 1


def test_refused_one_by_one_the_others_taken_in(site: Place, tmp_path: Path) -> None:
    values: dict[str, Any] = {
        HERS: "Bra\u200b \u0645\u06cc\u200c\u062e:\u2028– läsa",
        "fält/trivsel": "Det är mentorns fält",
        "mål/m2/klart": True,
        "fält/trivs_jag": "Inte ett alternativ",
        "fält/vill_prata_om": "två\nrader",
        "fält/förberedelse_hemmet": "x" * 4001,
        "fält/förberedelse_eleven": "vänd\u202eordning",
        "fält/framåt_eleven": "",
        "nytt_mål": "Läsa\n<<<<<<< HEAD",  # in a plan it would stop every build
        "../../etc": "x",
    }
    (reply,) = waiting(site, put(tmp_path, a_iup=home(site, JENNY).reply(values)))
    assert [key for key, verdict in verdicts(reply).items() if verdict == "förs in"] == [HERS]
    done = accept(site, reply["id"])
    assert done.code == 0
    for value in ("mentorns", "alternativ ", "ordning", "rader", "vänd\u202e"):
        assert value not in done.err.replace("alternativen", "")
    assert "U+202E" in done.err
    assert "”vänd”" not in done.err
    assert plan(site)["fält"][HERS.removeprefix("fält/")]["text"].strip() == "Bra \u0645\u06cc\u200c\u062e:\n– läsa"
    (note,) = [one["note"] for one in reply["values"] if one["key"] == HERS]
    assert note.endswith("(U+200B, U+2028)")
    # What stands in the office is for the sender's own next document: there the word helps.
    kept = (site.office / "replies" / reply["id"] / "reply.yaml").read_text("utf-8")
    assert "efter ordet ”vänd”" in kept
    assert plan(site)["fält"]["trivsel"]["av"] == "t3m8k"


@pytest.mark.parametrize("fault", ["ticket", "recipient", "pupil", "unsigned", "not encrypted", "clear text", "clear"])
def test_what_proves_nobody_is_kept_and_not_opened(site: Place, tmp_path: Path, fault: str) -> None:
    jenny, other = (
        home(site, JENNY),
        home(site, NOEL),
    )
    match fault:
        case "ticket":
            data = jenny.sealed(body("x" * 80, {HERS: "a"}))
        case "recipient":
            data = jenny.sealed(body(other.ticket(), {HERS: "a"}))
        case "pupil":
            data = other.sealed(body(jenny.ticket(), {HERS: "a"}))
        case "unsigned":
            data = signed(site, body(jenny.ticket(), {HERS: "a"}), "")
        case "not encrypted" | "clear text":
            how = "--sign" if fault == "not encrypted" else "--clear-sign"
            data = gpg_sign(site, how, body(jenny.ticket(), {HERS: "a"}))
        case _:
            data = body(jenny.ticket(), {HERS: "a"})
    (reply,) = waiting(site, put(tmp_path, a_bin=data))
    assert reply["fault"]
    assert accept(site, reply["id"]).code == ExitCode.REFUSED
    assert is_untouched(site)
    assert site.run("receive", "--refuse", reply["id"]).code == 0
    assert waiting(site) == []


def gpg_sign(site: Place, how: str, plain: bytes) -> bytes:
    command = ["gpg", "--homedir", str(site.keyring), "--batch", "--quiet", "--trust-model", "always"]
    done = subprocess.run(
        [*command, "--local-user", key_of("t3m8k"), how], input=plain, capture_output=True, check=True
    )
    return done.stdout


def test_the_second_of_two_about_one_field_is_stale_and_overwrites_nothing(site: Place, tmp_path: Path) -> None:
    jenny = home(site, JENNY)
    text = (site.site / PLAN).read_text("utf-8").replace("Jag läser högt för Noel", "Vi läser högt för Noel")
    data = jenny.reply({HERS: "Mitt nya", "läst": True})
    (site.site / PLAN).write_text(text, encoding="utf-8")
    site.commit()
    (reply,) = waiting(site, put(tmp_path, a_iup=data))
    assert verdicts(reply) == {HERS: "ändrat sedan", "läst": "förs in"}
    assert accept(site, reply["id"]).code == 0
    assert "Vi läser högt" in plan(site)["fält"]["framåt_hemmet"]["text"]


def test_the_second_of_two_guardians_about_one_field_overwrites_only_when_a_person_says_so(
    place: Place, tmp_path: Path
) -> None:
    configure(place)
    site = place  # their daughter is in another class
    field, tilde = "fält/framåt_hemmet", site.site / "content/pupils/g3k8s/plan.yaml"
    jenny, robert = home(site, JENNY), home(site, "x3f6t")
    hers = jenny.sealed(body(jenny.ticket(1), {field: "Så här tänker Jenny"}))
    his = robert.reply({field: "Så här tänker Robert"})
    (first,) = waiting(site, put(tmp_path, a_iup=hers))
    assert accept(site, first["id"]).code == 0
    (second,) = waiting(site, put(tmp_path, b_iup=his))
    assert verdicts(second) == {field: "ändrat sedan"}
    assert accept(site, second["id"]).code == ExitCode.REFUSED
    assert "Så här tänker Jenny" in tilde.read_text("utf-8")
    assert site.run("receive", "--accept", second["id"], "--replace", field).code == 0
    assert "Så här tänker Robert" in tilde.read_text("utf-8")


def test_the_senders_own_next_words_on_the_same_ticket_are_not_stale_but_older_ones_are(
    site: Place, tmp_path: Path
) -> None:
    jenny = home(site, JENNY)
    first = jenny.reply({HERS: "Först"}, made="2026-11-24T10:00:00Z")
    second = jenny.reply({HERS: "Sedan"}, made="2026-11-24T11:00:00Z")
    (reply,) = waiting(site, put(tmp_path, a_iup=first))
    accept(site, reply["id"])
    (reply,) = waiting(site, put(tmp_path, b_iup=second))
    assert verdicts(reply) == {HERS: "förs in"}
    accept(site, reply["id"])
    late = jenny.reply({HERS: "Från i går"}, made="2026-11-23T11:00:00Z")
    (reply,) = waiting(site, put(tmp_path, c_iup=late))
    assert verdicts(reply) == {HERS: "ändrat sedan"}
    assert accept(site, reply["id"]).code == ExitCode.REFUSED
    assert plan(site)["fält"]["framåt_hemmet"]["text"] == "Sedan\n"


def test_an_older_form_version_is_told(site: Place, tmp_path: Path) -> None:
    data = home(site, JENNY).reply({HERS: "Bra", "nytt_mål": "Cykla"})
    form = site.site / "policies" / "forms" / "iup-1-3.yaml"
    form.write_text(form.read_text("utf-8").replace("version: 1", "version: 2", 1), encoding="utf-8")
    for path in (site.site / "content" / "pupils").glob("*/plan.yaml"):
        path.write_text(path.read_text("utf-8").replace("iup-1-3@1", "iup-1-3@2"), encoding="utf-8")
    site.commit()
    (reply,) = waiting(site, put(tmp_path, a_iup=data))
    assert verdicts(reply) == {HERS: "förs inte in", "nytt_mål": "förs in"}


def test_all_never_means_a_pdf(site: Place, tmp_path: Path) -> None:
    jenny = home(site, JENNY)
    waiting(site, put(tmp_path, a_pdf=jenny.pdf({HERS: "PDF"}), b_iup=jenny.reply({"nytt_mål": "Cykla"})))
    assert accept(site, "alla").code == 0
    assert [reply["channel"] for reply in waiting(site)] == ["pdf"]


# --- the people's own work


def test_uncommitted_edits_in_the_same_file_stop_it_and_others_stay(site: Place, tmp_path: Path) -> None:
    (reply,) = waiting(site, put(tmp_path, a_iup=home(site, JENNY).reply({HERS: "Bra"})))
    file = site.site / PLAN
    text = file.read_text("utf-8")
    file.write_text(text.replace("minst fyra", "minst fem"), encoding="utf-8")
    done = accept(site, reply["id"])
    assert done.code == ExitCode.REPOSITORY
    assert f"{PLAN} har ändringar som inte är incheckade" in done.err
    assert "minst fem" in file.read_text("utf-8")
    git(site.site, "add", PLAN)
    file.write_text(text, encoding="utf-8")
    assert accept(site, reply["id"]).code == ExitCode.REPOSITORY, "staged counts too"
    git(site.site, "reset", "--quiet")
    other = site.site / "content" / "pupils" / "k7q2m" / "plan.yaml"
    other.write_text(other.read_text("utf-8") + "# pågår\n", encoding="utf-8")
    (site.site / "ny.txt").write_text("x", encoding="utf-8")
    git(site.site, "add", "ny.txt")
    assert accept(site, reply["id"]).code == 0
    assert git(site.site, "status", "--short").out.splitlines() == [" M content/pupils/k7q2m/plan.yaml", "A  ny.txt"]


def test_no_hook_runs_and_a_git_without_a_name_is_told(site: Place, tmp_path: Path) -> None:
    hook = site.site / ".git" / "hooks" / "post-commit"
    for name in ("pre-commit", "post-commit", "reference-transaction", "post-index-change"):
        hook = site.site / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n", encoding="ascii")
        hook.chmod(0o755)
    (reply,) = waiting(site, put(tmp_path, a_iup=home(site, JENNY).reply({HERS: "Bra"})))
    git(site.site, "config", "--unset", "user.name")
    nobody = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    done = site.run("receive", "--accept", reply["id"], env=nobody)
    assert done.code == ExitCode.REPOSITORY
    assert is_untouched(site)
    configure(site)
    assert accept(site, reply["id"]).code == 0
    assert not (tmp_path / "ran").exists()


def test_a_result_with_a_fault_is_not_written(site: Place, tmp_path: Path) -> None:
    number = "Ring 20121224-2380"
    (reply,) = waiting(site, put(tmp_path, a_iup=home(site, JENNY).reply({HERS: number})))
    done = accept(site, reply["id"])
    assert done.code == ExitCode.CONTENT
    assert "[personnummer-i-text]" in done.err
    assert "2380" not in done.err
    assert is_untouched(site)


def test_the_echo_reaches_the_school(site: Place, tmp_path: Path) -> None:
    (reply,) = waiting(site, put(tmp_path, a_iup=home(site, JENNY).reply({HERS: "Bra", "fält/trivsel": "nej"})))
    accept(site, reply["id"])
    committed, _ = committed_tree(open_site(site.site))
    school, findings = load.load(committed)
    assert school is not None
    assert findings == ()
    (kept,) = school.replies.values()
    assert [(v.key, v.text, bool(v.refused)) for v in kept.values] == [
        (HERS, "Bra", False),
        ("fält/trivsel", None, True),
    ]


def test_a_full_inbox_is_looked_at_once(site: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded, listed = Mock(wraps=decode.decode), Mock(wraps=commit.trailers)
    jenny = home(site, JENNY)
    inbox = put(tmp_path, **{f"r{n}_iup": jenny.reply({"mål/m2/kommentar": f"Nummer {n}"}) for n in range(3)})
    assert len(waiting(site, inbox)) == 3
    monkeypatch.setattr(decode, "decode", decoded)
    monkeypatch.setattr(commit, "trailers", listed)
    assert cli.main(["receive", "--list", "--site", str(site.site), "--as-of", DAY]) == 0
    assert [call.args[2] for call in decoded.call_args_list].count("reply.yaml") == 3
    assert listed.call_count == 1


# --- killed

KILLER = """
import os, signal
from iup.system import files, programs
left = {step}
def counted(real):
    def run(*a, **k):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*a, **k)
    return run
programs.run = counted(programs.run)
files.write_whole = counted(files.write_whole)
"""


def killed_at(site: Place, step: int, *arguments: str | Path) -> int:
    command = ["receive", *map(str, arguments), "--site", str(site.site), "--as-of", DAY]
    env = {"PATH": "/usr/bin:/bin", "HOME": str(site.root)}
    return preloaded.run(command, ROOT, env, fault=KILLER.format(step=step))[0]


def killed(site: Place, tmp_path: Path, step: int) -> bool:
    """Kill both halves of a run at a step, carry on, look at everything, and say whether it was past the end."""
    jenny = home(site, JENNY)
    text = f"Ord nummer {step}"
    inbox = put(tmp_path, a_iup=jenny.reply({"mål/m2/kommentar": text}))
    killed_at(site, step, inbox)
    (reply,) = waiting(site, inbox)
    finished = killed_at(site, step, "--accept", reply["id"]) == 0
    for left in waiting(site):
        assert accept(site, left["id"]).code == 0
    assert [c["text"].rstrip("\n") for c in goals(site)[1]["kommentarer"]].count(text) == 1, step
    assert not git(site.site, "status", "--short").out, step
    assert not git(site.office, "status", "--short").out, step
    assert git(site.site, "log", "--format=%B").out.count(f"Svar-Id: {reply['reply']}") == 1, step
    return finished


@pytest.mark.parametrize("step", [8, 20, 30, 40])
def test_killed_at_a_step_nothing_is_lost_and_nothing_twice(site: Place, tmp_path: Path, step: int) -> None:
    killed(site, tmp_path, step)


@pytest.mark.campaign
def test_killed_between_any_two_steps_nothing_is_lost_and_nothing_twice(site: Place, tmp_path: Path) -> None:
    assert any(killed(site, tmp_path, step) for step in range(1, 300)), "a run takes fewer steps than that"


def test_nothing_of_a_reply_is_in_what_is_logged(site: Place, tmp_path: Path) -> None:
    (reply,) = waiting(site, put(tmp_path, a_iup=home(site, JENNY).reply({HERS: "Kanariefågel"})))
    said = accept(site, reply["id"])
    listed = site.run("receive", "--list")
    assert "Kanarie" not in said.out + said.err + listed.out + listed.err
    assert json.loads(site.run("receive", "--json").out) == []
    assert re.fullmatch(r"[0-9a-f]{20}", reply["id"])


@pytest.mark.browser
def test_what_is_typed_in_a_real_browser_comes_into_the_plan(site: Place, tmp_path: Path, browser: Browser) -> None:
    jenny = home(site, JENNY)
    with opened_page(browser, site.current / f"{jenny.stem}.html", jenny.secret.passphrase) as page:
        article = page.locator("article.doc").nth(1)
        field = article.locator(f'[data-place][name="{HERS}"]')
        field.evaluate("field => { for (let d = field.closest('details'); d; d = null) d.open = true; }")
        field.fill(ODD)
        with page.expect_download() as downloading:
            article.locator(".make").click()
        file = tmp_path / "svar.iup"
        downloading.value.save_as(file)
    (reply,) = waiting(site, file)
    assert accept(site, reply["id"]).code == 0
    assert plan(site)["fält"]["framåt_hemmet"]["text"].rstrip("\n") == ODD
