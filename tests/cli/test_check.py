"""`check` as a teacher runs it, on a copy of the invented school; and the same checks on a hundred random damages."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest

from iup.build.pipeline import checked
from iup.errors import ExitCode
from iup.model.signing import SigningPeriods
from iup.problems import Location, Problem, Severity, as_github, has_faults
from iup.site.load import SiteReader
from iup.site.paths import SIGNING
from iup.system.git.trees import MemoryTree
from iup.text.invisible import visible
from tests.conftest import DAY, ROOT, iup
from tests.support.repository import AUTHOR, git

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic import BaseModel

    from iup.model.school import School
    from tests.conftest import Done

PLAN = "content/pupils/k7q2m/plan.yaml"
GOALS = "content/pupils/k7q2m/goals.yaml"
SCHOOL = "content/schools/kvarnriset.yaml"
ANNOTATION = re.compile(
    r"::(?P<severity>error|warning|notice) file=(?P<path>[^,]+),line=(?P<line>\d+),col=(?P<column>\d+),"
    r"title=(?P<rule>[^,:]+)::(?P<text>.+)"
)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a copy of the teachers' files, without an office."""
    for folder in ("content", "policies"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def check(site: Path, *arguments: str) -> Done:
    return iup("check", "--site", site, "--as-of", DAY, *arguments)


def replace(site: Path, path: str, old: str, new: str) -> None:
    text = (site / path).read_text(encoding="utf-8")
    assert old in text
    (site / path).write_text(text.replace(old, new, 1), encoding="utf-8")


def damage_three_files(site: Path) -> None:
    replace(site, PLAN, "läge: fastställd", "läge: klar")
    replace(site, GOALS, "läge: delad", "läge: delad: nu")
    replace(site, SCHOOL, "person: t3m8k", "person: xxxx1")


def places(done: Done) -> list[str]:
    """Return `path:line:column rule` of each fault and warning in a text answer."""
    found = re.findall(r"^(.+?:\d+:\d+): (?:fel|varning): .* \[(\S+)\]$", done.out, re.MULTILINE)
    return [f"{place} {rule}" for place, rule in found]


def test_the_school_as_it_is_has_notes_and_no_faults(site: Path) -> None:
    done = check(site)
    assert done.code == ExitCode.OK
    assert places(done) == []
    assert done.out == (
        "4 upplysningar: lagen kräver ingen skriftlig plan här: i årskurser med betyg räcker samtalet "
        "[plan-krävs-inte]; --notes visar var\n"
    )
    assert done.err == "0 fel, 0 varningar, 4 upplysningar.\n"
    told = check(site, "--notes")
    assert told.out.count(": upplysning: ") == 4
    assert told.err == "0 fel, 0 varningar, 4 upplysningar.\n"


def test_one_run_shows_every_problem_of_every_file(site: Path) -> None:
    damage_three_files(site)
    done = check(site)
    assert done.code == ExitCode.CONTENT
    faults = {f"{PLAN}:5:1 okänt-värde", f"{GOALS}:4:16 yaml-kolon-i-text", f"{SCHOOL}:18:10 okänd-person"}
    assert set(places(done)) >= faults
    assert done.err.startswith("3 fel, ")


def test_a_relation_that_is_wrong_is_told_before_what_follows_from_it(site: Path) -> None:
    replace(site, "content/pupils/a6n4x/pupil.yaml", "person: e5h7w", "person: e5h7x")
    faults = [p for p in json.loads(check(site, "--format", "json").out) if p["severity"] == "fel"]
    assert [fault["rule"] for fault in faults][:2] == ["okänd-person", "mål-vem"]


def test_every_problem_has_a_hint_and_names_the_command_that_explains_it(site: Path) -> None:
    damage_three_files(site)
    lines = [line for line in check(site, "--notes").out.splitlines() if not line.startswith("    ")]
    for problem, hint in zip(lines[::2], lines[1::2], strict=True):
        rule = problem.rsplit("[", 1)[1].removesuffix("]")
        assert hint.startswith("  tips: ")
        assert hint.endswith(f"se build.py explain {rule}")


def test_json_and_github_tell_what_text_tells(site: Path) -> None:
    damage_three_files(site)
    text = [line for line in check(site, "--notes").out.splitlines() if not line.startswith("  ")]
    as_json = check(site, "--format", "json")
    as_annotations = check(site, "--format", "github")
    assert as_json.code == as_annotations.code == ExitCode.CONTENT
    told = json.loads(as_json.out)
    assert text == ["{path}:{line}:{column}: {severity}: {message} [{rule}]".format(**one) for one in told]
    words = {"fel": "error", "varning": "warning", "upplysning": "notice"}
    assert [match.groupdict() for line in as_annotations.out.splitlines() if (match := ANNOTATION.fullmatch(line))] == [
        {
            "severity": words[one["severity"]],
            "path": one["path"],
            "line": str(one["line"]),
            "column": str(one["column"]),
            "rule": one["rule"],
            "text": f"{one['message']} — {one['hint']}",
        }
        for one in told
    ]
    assert as_json.err == as_annotations.err == ""


def test_json_of_no_problems_is_an_empty_list(site: Path) -> None:
    for pupil in ("e6b2k", "g3k8s", "u4z7m", "y9p4q"):
        shutil.rmtree(site / "content" / "pupils" / pupil)
        replace(site, "content/schools/ljusfallet.yaml", f"      - {{elev: {pupil}, från: 2026-08-17}}\n", "")
    replace(site, "content/schools/ljusfallet.yaml", ", utom: [u4z7m]", "")
    replace(
        site, "content/schools/ljusfallet.yaml", "    elever:\n    undervisning:", "    elever: []\n    undervisning:"
    )
    assert json.loads(check(site, "--format", "json").out) == []


def test_an_annotation_escapes_what_the_reader_of_annotations_would_take_for_its_own() -> None:
    problem = Problem(Location("a,b:c%.yaml", 2, 3), "regel", Severity.FAULT, "50 %\r\n::error::x", "")
    assert as_github(problem) == "::error file=a%2Cb%3Ac%25.yaml,line=2,col=3,title=regel::50 %25%0D%0A::error::x"


def test_warnings_stop_only_under_strict(site: Path) -> None:
    replace(site, GOALS, "Jag tänker vad som", "Jag frågar Noel vad som")
    assert check(site).code == ExitCode.OK
    done = check(site, "--strict")
    assert done.code == ExitCode.CONTENT
    assert places(done) == [f"{GOALS}:50:7 annan-elev"]


def test_notes_never_stop(site: Path) -> None:
    assert check(site, "--strict").code == ExitCode.OK


def test_the_day_decides(site: Path) -> None:
    done = iup("check", "--site", site, "--as-of", "2026-11-11")
    assert done.code == ExitCode.CONTENT
    assert f"{PLAN}:8:3 datum-framtid" in places(done)


def test_a_directory_without_content_is_a_mistake_of_use(tmp_path: Path) -> None:
    done = check(tmp_path)
    assert done.code == ExitCode.USAGE
    assert done.err == f"fel: det finns ingen katalog content i {tmp_path}\n  tips: ange skolans katalog med --site\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--formt", "json"], "fel: valet --formt finns inte. Menade du --format?"),
        (["--format", "xml"], "fel: värdet för --format går inte att använda"),
        *[
            (["--as-of", day], "fel: dagen efter --as-of ska skrivas ÅÅÅÅ-MM-DD")
            for day in ("i dag", "20261124", "2026-W48-2", "2026-02-30", "٢٠٢٦-١١-٢٤")
        ],
        (["Alva"], "fel: det står fler ord än kommandot tar emot"),
        (["--site"], "fel: valet --site är fel använt"),
    ],
)
def test_what_is_typed_wrong_is_told_in_swedish_and_nothing_is_checked(arguments: list[str], said: str) -> None:
    done = iup("check", *arguments)
    assert (done.code, done.out) == (ExitCode.USAGE, "")
    assert done.err.splitlines()[0] == said


