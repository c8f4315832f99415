"""Change what a reader may not read, and everything that the reader gets is the same to the byte (DESIGN §7).

The schools, forms and rules are made by chance; who may read what is worked out by a second reading of the rules. A
change that somebody may read has to show: else the proof would hold of a program that shows nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

import pytest

from iup.policy.access import required_policy
from iup.policy.items import subjects_of
from iup.site import strict_yaml
from iup.site.load import ACCESS, PUBLIC_DOCUMENTS, load
from iup.system.git.trees import MemoryTree
from iup.view.bundle import Bundler, recipients
from iup.view.types import canonical
from tests.conftest import DAY, ROOT
from tests.support import campaign
from tests.support.interference import READERS, Changer
from tests.support.random_school import Maker, as_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from iup.view.bundle import Bundle
    from tests.support.random_school import Files

KINDS_OF_CHANGE = 8
KEY = b"k" * 32


def bundles(files: Files) -> dict[str, object]:
    """Return all that decides what each reader gets: the bytes of every view, marks, titles, order, PDFs."""
    tree = MemoryTree({**{path: as_bytes(values) for path, values in files.items()}, PUBLIC_DOCUMENTS: b"Text.\n"})
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(strict_yaml, "parse", read)
        school, findings = load(tree)
        assert school is not None
        assert findings == ()
        day = date.fromisoformat(DAY)
        bundler = Bundler(school, required_policy(tree), day, KEY)
        return {who.id: told(bundler.bundle(who)) for who in recipients(school, day)}


read = lru_cache(1000)(strict_yaml.parse)  # a change alters one file, and the others need not be parsed for it


def told(bundle: Bundle) -> object:
    documents = [(canonical(d.view), d.mark, d.version, d.anchor, d.title, d.pdf) for d in bundle.documents]
    return documents, bundle.labels, bundle.targets


@campaign.cases(quick=20, full=1000)
def test_what_a_reader_may_not_read_makes_no_difference(cases: int) -> None:
    hidden = shown = 0
    for number in range(campaign.SEED, campaign.SEED + cases):
        chance = Random(number)
        maker = Maker(chance)
        before = bundles(maker.make())
        for change in Changer(chance, maker).changes(KINDS_OF_CHANGE):
            after = bundles(change.after)
            for reader in READERS:
                same = before.get(reader) == after.get(reader)
                if change.hidden_from(reader):
                    if reader in change.authors:
                        continue
                    assert same, f"seed {number}: {reader} learns of a change of {change.what}"
                    hidden += reader in before
                elif change.power:
                    assert not same, f"seed {number}: {reader} is not shown a change of {change.what}"
                    shown += 1
    print(f"{cases} schools: {hidden} times hidden, {shown} times shown")  # noqa: T201  the campaign's figures
    assert shown * 20 > hidden > cases * 20


def test_a_subject_does_not_go_away_when_somebody_writes_what_the_reader_may_not_read(files: dict[str, bytes]) -> None:
    # A rule that keeps authors from their own omdömen: chance seldom makes one.
    rule = "{id: egna, skäl: prov, vem: [skribenten], får: [läsa], vad: [plan.omdöme], neka: ja}"
    tree = MemoryTree({**files, ACCESS: files[ACCESS] + f"\n  - {rule}\n".encode()})
    school, _ = load(tree)
    assert school is not None
    plan = school.plans["a6n4x"]
    assert plan.assessments["Svenska"].author == "t3m8k"
    rest = {subject: row for subject, row in plan.assessments.items() if subject != "Svenska"}
    without = replace(school, plans={**school.plans, "a6n4x": plan.model_copy(update={"assessments": rest})})
    day, policy = date.fromisoformat(DAY), required_policy(tree)
    one, other = (
        {who.id: told(Bundler(each, policy, day, KEY).bundle(who)) for who in recipients(each, day)}
        for each in (school, without)
    )
    assert one["t3m8k"] == other["t3m8k"]
    assert one["e5h7w"] != other["e5h7w"]


def test_a_subject_that_is_not_taught_does_not_come_when_somebody_writes_what_the_reader_may_not_read(
    files: dict[str, bytes],
) -> None:
    rule = "{id: egna, skäl: prov, vem: [skribenten], får: [läsa], vad: [plan.omdöme], neka: ja}"
    tree = MemoryTree({**files, ACCESS: files[ACCESS] + f"\n  - {rule}\n".encode()})
    school, _ = load(tree)
    assert school is not None
    plan, day, policy = school.plans["a6n4x"], date.fromisoformat(DAY), required_policy(tree)
    assert "Kemi" not in subjects_of(school, "a6n4x", day, plan)
    more = {**plan.assessments, "Kemi": plan.assessments["Svenska"]}
    changed = replace(school, plans={**school.plans, "a6n4x": plan.model_copy(update={"assessments": more})})
    one, other = (
        {who.id: told(Bundler(each, policy, day, KEY).bundle(who)) for who in recipients(each, day)}
        for each in (school, changed)
    )
    assert one["t3m8k"] == other["t3m8k"]
    assert one["e5h7w"] != other["e5h7w"]


# --- the power of the proof: a program with one line too much or too little does not pass it

LEAKS = {
    "a draft": ("policy/access.py", "and item.state in rule.state", ""),
    "a rule that denies": ("policy/access.py", "if candidate.rule.deny:", "if not candidate:"),
    "what a form narrows": (
        "policy/access.py",
        "if grants is not None and",
        "if not grants and grants is not None and",
    ),
    "a relation that has ended": ("model/base.py", "(self.ends is None or day <= self.ends)", "True"),
    "how many comments": ("view/plan_parts.py", 'outcome=goal.outcome or ""', "outcome=f'{len(goal.comments)}'"),
    "the newest day": ("view/plan.py", "plan_head(school.municipality, shown,", "plan_head(school.municipality, plan,"),
    "the office of a school": ("view/office_contact.py", "if places_named(policy, who) else None", ""),
    "the name of a pupil who writes": (
        "view/plan.py",
        "Author(self.given, THE_PUPIL.role) if self.given else THE_PUPIL",
        "Author(pupil.name.given, THE_PUPIL.role)",
    ),
    "the order of names": (
        "view/bundle.py",
        "recipient = replace(recipient, pupils=self._in_told_order(recipient))",
        "",
    ),
    "a draft in an overview": (
        "view/overview.py",
        "if plan and self.reads(about._replace(state=plan.state)) else None",
        "",
    ),
    "the name of a pupil in a place to write": (
        "view/plan.py",
        "asker.given or THE_PUPIL.role",
        "record.name.given",
    ),
    "that a field has been written in": (
        "policy/writable.py",
        "return _SOMEBODY, self._own_words",
        "return (authors(entry),) if entry else ()",
    ),
    "an omdöme in an overview": ("view/overview.py", "if written and self.reads(", "if written and (True or "),
}
ALWAYS = {"a draft", "the office of a school"}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_has_its_line_in_the_program(leak: str) -> None:
    module, old, _ = LEAKS[leak]
    assert (ROOT / "iup" / module).read_text(encoding="utf-8").count(old) == 1


@pytest.mark.parametrize(
    "leak", [pytest.param(leak, marks=() if leak in ALWAYS else pytest.mark.campaign) for leak in LEAKS]
)
def test_a_program_that_leaks_is_found(tmp_path: Path, leak: str) -> None:
    module, old, new = LEAKS[leak]
    for name in ("iup", "tests", "policies"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    source = tmp_path / "iup" / module
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace(old, new), encoding="utf-8")
    run = "import tests.properties.test_noninterference as t; t.KINDS_OF_CHANGE = 30; "
    run += "t.test_what_a_reader_may_not_read_makes_no_difference(300)"
    done = subprocess.run(
        [sys.executable, "-c", run], cwd=tmp_path, env={**os.environ, "PYTHONPATH": ""}, capture_output=True, text=True,
        timeout=1200, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert " learns of a change of " in done.stderr
