"""What readers get to see, whole: the views of chosen readers as an outline that a person can read and approve.

Each differs from the next by one thing that decides: who one is to the child, custody that is shared, protection, a
subject, a class, a school. `pytest --update-golden` writes them anew; the diff is then what a change means to people.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from typing import TYPE_CHECKING

import pytest

from iup.policy.access import required_policy
from iup.site.load import load
from iup.view.bundle import Bundler, recipients
from tests.conftest import DAY, changed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# Who reads, and the children whose plans are shown here.
READERS = {
    "a6n4x": "a6n4x",  # a pupil who does not write yet, about their own plan
    "c8f3t": "c8f3t",
    "u2r9p": "c8f3t",  # guardians who live apart, about one child
    "s7d5j": "c8f3t",
    "f9w3c": "w2g9n",  # a guardian of a protected child
    "t3m8k": "a6n4x",  # the mentor
    "m5c3t": "w2g9n",  # the mentor of a protected child
    "p8r6d": "c8f3t",  # a teacher of a subject
    "w6t2y": "k7q2m r9e2h",
    "r4x8w": "a6n4x",  # the principal
    "l7b4n": "",  # somebody who reads for the nämnd
}


def outline(value: object, name: str = "", depth: int = 0) -> Iterator[str]:
    """Yield the lines of a view: every part that is not empty, under its name."""
    indent = "  " * depth
    if is_dataclass(value):
        yield f"{indent}{name or type(value).__name__}"
        for field in fields(value):
            yield from outline(getattr(value, field.name), field.name, depth + 1)
    elif isinstance(value, tuple):
        for part in value:
            yield from outline(part, name, depth)
    elif value or value is False or value == 0:
        told = " / ".join(str(value).split("\n"))
        yield f"{indent}{name}: {told[:100]}".rstrip()


@pytest.mark.parametrize("reader", READERS)
def test_what_a_reader_sees_is_what_was_read_and_approved(
    files: Mapping[str, bytes], reader: str, golden: Callable[[str, str], None]
) -> None:
    tree, day = changed(files), date.fromisoformat(DAY)
    school, _ = load(tree)
    assert school is not None
    (recipient,) = (found for found in recipients(school, day) if found.id == reader)
    documents = Bundler(school, required_policy(tree), day, bytes(32)).bundle(recipient).documents
    lines = [
        line
        for document in documents
        if not document.pupil or document.pupil in READERS[reader].split()
        for line in (f"{document.title}{' (också som PDF)' if document.pdf else ''}", *outline(document.view), "")
    ]
    golden(f"views/{reader}.txt", "\n".join(lines))