def test_a_link_in_the_content_is_a_fault_and_is_not_followed(site: Path) -> None:
    outside = site / "outside"
    shutil.copytree(site / "content" / "pupils" / "k7q2m", outside / "x1x1x")
    (site / "content" / "pupils" / "x1x1x").symlink_to(outside / "x1x1x")
    (site / GOALS).rename(outside / "goals.yaml")
    (site / GOALS).symlink_to(outside / "goals.yaml")
    done = check(site)
    assert done.code == ExitCode.CONTENT
    assert places(done) == [f"{GOALS}:1:1 fil-slag", "content/pupils/x1x1x:1:1 fil-slag"]


def test_a_pipe_in_the_content_is_a_fault_and_is_not_waited_for(site: Path) -> None:
    os.mkfifo(site / "content" / "people" / "x1x1x.yaml")
    assert places(check(site)) == ["content/people/x1x1x.yaml:1:1 fil-slag"]


def test_files_that_are_one_on_another_machine_are_a_fault(site: Path) -> None:
    shutil.copy(site / PLAN, site / "content" / "pupils" / "k7q2m" / "PLAN.yaml")
    assert places(check(site)) == [
        "content/pupils/k7q2m/PLAN.yaml:1:1 fil-okänd",
        f"{PLAN}:1:1 fil-tvilling",
    ]


