"""JSON as programs hand it out and people copy it: mended where there is one way to read it, refused where there is not."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.foundation.errors import Invalid
from core.parcels.json_text import documents

WHOLE = {"error": "", "list": [{"a": 1, "b": "x"}, {"a": 2, "b": None}], "more": True, "name": "one\ntwo, {three"}
LINES = json.dumps(WHOLE, indent=2)


def read(text: str) -> list[object]:
    return list(documents(text.encode()))


def test_a_comma_left_out_at_the_end_of_a_line_and_a_first_brace_twice_are_mended() -> None:
    assert read("{\n" + LINES.replace(",\n", "\n")) == [WHOLE]


@given(st.sets(st.integers(0, 20)))
def test_whichever_commas_are_left_out_the_facts_are_the_same(gone: set[int]) -> None:
    parts = LINES.split(",\n")
    text = parts[0] + "".join(("\n" if at in gone else ",\n") + part for at, part in enumerate(parts[1:]))
    assert read(text) == [WHOLE]


@pytest.mark.parametrize("length", range(2, len(LINES) - 1))
def test_what_was_cut_off_is_refused_wherever_it_was_cut(length: int) -> None:
    for lead in ("", "{\n"):
        with pytest.raises(Invalid, match="not whole"):
            read(lead + LINES[:length])


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1 "b": 2}',  # no new line: a figure may have lost its digits
        '{"a":\n"b": 2}',
        '{"a": 1}}',
        '{{"a": 1}}',
        '{"a": 1,\n}',
        '{"a": [1\n2]}',
        '{"a": tru\n"b": 2}',
        "{" * 5000,
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="not whole"):
        read(text)


def test_a_document_kept_as_a_text_is_opened() -> None:
    assert read(json.dumps("{\n" + LINES.replace(",\n", "\n", 1))) == [WHOLE]
    assert read('"no JSON in here"') == ["no JSON in here"]


def test_documents_to_a_line_stay_documents_to_a_line() -> None:
    assert read('{"a": 1}\n{"b": 2}\n') == [{"a": 1}, {"b": 2}]
    with pytest.raises(Invalid, match="Line 2"):
        read('{"a": 1}\n{"b": }\n{"c": 3}')
