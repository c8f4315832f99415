"""Strict YAML: what a value becomes, and everything that is refused, each with its exact place."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from iup.site import yaml_text
from iup.site.strict_yaml import StrictYamlError, parse, position


def refused(data: str | bytes) -> tuple[str, int, int]:
    """Return the rule, line and column that a file is refused with."""
    with pytest.raises(StrictYamlError) as caught:
        parse(data if isinstance(data, bytes) else data.encode())
    return caught.value.rule.id, caught.value.line, caught.value.column


@pytest.mark.parametrize(
    "text",
    [
        *("no", "off", "yes", "on", "y", "True", "NULL", "=", "Alva L, 2B", "a#b"),
        *("0123", "0o17", "0x1F", "1.10", "1e3", ".inf", "-0", "+5", "1_000", "9" * 19),
        *("12:30", "2024-02-30", "2026-11-24", "2026-11-24 15:30"),
    ],
)
def test_what_yaml_1_2_calls_text_stays_the_text_that_was_written(text: str) -> None:
    assert parse(f"nyckel: {text}\n".encode()) == {"nyckel": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("false", False), ("null", None), ("~", None), ("", None), ("5", 5), ("-17", -17)],
)
def test_true_false_null_and_whole_numbers_are_themselves(text: str, value: object) -> None:
    assert parse(f"nyckel: {text}\n".encode()) == {"nyckel": value}


@pytest.mark.parametrize("text", ["true", "null", "5", "", "# inte en kommentar", "!", "*", "&"])
def test_what_stands_in_quotes_is_text(text: str) -> None:
    assert parse(f'nyckel: "{text}"\n'.encode()) == {"nyckel": text}


def test_a_block_keeps_its_lines_and_what_would_mean_something_elsewhere() -> None:
    assert parse(b"a: |\n  # 1 & 2: *x* !\n\n  - [b]\n") == {"a": "# 1 & 2: *x* !\n\n- [b]\n"}


def test_keys_are_text_whatever_they_look_like() -> None:
    assert parse(b"true: 1\nnull: 2\n5: 3\n") == {"true": 1, "null": 2, "5": 3}


def test_letters_are_composed_so_that_the_same_word_is_the_same_key() -> None:
    assert parse("a\u030ar: a\u030a\n".encode()) == {"\u00e5r": "\u00e5"}


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_of_other_machines_change_nothing(end: str) -> None:
    text = "a: |\n  en\n  två\nb: 1\n"
    assert parse(text.replace("\n", end).encode()) == parse(text.encode())


def test_a_byte_order_mark_first_in_the_file_is_passed_over() -> None:
    assert parse("\ufeffa: b\n".encode()) == {"a": "b"}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1),
        ("a:\n  b: 1\n  b: 2\n", 3, 3),
        ("a: {b: 1, b: 2}\n", 1, 11),
        ("a:\n  - b: 1\n    b: 2\n", 3, 5),
        ("\u00e5r: 1\na\u030ar: 2\n", 2, 1),
        ('år: 1\n"år": 2\n', 2, 1),
        ("5: 1\n'5': 2\n", 2, 1),
    ],
)
def test_a_key_may_stand_only_once(text: str, line: int, column: int) -> None:
    assert refused(text) == ("yaml-dubblett", line, column)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: &x b\n", 1, 4),
        ("a: &x b\nc: *x\n", 1, 4),
        ("a: *x\n", 1, 4),
        ("a: [b,&x c]\n", 1, 7),
        ("a:\n  - &x\n    b: 1\n", 2, 5),
        ("&x a: b\n", 1, 1),
        ("b: {c: 1}\na:\n  <<: *b\n", 3, 7),
    ],
)
def test_anchors_and_aliases_are_refused_in_a_merge_too(text: str, line: int, column: int) -> None:
    assert refused(text) == ("yaml-alias", line, column)


def test_a_merge_key_is_a_key_like_any_other() -> None:
    assert parse(b"a: {<<: {b: 1}}\n") == {"a": {"<<": {"b": 1}}}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: !viktigt b\n", 1, 4),
        ("a: ! b\n", 1, 4),
        ("a: !\n  b\n", 1, 4),
        ("a: !!python/object:os.system b\n", 1, 4),
        ("a: [!x b]\n", 1, 5),
        ('{"a":!x b}\n', 1, 6),
        ("!x a: b\n", 1, 1),
        ("!x\na: b\n", 1, 1),
    ],
)
def test_tags_are_refused_even_one_that_says_nothing(text: str, line: int, column: int) -> None:
    assert refused(text) == ("yaml-tagg", line, column)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: b #c\n", 1, 6),
        ("a: b\t#c\n", 1, 6),
        ("a: b #c", 1, 6),
        ("a: #b\n", 1, 4),
        ("a:\n  - b # c\n  - d\n", 2, 7),
        ("a: b\n   c # d\n", 2, 6),
        ("a: 'b' # c\n", 1, 8),
        ('a: "b"#c\n', 1, 7),
        ("a: | # b\n  c\n", 1, 6),
        ("a: >-\t# b\n  c\n", 1, 7),
    ],
)
def test_a_comment_behind_a_value_is_refused_since_it_may_be_text(text: str, line: int, column: int) -> None:
    assert refused(text) == ("yaml-kommentar", line, column)


def test_a_comment_on_a_line_of_its_own_or_behind_a_list_may_stand() -> None:
    text = "# a\na:  # b\n  # c\n  b: [1, 2]  # d\n  # e\n  c: |\n    f\n# g\nd: h\n# i\n"
    assert parse(text.encode()) == {"a": {"b": [1, 2], "c": "f\n"}, "d": "h"}


@pytest.mark.parametrize(
    "character",
    list("\x00\x07\x1b\x7f\x92\u202a\u202e\u2066\u206a\ufdd1\ufff9\uffff\U000e0041"),
    ids=ascii,
)
def test_characters_that_deceive_are_refused_raw_and_by_escape(character: str) -> None:
    assert refused(f"a: b\nå: ö{character}c\n") == ("yaml-tecken", 2, 5)
    escape = f"\\U{ord(character):08x}"
    assert refused(f'a: b\nå: "ö{escape}c"\n') == ("yaml-tecken", 2, 4)
    assert refused(f'a: b\n"ö{escape}c": å\n')[0] == "yaml-tecken"


def test_a_refused_character_is_named_and_no_word_beside_it_is() -> None:
    with pytest.raises(StrictYamlError) as caught:
        parse("text: Hemlig \u202emening\n".encode())
    assert "U+202E" in caught.value.message
    assert "Hemlig" not in caught.value.message


@pytest.mark.parametrize("character", list("\u200b\u2060\ufeff\u180e\u3164\u200d"), ids=ascii)
def test_characters_that_say_nothing_are_as_if_they_were_not_there(character: str) -> None:
    plain = "a:\n  b: |\n    Kunna läsa.\n\n    Mer.\n  c: [x, y]\nd: 5\n"
    for text in (
        plain.replace("Kunna", f"Kun{character}na", 1),
        plain.replace("  b:", f"{character}  b{character}:"),
        plain.replace("\n\n", f"\n{character}\n").replace("d: 5", f"d: {character}5{character}"),
        plain.replace("[x", f"[{character}x").replace("|", f"|{character}"),
    ):
        assert parse(text.encode()) == parse(plain.encode())
        assert {place[2] for place in yaml_text.read(text.encode()).dropped} == {character}
    assert parse(f'a: "ö\\u{ord(character):04x}{character} c"\n'.encode()) == {"a": "ö c"}


@pytest.mark.parametrize("character", list("\x0b\x0c\x85\u2028\u2029"), ids=ascii)
def test_other_line_ends_are_line_ends_in_a_block_and_spaces_elsewhere(character: str) -> None:
    text = f"a:\n  b: |\n    Ett{character}Två # tre\n    Fyra\n  c: fem{character}sex\n  d: sju{character}\n"
    assert parse(text.encode()) == {"a": {"b": "Ett\nTvå # tre\nFyra\n", "c": "fem sex", "d": "sju"}}
    assert position(text.encode(), ("a", "c")) == (5, 3)


def test_places_are_those_of_the_file_also_behind_what_was_dropped() -> None:
    data = "\u200ba: {b\u00ad\u00ad: 1, c: 2, c: 3}\nd: x\n".encode()
    assert refused(data) == ("yaml-dubblett", 1, 20)
    data = "\u200ba: {b\u00ad\u00ad: 1, c: 2}\nd: x\n".encode()
    assert position(data, ("a", "c")) == (1, 14)
    assert position(data, ("d",)) == (2, 1)
    assert [(f.rule.id, f.place, f.message) for f in yaml_text.notes("p", data)] == [
        ("yaml-osynligt", (1, 1), "3 osynliga tecken som inte betyder något räknas inte (U+00AD, U+200B)")
    ]


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b"a: \xe5\n", 1, 4),
        ("a: b\nå: ö".encode() + b"\xff\n", 2, 5),
        (b"a: \xc3", 1, 4),
        (b"a: \xed\xa0\x80\n", 1, 4),
        ("a: b\n".encode("utf-16"), 1, 1),
    ],
)
def test_bytes_that_are_not_utf_8_are_pointed_at(data: bytes, line: int, column: int) -> None:
    assert refused(data) == ("yaml-teckenkod", line, column)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("\ta: b\n", 1, 1),
        ("a:\n\tb: c\n", 2, 1),
        ("a: |\n\tb\n", 2, 1),
        ("a: b: c\n", 1, 5),
        ("a: b\n c: d\n", 2, 3),
        ("a: [b\n", 2, 1),
        ('a: "b\n', 1, 4),
        ("a: @b\n", 1, 4),
        ("a: b\n---\nc: d\n", 2, 1),
        ("a: b\n...\n---\nc: d\n", 3, 1),
        ('a: "\\uD800"\n', 1, 7),
    ],
)
def test_what_is_no_yaml_or_more_than_one_document_is_pointed_at(text: str, line: int, column: int) -> None:
    assert refused(text) == ("yaml-syntax", line, column)


@pytest.mark.parametrize("text", ["", "\n", "# a\n", "---\n", "- a\n", "a\n", "[a]\n", "5\n", "null\n"])
def test_a_file_without_keys_is_refused(text: str) -> None:
    assert refused(text) == ("yaml-tom", 1, 1)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("a: 1\n[b]: 2\n", 2, 1), ("? [a]\n: b\n", 1, 3), ("a:\n  {b: 1}: 2\n", 2, 3), ("'': 1\n", 1, 1)],
)
def test_a_key_is_a_word(text: str, line: int, column: int) -> None:
    assert refused(text) == ("yaml-nyckel", line, column)


def test_a_file_may_be_as_large_as_the_limit_and_not_a_byte_larger() -> None:
    text = b"a: |\n" + b"  b\n" * 64_000
    assert parse(text[: yaml_text.MAX_BYTES])
    assert refused(text[: yaml_text.MAX_BYTES + 1]) == ("yaml-storlek", 1, 1)
    assert refused(b"\xff" * 300_000) == ("yaml-storlek", 1, 1)


@pytest.mark.parametrize(
    "text",
    ["[" * 5000, "{a: " * 5000, "[{? " * 20_000, "[[]," * 50_000, "['',[']'," * 20_000, "[\n" * 100_000],
    ids=["lists", "mappings", "mixed", "closed in between", "closed in quotes only", "one a line"],
)
def test_brackets_without_end_are_refused_and_never_exhaust_the_machine(text: str) -> None:
    assert refused(f"a: {text}")[0] == "yaml-djup"


@pytest.mark.parametrize("indicator", ["- ", "? ", "- ? ", "? - "])
@pytest.mark.parametrize("before", ["", "a: b\nc:\n  ", "a:\r  "])
def test_indicators_without_end_are_refused_and_never_exhaust_the_machine(before: str, indicator: str) -> None:
    assert refused(before + indicator * 60_000)[0] == "yaml-djup"


def test_blocks_may_be_nested_twelve_deep_and_no_deeper() -> None:
    def nested(depth: int, indent: int) -> str:
        return "".join(f"{' ' * indent * level}a:\n" for level in range(depth))

    for indent in (1, 4):
        assert parse(nested(12, indent).encode())
        assert refused(nested(13, indent))[0] == "yaml-djup"
    assert refused(nested(600, 1))[0] == "yaml-djup"


FRAGMENTS = st.sampled_from(
    [
        *(
            "a",
            "barn",
            "å",
            "5",
            "~",
            ":",
            ": ",
            "- ",
            "? ",
            "\n",
            "\n  ",
            "\n    ",
            "\r",
            "\t",
            "#",
            " #",
            "|",
            "|-",
            ">",
        ),
        *("&x ", "*x", "!", "!x ", "[", "]", "{", "}", ",", "'", '"', "\\u202e", "\\", "%YAML 1.2", "---", "...", "<<"),
        *("\ufeff", "\x00", "\u2028"),
    ]
)
ANY_BYTES = st.binary(max_size=200) | st.lists(FRAGMENTS, max_size=60).map(lambda parts: "".join(parts).encode())
KEYS = st.lists(st.sampled_from(["a", "barn", "å", "", "5"]) | st.integers(-3, 3), max_size=5)


@settings(max_examples=300, deadline=None)
@given(ANY_BYTES)
@example(b"? " * 20_000)
def test_no_bytes_raise_anything_but_the_one_exception_and_it_points_into_the_file(data: bytes) -> None:
    try:
        value = parse(data)
    except StrictYamlError as error:
        lines = len(data.replace(b"\r", b"\n").split(b"\n"))
        assert (1, 1) <= (error.line, error.column) < (lines + 2, 1)  # noqa: PT017  most are refused, none must be
    else:
        assert all(isinstance(key, str) for key in value)


@settings(max_examples=300, deadline=None)
@given(ANY_BYTES, KEYS)
@example(b"a: [b]", ["a", -3])
def test_a_place_can_be_asked_for_in_any_file(data: bytes, keys: list[str | int]) -> None:
    assert position(data, tuple(keys)) >= (1, 1)


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ((), (1, 1)),
        (("barn",), (1, 1)),
        (("fält", "trivsel"), (3, 3)),
        (("fält", "trivsel", 0, "av"), (4, 5)),
        (("fält", "hemma", 0, "av"), (6, 7)),
        (("fält", "hemma", 1), (7, 7)),
        (("fält", "hemma", 1, "text"), (8, 7)),
        (("fält", "hemma", 1, "saknas"), (7, 7)),
        (("fält", "hemma", 9, "av"), (5, 3)),
        (("fält", "saknas", "av"), (2, 1)),
        (("saknas",), (1, 1)),
        (("deltagare", 1), (9, 16)),
    ],
)
def test_a_place_is_that_of_the_deepest_key_that_is_there(keys: tuple[str | int, ...], place: tuple[int, int]) -> None:
    text = (
        "barn: x\nfält:\n  trivsel:\n    av: x\n  hemma:\n    - av: x\n    - av: y\n      text: z\ndeltagare: [a, b]\n"
    )
    assert position(text.encode(), keys) == place
