"""How long a build takes, as ratios to what it cannot do without.

    python bench/run.py --pupils 16,400 [--seed 1] [--jobs 2]

For each size an invented municipality is made in a temporary directory (not measured), and then measured in one run on
the same documents: the *floor* (bare WeasyPrint once for each distinct document that is wanted as PDF, one bare pikepdf
or gpg call for each sealed file), a *naive* script (each recipient's documents set and sealed for that recipient alone,
nothing shared), and the program: a cold build, an unchanged one, and one after an edit in one plan. Floor, naive and
program have the same number of worker processes. Writes nothing but its table, to stdout.

CPU time is that of the whole process tree, gpg-agents too; memory is the largest sum of proportional shares (PSS) over
the tree, looked at ten times a second. On a busy machine
CPU time and ratios say more than wall time.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import gnupg
import pikepdf
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from iup.build.cache import BuildCache
from iup.build.worklist import Wanted, order
from iup.checks.runner import Checker
from iup.documents.assets import Assets, load_assets
from iup.documents.html import Renderer
from iup.keys import keyring
from iup.keys.locks import Locksmith
from iup.keys.vault import open_vault
from iup.seal.lock import Lock, PassphraseLock
from iup.seal.passphrase import derive
from iup.site.layout import Site, open_site, work_tree
from iup.system.git import own_repository

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = date(2026, 11, 24)
_SUBREAPER = 36  # prctl(2): what daemonizes below us, as gpg-agent does, becomes our child and is counted
_SAMPLE_SECONDS = 0.1


@dataclass(frozen=True)
class Cost:
    """What a phase took: CPU and wall time in seconds, memory in MB."""

    cpu: float
    wall: float
    peak: float


@dataclass(frozen=True)
class Sealing:
    """A file to be sealed: the documents in it as (mark, HTML to be set or fragment), and its lock."""

    pdf: bool
    parts: tuple[str, ...]
    lock: Lock


@dataclass(frozen=True)
class Work:
    """All that floor and naive script need, prepared before the clock starts."""

    printed: dict[str, str]
    fragments: dict[str, str]
    files: tuple[Sealing, ...]


# ---------------------------------------------------------------- what is measured


class _Bare:
    """WeasyPrint as its documentation has it; `warm` keeps the parsed style sheet and the fonts between documents."""

    def __init__(self, *, warm: bool) -> None:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher, URLFetcherResponse

        assets = load_assets()

        class Fetcher(URLFetcher):
            def fetch(self, url: str, _headers: dict[str, str] | None = None) -> URLFetcherResponse:
                return URLFetcherResponse(url, assets.files[url.removeprefix("asset:")], {"Content-Type": "font/ttf"})

        fetcher = Fetcher(allowed_protocols=["asset"])  # type: ignore[no-untyped-call]
        css = "".join(assets.text(name) for name in ("base/base.css", "base/print.css", "overview/overview.css"))

        def style() -> tuple[Any, Any]:
            fonts = FontConfiguration()
            return CSS(string=css, base_url="asset:", url_fetcher=fetcher, font_config=fonts), fonts

        shared = style() if warm else None

        def pdf(html: str) -> bytes:
            sheet, fonts = shared or style()
            document = HTML(string=html, base_url="asset:", url_fetcher=fetcher)
            made: bytes = document.write_pdf(
                stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/ua-1", pdf_forms=True
            )
            return made

        self.pdf = pdf


_BARE: dict[bool, _Bare] = {}


def _set(html: str, *, warm: bool) -> bytes:
    if warm not in _BARE:
        _BARE[warm] = _Bare(warm=warm)
    return _BARE[warm].pdf(html)


def _seal(plain: bytes, lock: Lock, *, pdf: bool, key: bytes) -> int:
    """Seal with one bare call and return the size; nothing is padded or looked at afterwards."""
    if not isinstance(lock, PassphraseLock):
        with tempfile.TemporaryDirectory() as home:
            ring = Path(home) / "recipient.gpg"
            ring.write_bytes(lock.public)
            rings = [str(ring)]
            if lock.signer:
                rings.append(str(lock.signer.home / "pubring.gpg"))
            options = ["--no-options", "--no-auto-key-locate", "--trust-model", "always", "--compress-algo", "none"]
            gpg = gnupg.GPG(gnupghome=str(lock.signer.home if lock.signer else home), keyring=rings, options=options)
            signed = lock.signer.fingerprint if lock.signer else None
            return len(gpg.encrypt(plain, [lock.certificate.fingerprint], sign=signed, armor=False).data)
    if not pdf:
        return len(AESGCM(key).encrypt(os.urandom(12), plain, None))
    out = BytesIO()
    with pikepdf.open(BytesIO(plain)) as opened:
        opened.save(out, encryption=pikepdf.Encryption(user=lock.secret.passphrase, owner=os.urandom(32).hex(), R=6))
    return out.tell()


def _floor_document(task: tuple[str, tuple[Lock, ...]]) -> int:
    html, locks = task
    plain = _set(html, warm=True)
    return sum(_seal(plain, lock, pdf=True, key=b"") for lock in locks)


def _floor_page(task: tuple[str, Lock]) -> int:
    body, lock = task
    return _seal(body.encode(), lock, pdf=False, key=lock.secret.key if isinstance(lock, PassphraseLock) else b"")


def _naive_file(file: Sealing) -> int:
    if file.pdf:
        return _seal(_set(file.parts[0], warm=False), file.lock, pdf=True, key=b"")
    key = derive(file.lock.secret.passphrase, file.lock.secret.salt) if isinstance(file.lock, PassphraseLock) else b""
    return _seal("\n".join(file.parts).encode(), file.lock, pdf=False, key=key)


def floor(work: Work, jobs: int) -> None:
    """Set each distinct document once and seal each file by one call."""
    locks: dict[str, list[Lock]] = {mark: [] for mark in work.printed}
    for file in work.files:
        if file.pdf:
            locks[file.parts[0]].append(file.lock)
    pages = [("\n".join(work.fragments[m] for m in f.parts), f.lock) for f in work.files if not f.pdf]
    with get_context("forkserver").Pool(jobs) as pool:
        for _ in pool.imap_unordered(_floor_document, [(work.printed[m], tuple(own)) for m, own in locks.items()]):
            pass
        for _ in pool.imap_unordered(_floor_page, pages):
            pass
        pool.close()
        pool.join()


def naive(work: Work, jobs: int) -> None:
    """Set and seal every file for its recipient alone."""
    texts = [
        Sealing(f.pdf, tuple((work.printed if f.pdf else work.fragments)[m] for m in f.parts), f.lock)
        for f in work.files
    ]
    with get_context("forkserver").Pool(jobs) as pool:
        for _ in pool.imap_unordered(_naive_file, texts):
            pass
        pool.close()
        pool.join()


# ---------------------------------------------------------------- how it is measured


def measured(run: Callable[[], None]) -> Cost:
    """Run in a child process and return what it and all below it took."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    child = os.fork()
    if not child:
        code = 1
        try:
            run()
            code = 0
        except BaseException:  # noqa: BLE001  whatever it was, the child ends here
            traceback.print_exc()
        finally:
            os._exit(code)
    peak = [0.0]
    over = threading.Event()
    watch = threading.Thread(target=_watch, args=(os.getpid(), peak, over))
    watch.start()
    _, status = os.waitpid(child, 0)
    wall = time.monotonic() - began
    over.set()
    watch.join()
    try:
        while True:
            os.waitpid(-1, 0)  # what outlived it: agents, which end when their home is closed
    except ChildProcessError:
        pass
    if status:
        raise SystemExit(f"a phase failed: {status}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall, peak[0])


def _watch(root: int, peak: list[float], over: threading.Event) -> None:
    while not over.wait(_SAMPLE_SECONDS):
        peak[0] = max(peak[0], sum(map(_share, _below(root))) / 1024)


def _below(root: int) -> list[int]:
    """Return all processes below one."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            stat = entry.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry.parent.name))
    found, left = [], [root]
    while left:
        children = parents.get(left.pop(), [])
        found += children
        left += children
    return found


def _share(process: int) -> int:
    """Return a process's proportional share of memory in kB; 0 when it has just ended."""
    try:
        for line in Path("/proc", str(process), "smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


# ---------------------------------------------------------------- the run


def prepared(site: Site) -> Work:
    """Return what the program would make of a site, as plain HTML and locks."""
    tree = work_tree(site)
    assets: Assets = load_assets()
    renderer = Renderer(assets)
    with keyring.opened(site.required_office()) as own, Locksmith(tree, own, open_vault(own)) as locksmith:
        wanted = tuple(order(Checker(tree, DAY), locksmith, assets.fingerprint, BuildCache(), {}).making)
    return Work(
        {f.pdf.mark: renderer.printed(f.pdf.view, f.pdf.version, f.pdf.title) for f in wanted if f.pdf},
        _fragments(renderer, wanted),
        tuple(Sealing(f.pdf is not None, tuple(d.mark for d in f.documents), f.owner.lock) for f in wanted),
    )


def _fragments(renderer: Renderer, wanted: tuple[Wanted, ...]) -> dict[str, str]:
    found = {}
    for file in wanted:
        if file.pdf is None:
            for number, d in enumerate(file.documents):
                targets = file.bundle.targets if number == 0 else ()
                found[d.mark] = renderer.fragment(d.view, d.version, d.anchor, targets)
    return found


def build(site: Site, jobs: int) -> None:
    """Build by the public command."""
    command = ["build.py", "build", "--site", str(site.root), "--as-of", str(DAY), "-j", str(jobs)]
    subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True)


def edit(site: Site) -> None:
    """Change one word in one plan and commit it."""
    plans = sorted((site.root / "content" / "pupils").glob("*/plan.yaml"))
    plan = next(path for path in plans if "läge: delad" in path.read_text(encoding="utf-8"))
    plan.write_text(plan.read_text(encoding="utf-8").replace("Jag ", "Jag nu ", 1), encoding="utf-8")
    own_repository.commit_all(site.root, "en ändring")


def rows(pupils: int, seed: int, jobs: int) -> list[tuple[str, Cost]]:
    """Measure one size."""
    with tempfile.TemporaryDirectory(prefix="b") as temporary:
        made = Path(temporary) / "d"
        command = ["build.py", "demo", str(made), "--pupils", str(pupils), "--seed", str(seed)]
        subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True)
        site = open_site(made / "site")
        work = prepared(site)
        found = [("floor", measured(lambda: _closing(site, lambda: floor(work, jobs))))]
        found.append(("naive", measured(lambda: _closing(site, lambda: naive(work, jobs)))))
        found.append(("cold", measured(lambda: build(site, jobs))))
        found.append(("unchanged", measured(lambda: build(site, jobs))))
        edit(site)
        found.append(("one edit", measured(lambda: build(site, jobs))))
        pdfs = sum(file.pdf for file in work.files)
        print(
            f"\n{pupils} pupils: {len(work.printed)} distinct documents as PDF, {pdfs} PDFs and "
            f"{len(work.files) - pdfs} pages to seal; {jobs} worker processes.\n",
        )
        return found


def _closing(site: Site, run: Callable[[], None]) -> None:
    with keyring.opened(site.required_office()):
        run()


def main() -> None:
    """Measure each size and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pupils", default="16", help="sizes, with commas between")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    for pupils in map(int, arguments.pupils.split(",")):
        found = rows(pupils, arguments.seed, arguments.jobs)
        base, slow = found[0][1], found[1][1]
        print("| | CPU s | wall s | peak MB | CPU / floor | naive CPU / this |\n|---|---:|---:|---:|---:|---:|")
        for name, cost in found:
            ratios = f"{cost.cpu / base.cpu:.2f} | {slow.cpu / cost.cpu:.1f}"
            print(f"| {name} | {cost.cpu:.1f} | {cost.wall:.1f} | {cost.peak:.0f} | {ratios} |", flush=True)


if __name__ == "__main__":
    main()
