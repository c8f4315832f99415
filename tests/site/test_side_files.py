"""What lies beside the content is told as what it is: a side file, a copy, or a secret key."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from iup.seal.certificate import holds_secret_key
from iup.site.load import UNKNOWN_FILE, SiteReader
from iup.site.side_files import secrets, strays, synced
from iup.system.git.trees import MemoryTree
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "content/pupils/k7q2m"
KEY = "content/keys/0191F5492F815F9856936E1952C8C5153506772B"


def rule_of(path: str) -> str:
    (found,) = strays([path], UNKNOWN_FILE)
    return found.rule.id


@pytest.mark.parametrize(
    "name",
    [
        *(".DS_Store", "._plan.yaml", ".plan.yaml.swp", ".plan.yaml.swo", "plan.yaml~", "~$plan.yaml", "#plan.yaml#"),
        *(".#plan.yaml", "desktop.ini", "Thumbs.db", "4913", ".~lock.plan.yaml#", ".vscode/settings.json"),
        *("ehthumbs.db", "Icon\r", ".directory", ".Trashes", ".Spotlight-V100", "~plan.tmp", ".plan.yaml.kate-swp"),
        *(".plan.yaml.a1B2c3", ".fuse_hidden0001", ".nfs00af12", ".goutputstream-X1Y2Z3", ".gitkeep"),
        *("__MACOSX/plan.yaml", ".idea/x.yaml", ".obsidian/app.json", ".AppleDouble/plan.yaml", ".dropbox.cache/a"),
    ],
)
def test_a_side_file_is_a_note(name: str) -> None:
    assert rule_of(f"{FOLDER}/{name}") == "sidofil"


@pytest.mark.parametrize(
    "path",
    [
        *(
            f"{FOLDER}/plan{rest}.yaml"
            for rest in (" (kopia)", "-LAPTOP", " (1)", " - kopia", "-DESKTOP-8K2L1", " kopia 2")
        ),
        f"{FOLDER}/plan (Ingrids konflikterade kopia 2026-11-24).yaml",
        f"{FOLDER}/plan (conflicted copy 2026-11-24 101500).yaml",
        f"{FOLDER}/plan.sync-conflict-20261124-101500-ABCDEFG.yaml",
        *(f"{FOLDER}/plan.yaml{rest}" for rest in (".orig", ".rej", ".bak", ".txt")),
        *(f"{FOLDER}/plan.{rest}.4711.yaml" for rest in ("BASE", "LOCAL", "REMOTE", "BACKUP")),
        *(f"{FOLDER}/{start}plan.yaml" for start in ("Kopia av ", "Copy of ")),
        *(f"{FOLDER}/goals {number}.yaml" for number in (2, 13)),
        f"{FOLDER} - kopia/plan.yaml",
        f"{FOLDER} (1)/goals.yaml",
        "content/people/t3m8k (1).yaml",
        "content/people/t3m8k-LAPTOP.yaml",
        "content/schools/ljusfallet (kopia).yaml",
        f"{KEY} (1).gpg",
        f"{KEY} (1).asc",
        f"{FOLDER}/plan (1).yml",
    ],
)
def test_a_copy_is_named_as_one(path: str) -> None:
    assert rule_of(path) == "kopia"


@pytest.mark.parametrize(
    "path",
    [
        *(
            f"{FOLDER}/{name}"
            for name in ("plan.yml", "Plan.yaml", "planer.yaml", "plan.docx", "notes.yaml", "planen.yaml")
        ),
        "content/pupils/plan.yaml",
        "content/elever.yaml",
        "content/people/ingrid.yaml",
    ],
)
def test_another_file_is_unknown(path: str) -> None:
    assert rule_of(path) == "fil-okänd"


class Unreadable(MemoryTree):
    """A tree in which one file may not be read."""

    def read(self, path: str) -> bytes:
        if path == f"{KEY}.gpg":
            raise PermissionError
        return super().read(path)


def test_the_office_s_keys_are_looked_into_and_a_key_that_may_not_be_read_hides_no_other() -> None:
    held = b"-----BEGIN OPENSSH PRIVATE KEY-----\n"
    office = "content/office/B70953358DE994547B9115CE2FA9825069305DB3.gpg"
    tree = Unreadable(dict.fromkeys((f"{KEY}.gpg", office, f"{FOLDER}/id", f"{FOLDER}/plan.yaml"), held))

    assert [found.path for found in secrets(tree, [f"{FOLDER}/id"])] == [office, f"{FOLDER}/id"]


@pytest.mark.parametrize("place", ["", "refs/heads", "refs/remotes", "refs/remotes/origin", "refs/tags"])
@pytest.mark.parametrize(
    "name",
    [
        *("main (1)", "main (kopia)", "main (Ingrids konflikterade kopia 2026-11-24)", "HEAD (conflicted copy)"),
        *("index-DESKTOP-8K2L1", "index-LAPTOP-3", "main-MacBook", "main.sync-conflict-20261124-101500-ABCDEFG"),
    ],
)
def test_a_copy_among_git_s_own_files_tells_of_a_folder_that_is_kept_in_step(
    tmp_path: Path, place: str, name: str
) -> None:
    folder = tmp_path / ".git" / place
    folder.mkdir(parents=True)
    for usual in ("HEAD", "config", "main", "ORIG_HEAD", "fix-2", "v1.0"):
        (folder / usual).touch()
    assert list(synced(tmp_path)) == []

    (folder / name).touch()

    (found,) = synced(tmp_path)
    assert (found.rule.id, found.path) == ("synkroniserad-mapp", ".git")


def secret_rules(files: dict[str, bytes]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    reader = SiteReader(MemoryTree(files))
    for one in (*reader.of_the_rest(), *reader.of_names()):
        if one.rule.id == "hemlig-nyckel":
            found.setdefault(one.path, []).append(one.rule.id)
    return found


@pytest.fixture(scope="module")
def secret(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """Return an invented secret key that is kept for tests, armoured and as packets."""
    armoured = next(iter(sorted((ROOT / "tests" / "keys").glob("*.asc")))).read_bytes()
    return armoured, dearmoured(armoured, tmp_path_factory.mktemp("gpg"))


def dearmoured(armoured: bytes, home: Path) -> bytes:
    return subprocess.run(
        ["gpg", "--homedir", str(home), "--batch", "--dearmor"], input=armoured, capture_output=True, check=True
    ).stdout


def test_a_secret_key_is_seen_however_it_lies_there(files: dict[str, bytes], secret: tuple[bytes, bytes]) -> None:
    public = files[f"{KEY}.gpg"]
    armoured, binary = secret
    renamed = armoured.replace(b"PRIVATE KEY", b"PUBLIC KEY")

    assert not holds_secret_key(public)
    assert not any(holds_secret_key(data) for path, data in files.items() if path.startswith("content/"))
    for hidden in (armoured, binary, public + binary, renamed, b"Min nyckel:\r\n" + renamed.replace(b"\n", b"\r\n")):
        assert holds_secret_key(hidden)


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----",
        "PuTTY-User-Key-File-3: ssh-ed25519",
        "(21:protected-private-key(3:rsa",
    ],
)
def test_a_secret_key_of_another_kind_is_one_too(text: str) -> None:
    assert holds_secret_key(f"# nyckel\n{text}\nMII=\n".encode())


def test_a_secret_key_in_the_content_is_a_fault_where_it_lies(
    files: dict[str, bytes], secret: tuple[bytes, bytes]
) -> None:
    more = {f"{KEY}.gpg": secret[1], "content/keys/ingrid.asc": secret[0], f"{FOLDER}/id_ed25519": secret[0]}

    assert secret_rules({**files, **more}) == {path: ["hemlig-nyckel"] for path in more}
