"""Store several JSON objects as one, with what they share written once; and read one of them back.

In: objects by name, and texts that stand in another file. Out: one object with `head` (the members that are equal in
all of them), `copies` (the members that are not) and `parts`. A value that is longer than a reference is written once
in `parts`; `{"§": n}` stands where it was. A negative number refers to a text of the other file. Nothing is compressed:
each text can be found as it is written. Does not know what the values mean.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MARK = "§"
_LEAST = 24  # characters; what is shorter stands where it is
_MOST = 1_000_000  # values: what a foreign file may stand for; a long document has a thousand
_written = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
_key = lru_cache(maxsize=256)(_written)  # a few names, each of them written thousands of times


def fold(values: Mapping[str, bytes], elsewhere: Sequence[str]) -> bytes:
    """Return some objects, each given as JSON, as one; `unfold` needs the same texts."""
    distinct: dict[bytes, dict[str, Any]] = {data: json.loads(data) for data in values.values()}
    first, *others = distinct.values()
    head = {key: told for key, told in first.items() if all(other[key] == told for other in others)}
    numbers = {_written(text): -1 - at for at, text in enumerate(elsewhere)}
    parts: list[str] = []

    def folded(value: Any) -> str:  # noqa: ANN401  JSON is any shape
        if isinstance(value, dict):
            text = f"{{{','.join(f'{_key(key)}:{folded(inner)}' for key, inner in sorted(value.items()))}}}"
        elif isinstance(value, list):
            text = f"[{','.join(map(folded, value))}]"
        else:
            text = _written(value)
        if len(text) < _LEAST or (isinstance(value, str) and len(value) < _LEAST):
            return text
        if text not in numbers:
            numbers[text] = len(parts)
            parts.append(text)
        return f'{{"{_MARK}":{numbers[text]}}}'

    def copy(value: dict[str, Any]) -> str:
        return ",".join(f"{_key(key)}:{folded(told)}" for key, told in sorted(value.items()) if key not in head)

    copies = {data: f"{{{copy(value)}}}" for data, value in distinct.items()}
    named = ",".join(f"{_key(name)}:{copies[data]}" for name, data in sorted(values.items()))
    return f'{{"copies":{{{named}}},"head":{_written(head)},"parts":[{",".join(parts)}]}}\n'.encode()


def unfold(data: bytes, name: str, elsewhere: Sequence[str]) -> dict[str, Any]:
    """Return one of the folded objects; raise `ValueError` or `LookupError` where the bytes are not folded objects."""
    found = json.loads(data)
    parts = found["parts"]
    left = _MOST

    def unfolded(value: Any, before: int) -> Any:  # noqa: ANN401  JSON is any shape
        nonlocal left
        left -= 1
        if left < 0:
            raise ValueError("more than a document")
        if isinstance(value, list):
            return [unfolded(inner, before) for inner in value]
        if not isinstance(value, dict):
            return value
        at = value.get(_MARK)
        if at is None:
            return {key: unfolded(inner, before) for key, inner in value.items()}
        if at < 0:
            return elsewhere[-1 - at]
        if at >= before:  # a part is made of earlier ones, so nothing goes round in a circle
            raise ValueError("a part of itself")
        return unfolded(parts[at], at)

    return {**found["head"], **unfolded(found["copies"][name], len(parts))}
