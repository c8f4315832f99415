"""Mutation testing: break the modules that decide and lock, one place at a time, and see whether a test notices.

    python bench/mutants.py [--seed N] [--most N] [--jobs N] [iup/policy/access.py iup/view iup/seal …]

The tree is copied to a temporary directory; each mutant is one change of one expression there. A mutant that no test
notices has survived and is printed with its line; docs/assurance.md says why each that is left may be. One whose tests
did not end in time is printed too and counted by itself: it may hang, or the machine may be busy. Operators: a
comparison turned, `and` for `or`, a `not` left out, a number one higher, True for False, `any` for `all`, one operand
of + - | & dropped, a condition always true or false, a statement (call, raise, continue) left out.
"""

from __future__ import annotations

import argparse
import ast
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
WHAT = ("iup/policy/access.py", "iup/policy/writable.py", "iup/view", "iup/seal")
# The tests that judge each, the quickest first: pytest stops at the first that fails.
_VIEWS = "view/test_plan_edges view/test_bundle"
JUDGES = {
    "iup/policy/access.py": f"policy/test_access {_VIEWS} view/test_overview policy/test_matrix cli/test_explain "
    "properties/test_noninterference",
    "iup/policy/writable.py": f"{_VIEWS} policy/test_matrix properties/test_noninterference policy/test_writable",
    "iup/view/plan.py": f"{_VIEWS} view/test_overview policy/test_matrix properties/test_noninterference "
    "policy/test_writable",
    "iup/view/earlier.py": "view/test_plan_edges archive/test_show",
    "iup/view/": f"{_VIEWS} view/test_overview policy/test_matrix properties/test_noninterference",
    "iup/seal/page.py": "seal/test_page properties/test_vectors",
    "iup/seal/aespdf.py": "seal/test_aespdf properties/test_vectors",
    "iup/seal/certificate.py": "seal/test_certificate seal/test_openpgp",
    "iup/seal/openpgp.py": "seal/test_openpgp seal/test_openpgp_signed seal/test_padding",
    "iup/seal/reply.py": "seal/test_reply properties/test_vectors",
    "iup/seal/lock.py": "seal/test_lock",
    "iup/seal/": "seal/test_padding seal/test_passphrase seal/test_page seal/test_openpgp seal/test_aespdf",
}
TURNED = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
SECONDS = 120
LEFT_OUT = shutil.ignore_patterns(".git", "__pycache__", ".*_cache", "output", "demo", ".venv")
# Without the tests that look for a line in the program: a mutant is a module written anew, as Python would write it.
READ_LINES = "not in_the_program and not program_that_leaks"
QUICK = "not browser and not campaign"
PYTEST = ("-B", "-m", "pytest", "-xqq", "-p", "no:cacheprovider", "-m", QUICK, "-k", READ_LINES)
NOTICED, SURVIVED, TIMED_OUT = "noticed", "survived", "timed out"