def test_a_file_that_nothing_reads_is_a_fault_wherever_it_is(site: Path) -> None:
    strays = [
        "content/keys/nyckel.asc",
        "content/people/K7Q2M.yaml",
        "content/pupils/alva/plan.yaml",
        "content/pupils/k7q2m/plan.yml",
    ]
    for stray in strays:
        (site / stray).parent.mkdir(exist_ok=True)
        (site / stray).write_text("barn: Alva L, 2B\n", encoding="utf-8")
    assert places(check(site)) == [f"{stray}:1:1 fil-okänd" for stray in strays]


def test_side_files_are_notes_and_copies_are_named_and_what_git_ignores_is_not_there(site: Path) -> None:
    folder = "content/pupils/k7q2m"
    git(site, "init", "--quiet")
    (site / ".gitignore").write_text("*.txt\n/content/people/utkast/\n", encoding="utf-8")
    for path in (".plan.yaml.swp", "plan (kopia).yaml", "notes.txt", "../../people/utkast/t3m8k.yaml"):
        (site / folder / path).parent.mkdir(exist_ok=True)
        (site / folder / path).write_text("barn: Alva L, 2B\n", encoding="utf-8")

    done = check(site)

    assert places(done) == [f"{folder}/plan (kopia).yaml:1:1 kopia"]
    assert f"{folder}/.plan.yaml.swp:1:1: upplysning: " in done.out
    assert "notes.txt" not in done.out
    assert "utkast" not in done.out.replace("upplysning", "")


def test_a_site_in_a_folder_that_another_repository_ignores_is_there_all_the_same(site: Path, tmp_path: Path) -> None:
    """As the demonstration is, until it has a repository of its own."""
    outer = tmp_path / "outer"
    shutil.copytree(site, outer / "demo")
    git(outer, "init", "--quiet")
    (outer / ".gitignore").write_text("/demo/\n", encoding="utf-8")

    assert check(outer / "demo").code == 0


@pytest.mark.parametrize(
    "name",
    [
        "index (1)",
        "HEAD-DESKTOP-8K2L1",
        "refs/heads/main (Ingrids konflikterade kopia 2026-11-24)",
        "packed-refs.sync-conflict-20261124-101500-ABCDEFG",
    ],
)
def test_a_clone_in_a_synchronised_folder_is_named_as_one(site: Path, name: str) -> None:
    git(site, "init", "--quiet")
    assert places(check(site)) == []
    (site / ".git" / name).touch()
    assert places(check(site)) == [".git:1:1 synkroniserad-mapp"]


def test_a_file_whose_name_is_no_text_is_told_and_nothing_breaks(site: Path) -> None:
    (site / os.fsdecode(b"content/people/\xff.yaml")).touch()
    done = check(site)
    assert done.code == ExitCode.CONTENT
    assert places(done) == ["content/people/\ufffd.yaml:1:1 fil-okänd"]


