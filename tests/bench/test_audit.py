"""`make audit` is red for a known fault and for nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

CLEAN = {"name": "rich", "version": "1", "vulns": []}
FAULTY = {"name": "weasyprint", "version": "69", "vulns": [{"id": "CVE-2026-55073"}]}
LOCKED = sum((ROOT / lock).read_text("utf-8").count("==") for lock in ("requirements.txt", "requirements-dev.txt"))
UNKNOWN = {"name": "nh3", "skip_reason": "Dependency not found"}


@pytest.mark.parametrize(
    ("answer", "code", "told"),
    [
        (json.dumps({"dependencies": [CLEAN]}), 0, "inget känt fel i något av 2 paket"),
        (json.dumps({"dependencies": [CLEAN, UNKNOWN]}), 0, "bland de 2 paket som gick att fråga om; om 2 vet vi ing"),
        (json.dumps({"dependencies": [CLEAN, FAULTY]}), 1, "fel: weasyprint 69: CVE-2026-55073"),
        (json.dumps({"dependencies": [UNKNOWN, FAULTY]}), 1, "1 kända fel bland de 2 paket som gick att fråga om"),
        (json.dumps({"dependencies": [UNKNOWN, UNKNOWN]}), 0, "inget av 4 paket gick att fråga om"),
        ("", 0, f"inget av {LOCKED} paket gick att fråga om, så det här säger ingenting"),
    ],
    ids=["clean", "some unknown", "a fault", "a fault among unknown", "a registry without advisories", "no network"],
)
def test_only_a_known_fault_is_red(tmp_path: Path, answer: str, code: int, told: str) -> None:
    (tmp_path / "pip_audit.py").write_text(f"print({answer!r})\nraise SystemExit(1)\n", encoding="utf-8")
    run = [sys.executable, str(ROOT / "bench" / "audit.py")]
    done = subprocess.run(run, env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert told in done.stdout
    assert ("inget känt fel" in done.stdout) == (code == 0 and "ingenting om kända" not in done.stdout)