def variants(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:  # noqa: C901  a table of operators
    """Yield what a node could wrongly have been, with a word for it."""
    match node:
        case ast.Compare(left, [operator], right):
            yield "turned", ast.Compare(left, [TURNED[type(operator)]()], right)
        case ast.BoolOp(operator, values):
            yield "and/or", ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
            for at in range(len(values)):
                rest = values[:at] + values[at + 1 :]
                yield f"part {at + 1} dropped", rest[0] if len(rest) == 1 else ast.BoolOp(operator, rest)
        case ast.UnaryOp(ast.Not(), operand):
            yield "not dropped", operand
        case ast.Constant(bool() as value):
            yield "flipped", ast.Constant(not value)
        case ast.Constant(int() as value):
            yield "one more", ast.Constant(value + 1)
        case ast.Call(ast.Name("any" | "all" as name), arguments, keywords):
            yield "any/all", ast.Call(ast.Name("all" if name == "any" else "any", ast.Load()), arguments, keywords)
        case ast.BinOp(left, ast.Add() | ast.Sub() | ast.BitOr() | ast.BitAnd(), right):
            yield "right dropped", left
            yield "left dropped", right
        case ast.IfExp(_, body, orelse):
            yield "always", body
            yield "never", orelse
        case ast.If(_, body, orelse) | ast.While(_, body, orelse):
            yield "always", type(node)(ast.Constant(value=True), body, orelse) if isinstance(node, ast.If) else node
            yield "never", type(node)(ast.Constant(value=False), body, orelse)
        case ast.Expr(ast.Call()) | ast.Raise() | ast.Continue():
            yield "left out", ast.Pass()
        case _:
            return


class Replaced(ast.NodeTransformer):
    """Puts one node in the place of another."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        """Return the node, or what stands for it."""
        return ast.copy_location(self._new, node) if node is self._old else self.generic_visit(node)


def of_run_time(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the nodes that run: no annotations, no imports for types only."""
    left_out: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            left_out |= {id(inner) for inner in ast.walk(node)}
        for name in ("annotation", "returns"):
            if (annotation := getattr(node, name, None)) is not None:
                left_out |= {id(inner) for inner in ast.walk(annotation)}
    yield from (node for node in ast.walk(tree) if id(node) not in left_out)


def mutants(path: Path) -> Iterator[tuple[int, str, str]]:
    """Yield line, description and source of every mutant of a module."""
    text = path.read_text(encoding="utf-8")
    count = sum(1 for node in of_run_time(ast.parse(text)) for _ in variants(node))
    for number in range(count):
        tree = ast.parse(text)  # each is made from a fresh tree
        node, (word, new) = [(n, v) for n in of_run_time(tree) for v in variants(n)][number]
        before = ast.unparse(node).split("\n")[0]
        source = ast.unparse(ast.fix_missing_locations(Replaced(node, new).visit(tree)))
        yield getattr(node, "lineno", 0), f"{word}: {before}", source


def verdict(copy: Path, module: str, source: str) -> str:
    """Say what the tests that judge a module make of this source in its place."""
    target = copy / module
    original = target.read_text(encoding="utf-8")
    target.write_text(source, encoding="utf-8")
    judges = next(tests for place, tests in JUDGES.items() if module.startswith(place))
    tests = [f"tests/{name}.py" for name in judges.split()]
    try:
        done = subprocess.run(
            [sys.executable, *PYTEST, *tests],
            cwd=copy,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return TIMED_OUT
    finally:
        target.write_text(original, encoding="utf-8")
    return SURVIVED if done.returncode == 0 else NOTICED


def main() -> int:
    """Try the mutants; exit 1 when any survived."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", default=WHAT)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=0, help="a sample of this size instead of all")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=0, help="begin no mutant after this time")
    chosen = parser.parse_args()
    files = [file for name in chosen.what for file in sorted({*ROOT.joinpath(name).glob("*.py")} or {ROOT / name})]
    found = [(str(file.relative_to(ROOT)), *mutant) for file in files for mutant in mutants(file)]
    if chosen.most and chosen.most < len(found):
        found = sorted(random.Random(chosen.seed).sample(found, chosen.most))
    else:
        random.Random(chosen.seed).shuffle(found)  # so that a run that is cut short is a sample too
    began, verdicts = time.monotonic(), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="mutants-") as directory, ThreadPoolExecutor(chosen.jobs) as pool:
        copies = SimpleQueue[Path]()
        for number in range(chosen.jobs):
            copies.put(Path(directory) / str(number))
            shutil.copytree(ROOT, Path(directory) / str(number), ignore=LEFT_OUT)

        def judged(mutant: tuple[str, int, str, str]) -> None:
            module, line, what, source = mutant
            if chosen.minutes and time.monotonic() - began > chosen.minutes * 60:
                return
            copy = copies.get()
            said = verdict(copy, module, source)
            copies.put(copy)
            verdicts[said] += 1
            if said != NOTICED:
                print(f"{module}:{line}: {said}: {what}", flush=True)

        for module in sorted({module for module, *_ in found}):
            text = (ROOT / module).read_text(encoding="utf-8")
            if verdict(Path(directory) / "0", module, ast.unparse(ast.parse(text))) != SURVIVED:
                raise SystemExit(f"{module}: its tests fail with nothing changed, so they would notice everything")
        list(pool.map(judged, found))
    told = ", ".join(f"{verdicts[said]} {said}" for said in (NOTICED, SURVIVED, TIMED_OUT))
    print(f"{verdicts.total()} of {len(found)} mutants tried, {told}")
    return bool(verdicts[SURVIVED])


if __name__ == "__main__":
    sys.exit(main())