@pytest.mark.parametrize(
    ("path", "old", "new", "place"),
    [
        ("policies/access.yaml", "  - id: hemmet-läser", "  - id: [hemmet", ":10:9 yaml-klammer"),
        ("policies/access.yaml", "får: [läsa]", "får: [läsa, radera]", ":13:17 okänt-värde"),
        ("policies/access.yaml", "    får: [läsa]\n", "", ":10:5 saknas"),
        ("policies/subjects.yaml", "Modersmål, talande: ja", "Modersmål, talande: kanske", ":16:23 fel-slag"),
        ("policies/law.yaml", "avser: samtal", "avser: kalas", ":5:5 okänt-värde"),
        ("content/municipality.yaml", "huvudman: kommunal", "huvudman: kungen", ":2:1 okänt-värde"),
        ("content/site.yaml", "kontor: ", "kontorr: ", ":1:1 okänd-nyckel"),
    ],
)
def test_a_broken_file_that_everything_rests_on_is_a_located_fault(
    site: Path, path: str, old: str, new: str, place: str
) -> None:
    replace(site, path, old, new)
    done = check(site)
    assert done.code == ExitCode.CONTENT
    shown = done.out + done.err
    line, rule = place.split()
    assert re.search(rf"^{re.escape(path + line)}: fel: .* \[{rule}\]$", shown, re.MULTILINE)


# What one key too many puts into a file.
_SIGNS = [sign.encode() for sign in (*" \t#:-|>'\"[]{}&*!,\n%?@`", " #", ": ", "å", "\u200b")] + [b"\xff", b"\r"]


def damaged(data: bytes, chance: random.Random) -> bytes:
    """Return a file with a slip of the hand or two."""
    for _ in range(chance.choice((1, 1, 2))):
        at = chance.randrange(len(data))
        lines = data.splitlines(keepends=True)
        first, second = sorted(chance.choices(range(len(lines)), k=2))
        match chance.randrange(10):
            case 0:
                data = data[:at] + data[at + 1 :]
            case 1 | 2:
                data = data[:at] + chance.choice(_SIGNS) + data[at:]
            case 3:
                lines[first], lines[second] = lines[second], lines[first]
                data = b"".join(lines)
            case 4:
                data = b"".join([*lines[:first], b" " * chance.randint(1, 4) + lines[first], *lines[first + 1 :]])
            case 5:
                data = b"".join([*lines[:first], lines[first].removeprefix(b"  "), *lines[first + 1 :]])
            case 6:
                data = b"".join([*lines[: first + 1], lines[first], *lines[first + 1 :]])
            case 7:  # a line's key once more, in front of the value a line or two below
                below = min(first + chance.randint(1, 2), len(lines) - 1)
                indent, _, value = re.findall(rb"([ -]*)([^:\n]*)(.*\n?)", lines[below])[0]
                lines[below] = indent + lines[first].split(b":")[0].strip(b" -\n") + value
                data = b"".join(lines)
            case 8:
                at = chance.choice([match.start() for match in re.finditer(b" ", data)])
                data = data[:at] + b" #" + data[at + 1 :]
            case _:
                data = b"".join([*lines[:first], *lines[first + 1 :]])
    return data


def words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{4,}", text))


def leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from leaves(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield str(value)


def record_of(school: School, path: str) -> BaseModel | None:
    """Return what the school has from a file."""
    folder, name = path.removesuffix(".yaml").rsplit("/", 1)
    pupil = folder.rsplit("/", 1)[-1]
    match name:
        case "plan":
            return school.plans.get(pupil)
        case "goals":
            return school.goals.get(pupil)
        case "pupil":
            return school.pupils.get(pupil)
        case _ if folder.endswith("schools"):
            return school.units.get(name)
        case _ if folder.endswith("people"):
            return school.people.get(name)
        case _:
            return school.municipality


@pytest.mark.parametrize("seed", range(100))
def test_a_damage_is_a_fault_or_every_word_of_the_file_is_in_what_was_read(files: dict[str, bytes], seed: int) -> None:
    chance = random.Random(seed)
    path = chance.choice(sorted(path for path in files if re.fullmatch(r"content/(?!site).*\.yaml", path)))
    data = damaged(files[path], chance)
    tree = MemoryTree({**files, path: data})
    school, problems = checked(tree, date.fromisoformat(DAY))
    if has_faults(problems):
        return
    assert school is not None
    record = SiteReader(tree).record(SigningPeriods, path) if path == SIGNING else record_of(school, path)
    assert record is not None
    text = "\n".join(line for line in data.decode().splitlines() if not line.lstrip().startswith("#"))
    assert words(visible(text)) <= words(" ".join(leaves(record.model_dump(by_alias=True))))


# --- what is staged


@pytest.fixture
def repository(site: Path) -> Path:
    """Return the teachers' files as a git repository with one commit."""
    (site / "content" / "site.yaml").unlink(missing_ok=True)
    for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "test")):
        git(site, *AUTHOR, *arguments)
    return site


def test_only_what_is_staged_is_told_and_as_it_was_staged(repository: Path) -> None:
    damage_three_files(repository)
    assert check(repository, "--staged").err == "0 fel, 0 varningar, 0 upplysningar.\n"
    git(repository, *AUTHOR, "add", PLAN)
    replace(repository, PLAN, "läge: klar", "läge: fastställd")  # put right, but not staged
    done = check(repository, "--staged")
    assert done.code == ExitCode.CONTENT
    assert {place.rpartition(" ")[2] for place in places(done)} == {"okänt-värde"}
    assert all(place.startswith(PLAN) for place in places(done))


def test_a_staged_file_is_judged_against_all_others(repository: Path) -> None:
    replace(repository, PLAN, "av: t3m8k", "av: zzzz9")
    stray = repository / "content" / "pupils" / "k7q2m" / "plan.yml"
    stray.write_text("a: b\n", encoding="utf-8")
    replace(repository, SCHOOL, "person: t3m8k", "person: xxxx1")
    git(repository, *AUTHOR, "add", "-A")
    told = {(place.partition(":")[0], place.rpartition(" ")[2]) for place in places(check(repository, "--staged"))}
    assert {(PLAN, "okänd-person"), (str(stray.relative_to(repository)), "fil-okänd"), (SCHOOL, "okänd-person")} <= told
    whole = {(place.partition(":")[0], place.rpartition(" ")[2]) for place in places(check(repository))}
    assert told == {row for row in whole if row[0] in {PLAN, SCHOOL, str(stray.relative_to(repository))}}


def test_a_staged_link_is_told(repository: Path) -> None:
    link = repository / "content" / "people" / "z9z9z.yaml"
    link.symlink_to("t3m8k.yaml")
    git(repository, *AUTHOR, "add", "-A")
    done = check(repository, "--staged")
    assert [place.rpartition(" ")[2] for place in places(done)] == ["fil-slag"]


def test_without_git_nothing_is_staged(site: Path) -> None:
    done = check(site, "--staged")
    assert done.code == ExitCode.REPOSITORY
    assert "är inte en git-katalog" in done.err


def test_a_version_that_does_not_exist_is_told_whatever_is_staged(repository: Path) -> None:
    replace(repository, PLAN, "läge: fastställd", "läge: delad")
    git(repository, *AUTHOR, "add", "-A")
    for arguments in (("--staged",), ()):
        done = check(repository, *arguments, "--against", "nowhere")
        assert done.code == ExitCode.REPOSITORY, arguments
        assert "det finns ingen incheckad version" in done.err


def test_a_staged_step_is_judged_as_by_a_whole_check(repository: Path) -> None:
    goals = "content/pupils/k7q2m/goals.yaml"
    text = (repository / goals).read_text(encoding="utf-8")
    (repository / goals).write_text(re.sub(r"av: \w{5}", "av: t3m8k", text), encoding="utf-8")
    git(repository, *AUTHOR, "add", goals)
    staged, whole = places(check(repository, "--staged")), places(check(repository))
    assert [place for place in staged if place.endswith("förlopp-omskrivet")]
    assert staged == [place for place in whole if place.startswith(goals)]
