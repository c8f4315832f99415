"""Ask whether anything that is locked has a known fault: `make audit`.

Exit 1 when something has. No answer is no finding: what could not be asked about is told, and the exit is 0, so that a
machine without network, or with a registry that does not know, is not stopped by that.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt")


def asked(lock: str) -> tuple[list[str], int, int]:
    """Return the faults of a lock file, and how many packages could be asked about and how many could not."""
    run = ["-m", "pip_audit", "--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off"]
    try:
        done = subprocess.run(
            [sys.executable, *run, "--requirement", ROOT / lock], capture_output=True, timeout=300, check=False
        )
        packages = json.loads(done.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError, KeyError):
        return [], 0, (ROOT / lock).read_text(encoding="utf-8").count("==")
    known = [package for package in packages if "vulns" in package]
    faults = [f"{p['name']} {p['version']}: {fault['id']}" for p in known for fault in p["vulns"]]
    return faults, len(known), len(packages) - len(known)


def main() -> int:
    """Ask about both lock files and tell what is known."""
    found: set[str] = set()
    answered = silent = 0
    for lock in LOCKS:
        faults, known, unknown = asked(lock)
        found.update(faults)
        answered, silent = answered + known, silent + unknown
        print(f"{lock}: {known} paket gick att fråga om, {unknown} inte")
    for fault in sorted(found):
        print(f"fel: {fault}")
    print(verdict(len(found), answered, silent))
    return bool(found)


def verdict(faults: int, answered: int, silent: int) -> str:
    """Say what the answers are worth: silence about a package is not a good word for it."""
    if not answered:
        return f"obs: inget av {silent} paket gick att fråga om, så det här säger ingenting om kända fel"
    if faults:
        return f"{faults} kända fel bland de {answered} paket som gick att fråga om"
    if silent:
        return f"obs: inget känt fel bland de {answered} paket som gick att fråga om; om {silent} vet vi ingenting"
    return f"inget känt fel i något av {answered} paket"


if __name__ == "__main__":
    sys.exit(main())
